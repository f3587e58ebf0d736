"""card, figures and retract as a user types them, and the imports after."""

import functools
import json
import os
import shutil
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from speakervid5m.cli import main
from speakervid5m.release import Release, open_release, verify, work_folder
from tests.fake_hub import fake_hub
from tests.processing.shows import bytes_of, planned, write_shows_dump, write_videos

SEEDS = (21, 26, 27)

# huggingface_hub sends bytes in a way that its own HTTP client is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def shows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shows")
    found = planned(SEEDS)
    write_videos(found, folder / "videos")
    write_shows_dump(found, folder / "dump")
    assert main(command(folder, folder / "made" / "speakervid5m")) == 0
    return folder


def command(shows: Path, out: Path) -> list[str]:
    return ["import", str(shows / "dump"), "--videos", str(shows / "videos"), "--out", str(out)]


@pytest.fixture
def root(shows: Path, tmp_path: Path) -> Path:
    shutil.copytree(shows / "made", tmp_path / "made")
    return tmp_path / "made" / "speakervid5m"


def sources(release: Release) -> set[str]:
    return {clip.source_id for n in release.configs for one in release[n] for clip in one.clips}


def work_says(root: Path, name: str) -> list[str]:
    """Files of the work folder in whose values a name stands."""
    found = []
    for path in sorted(work_folder(root).rglob("*")):
        if path.suffix == ".parquet" and name in repr(_words(path)):
            found.append(path.name)
        if path.suffix == ".json" and name in path.read_text():
            found.append(path.name)
    return found


def _words(path: Path) -> object:
    with pq.ParquetFile(path) as file:
        plain = ("video", "audio", "pose", "videos", "audios", "poses")
        names = [one for one in file.schema_arrow.names if not one.endswith(plain)]
        return file.read(columns=names).to_pylist()


def test_import_writes_the_cards(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (root / "README.md").read_text()
    assert "## Takedown" in text and (root / "figures" / "statistics.svg").exists()
    before = bytes_of(root)
    assert main(["card", str(root)]) == 0
    assert bytes_of(root) == before, "the card is a function of the release"
    assert main(["card", str(root), "--check"]) == 0
    (root / "README.md").unlink()
    (root / "README.md").write_text(text.replace("license: other", "license: [other", 1))
    capsys.readouterr()
    assert main(["card", str(root), "--check"]) == 1
    assert "README.md: line 4: not YAML" in capsys.readouterr().out


def test_figures_into_a_folder(root: Path, tmp_path: Path) -> None:
    before = bytes_of(root)
    assert main(["figures", str(root), "--out", str(tmp_path / "f"), "--dark"]) == 0
    assert {path.suffix for path in (tmp_path / "f").iterdir()} == {".svg", ".png"}
    assert main(["figures", str(root), "--out", str(root / "figures")]) == 1
    assert bytes_of(root) == before


def test_a_retracted_source_does_not_come_back(
    shows: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(sources(open_release(str(root))))
    source = before[0]
    assert work_says(root, source)
    assert main(["retract", str(root), f"--source={source}", "--date", "2026-11-25"]) == 0
    assert source not in sources(open_release(str(root)))
    assert not work_says(root, source)
    assert verify(str(root)).ok
    assert "1 sources" in (root / "README.md").read_text()
    after = bytes_of(root)
    capsys.readouterr()
    for needed in (shows / "dump", root.parent / "ids.txt"):
        (root.parent / "ids.txt").write_text("\n".join(before))
        assert main(["sources", str(needed), "--out", str(root)]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"{len(SEEDS) - 1} sources, ") and f"missing: {source}" not in said
    assert f"retracted, and not requested: {source}" in said
    assert main(command(shows, root)) == 0
    assert bytes_of(root) == after, "an import afterwards gives the same bytes"
    assert source not in sources(open_release(str(root)))


def test_of_a_retracted_person_the_rest_stays(shows: Path, root: Path) -> None:
    release = open_release(str(root))
    people = [clip.person_id for one in release["single_pretrain"] for clip in one.clips]
    person = sorted(one for one in people if one and one.endswith("#B"))[0]
    listed = root.parent / "ids.txt"
    listed.write_text(f"# who asked\n{person}\n")
    assert main(["retract", str(root), "--list", str(listed), "--date", "2026-11-25"]) == 0
    after = bytes_of(root)
    assert not work_says(root, person)
    kept = open_release(str(root))
    assert all(
        clip.person_id not in (person, None) or clip.source_id != person[:11]
        for name in kept.configs
        for one in kept[name]
        for clip in one.clips
    )
    assert main(command(shows, root)) == 0
    assert bytes_of(root) == after


def test_a_dry_run_and_an_unknown_id_change_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(root.parent)
    source = sorted(sources(open_release(str(root))))[0]
    assert main(["retract", str(root), f"--source={source}", "--dry-run"]) == 0
    assert "samples would be removed" in capsys.readouterr().out
    assert main(["retract", str(root), "--source", "x0000000000"]) == 1
    assert "x0000000000; nothing was changed" in capsys.readouterr().err
    assert main(["retract", str(root)]) == 1
    assert bytes_of(root.parent) == before


@pytest.mark.parametrize("step", [0, 40, 400, 100_000])
def test_the_next_command_completes_it(shows: Path, root: Path, step: int) -> None:
    source = sorted(sources(open_release(str(root))))[0]
    child = os.fork()
    if child == 0:
        _die_at_link(step)
        # The last step is after the swap: the work folder is still to be purged.
        main(["retract", str(root), f"--source={source}", "--date", "2026-11-25"])
        os._exit(0)
    os.waitpid(child, 0)
    journal = work_folder(root) / "retracting.json"
    assert source in json.loads(journal.read_text())["sources"]
    assert main(command(shows, root)) == 0
    assert not journal.exists()
    assert source not in sources(open_release(str(root)))
    assert not work_says(root, source)
    assert verify(str(root)).ok


def _die_at_link(step: int) -> None:
    """Kills this process at its n-th hard link; or, if it never comes, at the first purge."""
    import speakervid5m.cli.release.retract as retracting

    done = 0
    link = os.link

    def counted(*args: object, **kwargs: object) -> None:
        nonlocal done
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        link(*args, **kwargs)  # type: ignore[arg-type]

    def delete_retracted(*_: object) -> list[str]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    os.link = counted
    vars(retracting)["delete_retracted"] = delete_retracted


def test_publish_refuses_before_it_asks_a_hub(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", str(root), "org/SpeakerVid-5M"]) == 1
    assert "--i-hold-the-rights" in capsys.readouterr().err
    (root / "notes.txt").write_text("mine")
    assert main(["publish", str(root), "org/SpeakerVid-5M", "--i-hold-the-rights"]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_publish_says_what_would_go_and_why_it_stopped(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import huggingface_hub.hf_api

    with fake_hub() as hub:
        api = functools.partial(huggingface_hub.hf_api.HfApi, hub.endpoint, token="hf_fake")
        monkeypatch.setattr("huggingface_hub.HfApi", api)
        command = ["publish", str(root), "org/SpeakerVid-5M", "--i-hold-the-rights"]
        assert main([*command, "--dry-run"]) == 0
        said = capsys.readouterr().out
        assert "would be sent" in said and "hf upload org/SpeakerVid-5M" in said
        assert not hub.repositories
        hub.fail_after_blobs = 0
        assert main(command) == 1
        assert "`main` is unchanged; run the command again" in capsys.readouterr().err
