"""A request for removal: what is written, what is refused, and that honouring it hides the clip."""

import json
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app
from speakervid5m.cards.explorer.reports import (
    FULL_BYTES,
    ReportError,
    ReportsClosed,
    retract_command,
)
from speakervid5m.cards.explorer.search.config_index import ConfigIndex, Record
from speakervid5m.cli import main
from speakervid5m.release import open_release
from tests.cards.explorer.asking import Asked
from tests.cards.explorer.serving import Answer, Explorer, explorer
from tests.small_release import write_small_release

CONFIG = "dialogue_sft"


def send(page: Explorer, row: Any, asked: Any, body: Any = None, **headers: str) -> Answer:
    path = f"/api/report/{CONFIG}/{row['sample_id']}?at={row['at']}"
    own = {"Content-Type": "application/json", "Origin": page.url.rstrip("/")}
    data = json.dumps(asked).encode() if body is None else body
    return page.ask(path, method="POST", body=data, headers=own | headers)


def good(page: Explorer, row: Any, **changes: str) -> dict[str, str]:
    view = page.json(f"/api/sample/{CONFIG}/{row['sample_id']}?at={row['at']}")
    clip_id = view["lanes"][1]["clip"]["clip_id"]
    return {"kind": "clip", "clip_id": clip_id, "reason": "That is me.", "contact": ""} | changes


def test_a_request_is_one_line_with_the_command_that_honours_it(
    served: Explorer, release: Path
) -> None:
    row = served.rows(CONFIG)[0]
    asked = good(served, row, reason="line one\nline two \u05e9", contact="me@example.org")
    told = send(served, row, asked).json()
    line = (served.requests / "requests.jsonl").read_text("utf-8").splitlines()[-1]
    written = json.loads(line)
    assert written["number"] == told["number"]
    assert {name: written[name] for name in asked} == asked
    words = shlex.split(written["command"])
    assert words == ["speakervid5m", "retract", str(release), f"--clip={asked['clip_id']}"]
    # The visitor is not told where the release lies.
    words[2] = release.name
    assert shlex.split(told["command"]) == words
    mode = (served.requests / "requests.jsonl").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": "  "}, "say why"),
        ({"reason": "x" * 4001}, "at most 4000 characters"),
        ({"contact": "x" * 301}, "300 of contact"),
        ({"kind": "everything"}, "none of clip, person, source"),
        ({"clip_id": "../../etc/passwd"}, "the sample has no clip"),
        ({"clip_id": 7}, "are strings"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_written(
    served: Explorer, changes: dict[str, Any], told: str
) -> None:
    row = served.rows(CONFIG)[1]
    before = (
        (served.requests / "requests.jsonl").read_bytes()
        if (served.requests / "requests.jsonl").exists()
        else b""
    )
    answer = send(served, row, good(served, row) | changes)
    assert answer.status == 400 and told in answer.json()["error"]
    path = served.requests / "requests.jsonl"
    assert (path.read_bytes() if path.exists() else b"") == before


def test_other_forms_are_refused(served: Explorer) -> None:
    row = served.rows(CONFIG)[0]
    asked = good(served, row)
    assert send(served, row, ["a list"]).status == 400
    assert send(served, row, asked | {"more": "x" * 40_000}).status == 413
    assert send(served, {"sample_id": "unknown", "at": ""}, asked).status == 404


def test_json_that_is_hostile_is_told(served: Explorer, caplog: pytest.LogCaptureFixture) -> None:
    row = served.rows(CONFIG)[0]
    for body in (b"[" * 30_000, b'{"a":' * 6_000, b"\xff\xfe", b"9" * 5_000, b"", b"{"):
        told = send(served, row, None, body=body)
        assert told.status == 400 and "is a JSON object" in told.json()["error"], body[:10]
    for name in ("reason", "contact", "kind", "clip_id"):
        told = send(served, row, good(served, row) | {name: "\ud83d"})
        assert told.status == 400, name
        assert "half a character" in told.json()["error"]
    assert not caplog.records


def test_a_body_is_read_no_further_than_is_allowed(release: Path) -> None:
    """Without a length: nothing says beforehand how much comes."""
    asked = Asked(create_app(ReleaseWatcher(str(release)), ReportBox(None, root=str(release))))
    sizes = []

    def pieces() -> Iterator[bytes]:
        while True:
            sizes.append(4096)
            yield b" " * 4096

    own = {"host": "localhost", "origin": "http://localhost", "content-type": "application/json"}
    path = f"/api/report/{CONFIG}/unknown"
    told = asked(path, method="POST", headers=own, body=pieces())
    assert told.status == 413 and told.headers["connection"] == "close"
    assert sum(sizes) <= 32_768 + 4096


@pytest.fixture
def record(release: Path) -> Record:
    return ConfigIndex(open_release(str(release)), CONFIG).record(0)


def test_nobody_is_named_whom_nobody_knows(release: Path, tmp_path: Path) -> None:
    unknown = ConfigIndex(open_release(str(release)), "listening_sft").record(0)
    clip = unknown.sample.clips[-1]
    assert clip.person_id is None
    asked = {"kind": "person", "clip_id": clip.clip_id, "reason": "me"}
    with pytest.raises(ReportError, match="it is not known whom this clip shows"):
        ReportBox(tmp_path, root="r").take(asked, "listening_sft", unknown)


def test_without_a_folder_it_says_whom_to_write_to(record: Record) -> None:
    asked = {"kind": "clip", "clip_id": record.sample.clips[0].clip_id, "reason": "me"}
    with pytest.raises(ReportsClosed, match=r"write to help@example\.org"):
        ReportBox(None, root="r", contact="help@example.org").take(asked, CONFIG, record)


def test_a_full_disk_of_requests_is_closed(record: Record, tmp_path: Path) -> None:
    with (tmp_path / "requests.jsonl").open("wb") as file:
        file.truncate(FULL_BYTES - 10)
    asked = {"kind": "clip", "clip_id": record.sample.clips[0].clip_id, "reason": "me"}
    with pytest.raises(ReportsClosed, match="full"):
        ReportBox(tmp_path, root="r").take(asked, CONFIG, record)
    assert (tmp_path / "requests.jsonl").stat().st_size == FULL_BYTES - 10


def test_commands_stand_as_a_shell_needs_them() -> None:
    command = retract_command("a folder", "source", "-abc def'")
    assert shlex.split(command)[2:] == ["a folder", "--source=-abc def'"]
    assert "RELEASE" in retract_command("hf://datasets/org/name", "person", "x#A")


def test_what_was_taken_back_is_gone_while_the_page_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "a release"
    write_small_release(root)
    with explorer(str(root), tmp_path / "requests") as page:
        row = page.rows(CONFIG)[0]
        view = page.json(f"/api/sample/{CONFIG}/{row['sample_id']}?at={row['at']}")
        video = "/" + view["lanes"][1]["video"]
        assert page.ask(video).status == 200
        assert send(page, row, good(page, row)).status == 200
        line = (page.requests / "requests.jsonl").read_text("utf-8").splitlines()[-1]
        command = json.loads(line)["command"]
        assert main(shlex.split(command)[1:]) == 0
        assert page.ask(video).status == 404
        assert row["sample_id"] not in {one["sample_id"] for one in page.rows(CONFIG)}
        gone = view["lanes"][1]["clip"]["clip_id"]
        for name in ("single_sft", "multi_turn_sft", "listening_sft", CONFIG):
            for one in page.rows(name):
                shown = page.ask(f"/api/sample/{name}/{one['sample_id']}?at={one['at']}")
                assert gone not in shown.body.decode()
        assert gone not in page.ask(f"/api/conversation/{row['source_id']}").body.decode()
    assert "retracted" in capsys.readouterr().out


def test_a_tombstone_hides_what_a_damaged_release_still_holds(tmp_path: Path) -> None:
    root, other = tmp_path / "speakervid5m", tmp_path / "other"
    write_small_release(root)
    shutil.copytree(root, other)
    sample = open_release(str(root))[CONFIG][0]
    person = sample.clips[0].person_id
    assert person is not None
    assert main(["retract", str(root), "--person", person]) == 0
    shutil.copytree(root / "takedown", other / "takedown")
    with explorer(str(other), tmp_path / "requests") as page:
        for name in ("single_sft", "listening_sft", CONFIG):
            for one in page.rows(name):
                shown = page.ask(f"/api/sample/{name}/{one['sample_id']}?at={one['at']}")
                assert person not in shown.body.decode()
        left, held = open_release(str(root)), open_release(str(other))
        for name in left.configs:
            ids = [one["sample_id"] for one in page.rows(name)]
            assert ids == [one.sample_id for one in left[name]][:24], name
            assert len(held[name]) == len(left[name])


def test_while_a_release_is_being_replaced_the_page_says_so(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, configs=["single_sft"])
    with explorer(str(root), tmp_path / "requests") as page:
        root.rename(tmp_path / "old")
        told = page.ask("/api/release")
        assert told.status == 503 and "is being replaced" in told.json()["error"]
        (tmp_path / "old").rename(root)
        assert page.ask("/api/release").status == 200


def test_an_app_needs_nothing_but_a_release_and_a_box(release: Path) -> None:
    assert create_app(ReleaseWatcher(str(release)), ReportBox(None, root=str(release)))
