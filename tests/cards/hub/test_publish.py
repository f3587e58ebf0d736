"""Publish to a local Hub: whole or not at all, and again without sending what is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from speakervid5m.cards import write_documents
from speakervid5m.cards.hub.erase_history import erase, old_files
from speakervid5m.cards.hub.upload import check_release, plan_publishing, publish, with_repository
from speakervid5m.cli import main
from speakervid5m.records import bucket_of
from speakervid5m.release import ReleaseError, open_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from speakervid5m.release.write.change import rewrite_documents
from tests.fake_hub import Hub, fake_hub
from tests.small_release import write_small_release

NAME = "org/SpeakerVid-5M"

# huggingface_hub sends bytes in a way that its own HTTP client is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fake_hub() as running:
        yield running


@pytest.fixture
def root(small: Path, tmp_path: Path) -> Path:
    shutil.copytree(small, tmp_path / "speakervid5m")
    return tmp_path / "speakervid5m"


def files(hub: Hub, revision: str = "main") -> dict[str, bytes]:
    return {name: data for name, (data, _) in hub.repositories[NAME].revisions[revision].items()}


def local(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_to_the_hub_and_again(hub: Hub, tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    # Buckets enough that one source touches few.
    write_small_release(root, num_sources=6, num_buckets=16)
    rewrite_documents(root, write_documents)
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    release = check_release(root, i_hold_the_rights=True)
    publish(release, NAME, api)
    assert files(hub) == local(root)
    settings = hub.repositories[NAME].settings
    assert settings.pop("gated") == "manual"
    assert settings in ({"private": True}, {"visibility": "private"})
    whole = hub.num_sent
    hub.num_sent = 0
    assert publish(release, NAME, api).send == {}
    assert hub.num_sent < whole / 100
    source = release["single_sft"][0].clips[0].source_id
    retract(
        root, Request(sources=frozenset([source])), date="2026-11-25", documents=write_documents
    )
    again = check_release(root, i_hold_the_rights=True)
    plan = publish(again, NAME, api)
    assert files(hub) == local(root)
    assert {name.rpartition("-")[2] for name in plan.send if name.startswith("data/")} <= {""}
    assert {name.rpartition("-")[2] for name in plan.delete if name.startswith("data/")}
    assert all(one["status"] == "merged" for one in hub.repositories[NAME].requests.values())


def test_cards_say_where_they_stand(root: Path) -> None:
    rewrite_documents(root, write_documents)
    before = local(root)
    release = with_repository(check_release(root, i_hold_the_rights=True), "acme/our.talks")
    assert release.manifest.facts.repository == "acme/our.talks"
    changed = {name for name, data in local(root).items() if data != before.get(name)}
    assert changed == {"README.md", "croissant.json", "manifest.json"}
    assert 'load_dataset("acme/our.talks", ' in (root / "README.md").read_text()
    places = json.loads((root / "croissant.json").read_text())
    assert places["url"] == "https://huggingface.co/datasets/acme/our.talks"
    assert "org/SpeakerVid-5M" not in (root / "croissant.json").read_text()
    inode = (root / "README.md").stat().st_ino
    with_repository(release, "acme/our.talks")
    assert (root / "README.md").stat().st_ino == inode, "nothing to write"
    rewrite_documents(root, write_documents)
    assert open_release(str(root)).manifest.facts.repository == "acme/our.talks"
    check_release(root, i_hold_the_rights=True)
    for wrong in ("talks", "a/b/c", 'a/b", "x', "/b", "a/"):
        with pytest.raises(ValueError, match="a repository is ORG/NAME"):
            with_repository(release, wrong)


@pytest.mark.parametrize(
    "name",
    [
        "a/b#main",
        "../x/y",
        "../x",
        "a/b\nc",
        "a/b\n",
        "a/b?x=1",
        "a/b@main",
        "a/..",
        "a/b..c",
        "a/b--c",
        "a/b.git",
        "a/.b",
        "-a/b",
        "a/b-",
        "a/\u00e9",
        "a/" + "b" * 97,
        "a/b/c",
        "a",
        "",
        "a/",
        "hf://datasets/a/b",
        "https://user:s3cret@host/a/b",
    ],
)
@pytest.mark.parametrize("how", [(), ("--dry-run",), ("--erase-old",)])
def test_a_name_that_is_none_is_refused_before_anything(
    name: str, how: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # There is no release: the name is looked at first, as what costs least.
    assert main(["publish", *how, "--", str(tmp_path / "none"), name]) == 1
    told = capsys.readouterr().err
    assert "a repository is ORG/NAME" in told and "Nothing was sent" in told
    assert "s3cret" not in told and told.count("\n") == 1


def test_after_a_takedown_old_bytes_leave_the_hub(hub: Hub, tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, num_sources=6, num_buckets=2)
    rewrite_documents(root, write_documents)
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    release = check_release(root, i_hold_the_rights=True)
    publish(release, NAME, api)
    sources = {clip.source_id for one in release["single_sft"] for clip in one.clips}
    # One that does not have its bucket alone.
    source = next(
        one for one in sorted(sources)
        if sum(bucket_of(one, 2) == bucket_of(other, 2) for other in sources) > 1
    )  # fmt: skip
    media = [
        piece
        for number, one in enumerate(release["single_sft"])
        if one.clips[0].source_id == source
        and isinstance(piece := release["single_sft"].media(number, "video"), bytes)
    ]
    assert media
    retract(
        root, Request(sources=frozenset([source])), date="2026-11-25", documents=write_documents
    )
    plan = publish(check_release(root, i_hold_the_rights=True), NAME, api)
    sent = {name.rpartition("-")[2] for name in plan.send if name.startswith("data/")}
    touched = f"{bucket_of(source, 2) << 15:04x}.parquet"
    assert sent == {touched}, "only touched buckets are sent"
    assert all(any(piece in data for data in hub.blobs.values()) for piece in media)
    old = old_files(NAME, api)
    assert old.num_bytes > sum(map(len, media))
    erase(NAME, api, old)
    assert not any(piece in data for piece in media for data in hub.blobs.values())
    assert files(hub) == local(root), "what main names stays"
    assert hub.repositories[NAME].num_squashed == 1
    assert old_files(NAME, api).files == ()


def test_a_repository_that_was_not_gated_yet_is_gated(
    hub: Hub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    release = check_release(root, i_hold_the_rights=True)
    with monkeypatch.context() as patched, pytest.raises(ConnectionError):

        def cut(*_: object, **__: object) -> None:
            raise ConnectionError

        patched.setattr(api, "update_repo_settings", cut)
        publish(release, NAME, api)
    assert "gated" not in hub.repositories[NAME].settings
    publish(release, NAME, api)
    assert hub.repositories[NAME].settings["gated"] == "manual"


def test_an_older_copy_does_not_undo_a_takedown(hub: Hub, root: Path, tmp_path: Path) -> None:
    older = shutil.copytree(root, tmp_path / "older" / "speakervid5m")
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    source = open_release(str(root))["single_sft"][0].clips[0].source_id
    retract(
        root, Request(sources=frozenset([source])), date="2026-11-25", documents=write_documents
    )
    publish(check_release(root, i_hold_the_rights=True), NAME, api)
    before = files(hub)
    with pytest.raises(ReleaseError, match="retracted 1 sources, people or clips"):
        publish(check_release(older, i_hold_the_rights=True), NAME, api)
    assert files(hub) == before and len(hub.repositories[NAME].requests) == 1
    shutil.copytree(root / "takedown", older / "takedown")
    retract(older, Request(), date="2026-11-25", documents=write_documents)
    assert publish(check_release(older, i_hold_the_rights=True), NAME, api).send == {}


def test_what_was_cut_off_goes_on_in_the_same_pull_request(hub: Hub, root: Path) -> None:
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    release = check_release(root, i_hold_the_rights=True)
    hub.fail_after_blobs = 10
    with pytest.raises((HfHubHTTPError, RuntimeError)):
        publish(release, NAME, api)
    assert files(hub) == {}, "main never shows a part"
    hub.fail_after_blobs = None
    before = hub.num_sent
    publish(release, NAME, api)
    assert files(hub) == local(root)
    assert len(hub.repositories[NAME].requests) == 1
    assert hub.num_sent - before < before * 100


def test_what_may_not_be_published(root: Path) -> None:
    with pytest.raises(ReleaseError, match="--i-hold-the-rights"):
        check_release(root, i_hold_the_rights=False)
    (root / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseError, match=r"notes\.txt: the manifest does not know this file"):
        check_release(root, i_hold_the_rights=True)
    (root / "notes.txt").unlink()
    (root / "LICENSE.md").write_text("none")
    with pytest.raises(ReleaseError, match="is damaged"):
        check_release(root, i_hold_the_rights=True)


def test_annotations_alone_go_as_they_are(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, num_sources=2, with_media=False)
    release = check_release(root, i_hold_the_rights=False)
    assert len(plan_publishing(release, {}).send) == len(local(root))


def test_the_plain_upload_sends_the_same_files_and_asks_nothing(hub: Hub, root: Path) -> None:
    """As docs/publishing.md compares the two."""
    page = (Path(__file__).parents[3] / "docs" / "publishing.md").read_text()
    (line,) = re.findall(r"^hf (upload .*)$", page, re.MULTILINE)
    known = os.environ | {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_fake"}
    done = subprocess.run(
        [Path(sys.executable).with_name("hf"), *line.replace("ORG/NAME", NAME).split()],
        env=known, cwd=root.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert files(hub) == local(root)
    assert hub.repositories[NAME].settings == {}, "neither private nor gated"
    assert hub.repositories[NAME].requests == {}, "straight to main"


def test_it_streams_from_there(hub: Hub, root: Path, tmp_path: Path) -> None:
    api = HfApi(endpoint=hub.endpoint, token="hf_fake")
    publish(check_release(root, i_hold_the_rights=True), NAME, api)
    script = (
        "from datasets import load_dataset\n"
        f"rows = load_dataset({NAME!r}, 'dialogue_sft', split='train', streaming=True)\n"
        "print(*[row['sample_id'] for row in rows.decode(False)])\n"
        "from speakervid5m.release import open_release\n"
        f"samples = open_release('hf://datasets/{NAME}')['dialogue_sft']\n"
        "print(len(samples), len(samples.media(0, 'responder_video')))\n"
    )
    known = os.environ | {
        "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_fake", "HF_HOME": str(tmp_path / "hf"),
        "PYTHONPATH": str(Path.cwd()),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=known, capture_output=True, text=True, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    samples = open_release(str(root))["dialogue_sft"]
    ids = samples.table(["sample_id"])["sample_id"].to_pylist()
    first, second = done.stdout.strip().splitlines()
    assert first.split() == ids
    video = samples.media(0, "responder_video")
    assert isinstance(video, bytes) and second.split() == [str(len(ids)), str(len(video))]
