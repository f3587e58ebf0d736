"""Nobody's password, and no folder of the server, in anything that a page or a command says."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app, release_watcher
from speakervid5m.cli import main
from speakervid5m.cli.release.explore import requests_folder
from speakervid5m.release import open_release
from speakervid5m.release.storage import retries
from speakervid5m.release.write.durable_files import footer_of
from tests.cards.explorer.asking import Asked
from tests.release.serving import serve
from tests.small_release import write_small_release

SECRETS = ("s3cret", "t0ken")
OWN = {"host": "localhost", "origin": "http://localhost", "content-type": "application/json"}
CONFIG = "single_sft"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(retries, "MAX_TRIES", 2)
    # What is elsewhere is looked at each time.
    monkeypatch.setattr(release_watcher, "_REMOTE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("secrets") / "a release"
    write_small_release(root, configs=[CONFIG], num_buckets=1)
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "server" / "a release")


def everything(asked: Asked) -> Iterator[str]:
    """Every route, for one sample; what comes back, headers too."""
    paths = ["/", "/theme.css", "/api/release", f"/api/scores/{CONFIG}", f"/api/search/{CONFIG}"]
    found = asked(f"/api/search/{CONFIG}", headers=OWN)
    rows = found.json().get("rows", [])
    ident = rows[0]["sample_id"] if rows else "unknown"
    source = rows[0]["source_id"] if rows else "unknown"
    paths += [f"/api/sample/{CONFIG}/{ident}", f"/api/conversation/{source}"]
    paths += [f"/{kind}/{CONFIG}/{ident}/{column}"
              for kind, column in (("media", "video"), ("media", "audio"), ("media", "pose"),
                                   ("poster", "video"), ("wave", "audio"))]  # fmt: skip
    for path in paths:
        answer = asked(path, headers=OWN)
        assert answer.status in (200, 404, 502, 503), path
        yield f"{path} {answer.status} {answer.headers} {answer.body.decode('latin-1')}"
    view = asked(f"/api/sample/{CONFIG}/{ident}", headers=OWN).json()
    clip = view["lanes"][0]["clip"]["clip_id"] if "lanes" in view else "unknown"
    form = json.dumps({"kind": "clip", "clip_id": clip, "reason": "it is me", "contact": ""})
    told = asked(f"/api/report/{CONFIG}/{ident}", method="POST", headers=OWN, body=form.encode())
    yield f"{told.status} {told.body.decode()}"


def damage_media(root: Path) -> None:
    """All media of the release, so that whatever is read first is wrong."""
    samples = open_release(str(root))[CONFIG]
    place: Any = samples.ranges(0, "video")
    shard = root / place.path
    data = bytearray(shard.read_bytes())
    data[100 : len(data) - (1 << 16)] = b"\xff" * (len(data) - (1 << 16) - 100)
    shard.write_bytes(bytes(data))


def remove_shard(root: Path) -> None:
    shutil.rmtree(root / "data")


def cut_index(root: Path) -> None:
    for path in (root / "index").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-100])


def remove_index(root: Path) -> None:
    shutil.rmtree(root / "index")


def damage_manifest(root: Path) -> None:
    (root / "manifest.json").write_text("[" * 50_000)


def no_times(root: Path) -> None:
    """An index that is whole, and says what no release says."""
    name = f"index/{CONFIG}/scan-0000.parquet"
    table = pq.read_table(root / name)
    number = table.schema.get_field_index("start_seconds")
    nothing = pa.nulls(table.num_rows, table.schema.field(number).type)
    pq.write_table(table.set_column(number, table.schema.field(number), nothing), root / name)
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["files"][name] |= {
        "num_bytes": (root / name).stat().st_size,
        "footer_xxh3_64": footer_of(root / name),
    }
    (root / "manifest.json").write_text(json.dumps(manifest))


def remove_all(root: Path) -> None:
    shutil.rmtree(root)


def forbid(root: Path) -> None:
    """A folder where a file was: reading it is an error of the system, which names the path."""
    (path,) = (root / "index" / CONFIG).glob("scan-*.parquet")
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("is_remote", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        damage_media,
        remove_shard,
        cut_index,
        remove_index,
        damage_manifest,
        no_times,
        remove_all,
        forbid,
    ],
)
def test_whatever_is_damaged_nothing_secret_is_said(
    root: Path,
    tmp_path: Path,
    damage: Any,
    is_remote: bool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    with serve(root) as web:
        address = web.url.replace("http://", "http://visitor:s3cret@") if is_remote else str(root)
        box = ReportBox(tmp_path / "server" / "box", root=address)
        asked = Asked(create_app(ReleaseWatcher(address), box))
        damage(root)
        said = [*everything(asked)]
    assert len(said) > 12 and any(" 50" in one for one in said)
    shown = capfd.readouterr()
    said += [caplog.text, shown.out, shown.err]
    for hidden in (*SECRETS, str(tmp_path), "Traceback", "visitor"):
        assert not [one for one in said if hidden in one], hidden


ADDRESSES = (
    "http://visitor:s3cret@127.0.0.1:{port}/none",
    "http://127.0.0.1:{port}/none?token=t0ken",
    "http://127.0.0.1:{port}?token=t0ken",
    "http://visitor:s3cret@127.0.0.1:1",
    "http://visitor:s3cret@127.0.0.1:notaport/x",
    "http://visitor:s3cret@[bad/x",
    "nosuchscheme://visitor:s3cret@host/x",
)
COMMANDS = (
    ("explore", "{}", "--export-space", "{out}"),
    ("figures", "{}", "--out", "{out}"),
    ("verify", "{}"),
    ("card", "{}"),
    ("card", "{}", "--check"),
    ("publish", "{}", "org/name", "--dry-run"),
    ("publish", "{out}", "{}"),
)
EXPLORE = ("explore", "{}", "--no-open", "--port", "0")


@pytest.mark.parametrize(
    ("command", "address"),
    [*((EXPLORE, one) for one in ADDRESSES), *((one, ADDRESSES[0]) for one in COMMANDS)],
)
def test_errors_of_commands_have_no_secrets(
    whole: Path,
    tmp_path: Path,
    address: str,
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with serve(whole) as web:
        url = address.replace("{port}", web.url.rpartition(":")[2])
        typed = [url if one == "{}" else one.replace("{out}", "out") for one in command]
        try:
            assert main(typed) == 1
        except SystemExit as error:
            assert error.code == 2
    told = capsys.readouterr()
    assert told.err
    for hidden in (*SECRETS, "Traceback"):
        assert hidden not in told.out + told.err + caplog.text
    for path in tmp_path.rglob("*"):
        assert not any(hidden in str(path) for hidden in SECRETS)


def test_folders_of_requests_have_no_secrets() -> None:
    for address, name in (
        ("https://visitor:s3cret@host/rel?token=t0ken", "rel.work"),
        ("https://visitor:s3cret@host", "host.work"),
        ("s3://bucket/rel/", "rel.work"),
    ):
        assert requests_folder(address, None) == Path(name) / "requests"
