"""Taking back: no trace stays, nothing else changes, and a kill leaves old or new."""

import dataclasses
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from speakervid5m.records import (
    Clip,
    DialogueSample,
    ListeningSample,
    MultiTurnSample,
    Sample,
    SingleSample,
    Utterance,
    bucket_of,
)
from speakervid5m.release import Row, layout, open_release, verify, work_folder, write_release
from speakervid5m.release.takedown.retraction import plan_retraction, retract
from speakervid5m.release.tombstones.records import Request, Takedown
from speakervid5m.release.tombstones.rule import TakedownRule
from tests.release.write.test_writer import files_of
from tests.small_release import Rows, contents_of, facts_of, small_rows

NUM_SOURCES, NUM_BUCKETS, DATE = 8, 4, "2026-11-25"


def worded(rows: Rows) -> Rows:
    """The same rows; every clip has words of its own, and a history is what was said before."""

    def clip(one: Clip) -> Clip:
        words = f"words of {one.clip_id}" if one.role == "speaking" else None
        return dataclasses.replace(one, transcript=words)

    def sample(one: Sample) -> Sample:
        match one:
            case SingleSample():
                return SingleSample(clip=clip(one.clip))
            case DialogueSample():
                return dataclasses.replace(
                    one, initiator=clip(one.initiator), responder=clip(one.responder)
                )
            case ListeningSample():
                speaker = clip(one.speaker) if isinstance(one.speaker, Clip) else one.speaker
                return ListeningSample(speaker=speaker, listener=clip(one.listener))
            case MultiTurnSample():
                turns = tuple(clip(turn) for turn in one.turns)
                history = tuple(
                    Utterance(voice="B", start_seconds=4.0, text=f"B of {turns[0].source_id}")
                    for _ in one.history
                )
                return MultiTurnSample(turns=turns, history=history)

    return {
        name: [Row(sample=sample(row.sample), media=row.media) for row in found]
        for name, found in rows.items()
    }


@pytest.fixture(scope="module")
def rows() -> Rows:
    return worded(small_rows(num_sources=NUM_SOURCES))


@pytest.fixture(scope="module")
def base(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("retract") / "speakervid5m"
    write_release(root, contents_of(rows, NUM_BUCKETS), facts_of(rows, num_buckets=NUM_BUCKETS))
    return root


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base.parent, tmp_path / "copy")
    return tmp_path / "copy" / "speakervid5m"


def all_clips(rows: Rows) -> dict[str, Clip]:
    return {
        clip.clip_id: clip for found in rows.values() for row in found for clip in row.sample.clips
    }


def without(rows: Rows, request: Request) -> Rows:
    """The rows that stay, found the slow way."""
    by_source: dict[str, list[Clip]] = {}
    for clip in all_clips(rows).values():
        by_source.setdefault(clip.source_id, []).append(clip)
    rules = {source: TakedownRule(source, clips, request) for source, clips in by_source.items()}
    return {
        name: [row for row in found if not rules[row.sample.clips[0].source_id].touches(row.sample)]
        for name, found in rows.items()
    }


def values_of(root: Path) -> str:
    """Every value of every column but the media, shards and index, decoded."""
    said = []
    for path in sorted([*root.rglob("*.parquet")]):
        if "takedown" in path.parts:
            continue
        with pq.ParquetFile(path) as file:
            names = [
                one for one in file.schema_arrow.names
                if not one.endswith(("video", "videos", "audio", "audios", "pose", "poses"))
            ]  # fmt: skip
            said.append(repr(file.read(columns=names).to_pylist()))
    return "\n".join(said)


def pieces(row: Row) -> Iterator[bytes]:
    for value in row.media.values():
        yield from (one for one in (value if isinstance(value, list) else [value]) if one)


def media_of(rows: Rows) -> set[bytes]:
    return {one for found in rows.values() for row in found for one in pieces(row)}


def bytes_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def requests(rows: Rows, count: int) -> list[Request]:
    draw = random.Random(5)
    clips = sorted(all_clips(rows).values(), key=lambda clip: clip.clip_id)
    chosen = []
    for number in range(count):
        clip = draw.choice(clips)
        person = clip.person_id or f"{clip.source_id}#A"
        chosen.append(
            (
                Request(sources=frozenset([clip.source_id])),
                Request(people=frozenset([person])),
                Request(clips=frozenset([clip.clip_id])),
            )[number % 3]
        )
    return chosen


@pytest.mark.timeout(300)
def test_no_trace_stays_and_nothing_else_changes(base: Path, rows: Rows, tmp_path: Path) -> None:
    before_values, before_bytes = values_of(base), bytes_under(base)
    for number, request in enumerate(requests(rows, 9)):
        root = tmp_path / f"{number}" / "speakervid5m"
        shutil.copytree(base, root)
        old = {name: (root / name).stat().st_ino for name in open_release(str(root)).manifest.files}
        report = retract(root, request, date=DATE)
        left = without(rows, request)
        reference = tmp_path / f"{number}b" / "speakervid5m"
        found = _as_if_never_there(root, left, reference)
        removed = {r.sample.sample_id for n in rows for r in rows[n]} - {
            r.sample.sample_id for n in left for r in left[n]
        }
        assert sum(report.num_removed.values()) >= len(removed) > 0
        _no_trace(root, rows, left, request, before_values, before_bytes)
        kept = {name for name in found if name in old and name.startswith("data/")}
        touched = {name for name in kept if (root / name).stat().st_ino != old[name]}
        buckets = {name.rpartition("-")[2] for name in touched}
        assert len(buckets) <= 1, "one source lies in one bucket"
        shutil.rmtree(root.parent)
        shutil.rmtree(reference.parent)


def test_of_an_index_part_a_bucket_stays_that_was_not_touched(
    rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "MAX_INDEX_PARTS", 2)
    root = tmp_path / "speakervid5m"
    write_release(root, contents_of(rows, NUM_BUCKETS), facts_of(rows, num_buckets=NUM_BUCKETS))
    buckets: dict[int, set[str]] = {}
    for clip in all_clips(rows).values():
        bucket = bucket_of(clip.source_id, NUM_BUCKETS)
        buckets.setdefault(bucket, set()).add(clip.source_id)
    gone = next(one for one in sorted(buckets) if one ^ 1 in buckets)
    request = Request(sources=frozenset(buckets[gone]))
    retract(root, request, date=DATE)
    _as_if_never_there(root, without(rows, request), tmp_path / "reference")


def _as_if_never_there(root: Path, left: Rows, reference: Path) -> dict[str, bytes]:
    """The release is, byte for byte, what a first write of what stays gives; its files."""
    takedown = Takedown.read(open_release(str(root)).files)
    write_release(
        reference, contents_of(_filled(left), NUM_BUCKETS),
        facts_of(left, num_buckets=NUM_BUCKETS), retracted=takedown,
    )  # fmt: skip
    written, found = files_of(reference), files_of(root)
    _same_manifest(found.pop("manifest.json"), written.pop("manifest.json"))
    assert sorted(found) == sorted(written)
    assert [name for name in found if found[name] != written[name]] == []
    return found


def _filled(rows: Rows) -> Rows:
    return {name: found for name, found in rows.items() if found}


def _same_manifest(one: bytes, other: bytes) -> None:
    """But for the words of why a config is empty."""
    import json

    first, second = json.loads(one), json.loads(other)
    for value in (first, second):
        value["facts"]["empty_configs"] = sorted(value["facts"]["empty_configs"])
    first["files"].pop("README.md"), second["files"].pop("README.md")
    assert first == second


def _no_trace(
    root: Path, rows: Rows, left: Rows, request: Request, before_values: str, before_bytes: bytes
) -> None:
    values, stored = values_of(root), bytes_under(root) + bytes_under(work_folder(root))
    names: set[str] = {*request.sources, *request.people}
    for clip_id in request.clips:
        words = f"words of {clip_id}'"
        names |= {clip_id, words} if all_clips(rows)[clip_id].transcript else {clip_id}
    for person in request.people:
        said = [clip for clip in all_clips(rows).values() if clip.person_id == person]
        names |= {f"words of {clip.clip_id}'" for clip in said if clip.transcript}
        history = f"B of {person[:11]}"
        names |= {history} if person.endswith("#B") and history in before_values else set()
    for name in names:
        assert name in before_values, name
        assert name not in values, name
    gone = media_of(rows) - media_of(left)
    assert gone
    for piece in gone:
        assert piece in before_bytes
        assert piece not in stored


@pytest.mark.timeout(300)
def test_many_one_after_another(root: Path, rows: Rows) -> None:
    done: list[Request] = []
    for request in requests(rows, 100):
        if not plan_retraction(open_release(str(root)), request).unknown:
            retract(root, request, date=DATE)
            done.append(request)
        if not open_release(str(root)).configs:
            break
    assert len(done) > 12
    assert verify(str(root)).ok
    takedown = Takedown.read(open_release(str(root)).files)
    for request in done:
        assert all(takedown.names(kind, name) for kind, name, _ in request.ids())
    values = values_of(root)
    for request in done:
        for _, name, _ in request.ids():
            assert name not in values
    ids = {row for one in takedown.removals for row in [(one.config, one.config_digest_before)]}
    assert len(ids) == len(takedown.removals), "every removal has a state of its own"


def test_removed_rows_are_told_by_position(root: Path, rows: Rows) -> None:
    source = rows["single_sft"][0].sample.clips[0].source_id
    before = open_release(str(root))
    old = {
        name: before[name].table(["sample_id"])["sample_id"].to_pylist() for name in before.configs
    }
    digests = {name: before[name].config_digest for name in before.configs}
    retract(root, Request(sources=frozenset([source])), date=DATE)
    after = open_release(str(root))
    takedown = Takedown.read(after.files)
    for removal in takedown.removals:
        assert removal.config_digest_before == digests[removal.config]
        assert removal.config_digest_after == after[removal.config].config_digest
        gone = set(removal.rows)
        kept = [one for number, one in enumerate(old[removal.config]) if number not in gone]
        now = [one.sample_id for one in after[removal.config]]
        assert kept == now
    text = (root / "TAKEDOWN.md").read_text()
    assert f"| {DATE} | 1 | 0 | 0 |" in text and source not in text
    assert source.encode() not in (root / "takedown" / "tombstones.parquet").read_bytes()


def test_an_unknown_id_changes_nothing(root: Path, rows: Rows) -> None:
    before = files_of(root)
    known = rows["single_sft"][0].sample.clips[0]
    for request in (
        Request(sources=frozenset(["x0000000000", known.source_id])),
        Request(people=frozenset([f"{known.source_id}#Q"])),
        Request(clips=frozenset(["x0000000000_128x96_full_video_000_A_00"])),
    ):
        with pytest.raises(ValueError, match="contains no"):
            retract(root, request, date=DATE)
        assert files_of(root) == before
    with pytest.raises(ValueError, match="11 characters"):
        Request(sources=frozenset(["short"]))
    with pytest.raises(ValueError, match="person id"):
        Request(people=frozenset([known.source_id]))


def test_again_is_done_already(root: Path, rows: Rows) -> None:
    request = Request(sources=frozenset([rows["single_sft"][0].sample.clips[0].source_id]))
    assert retract(root, request, date=DATE).changed
    before = files_of(root)
    assert not retract(root, request, date="2027-01-01").changed
    assert files_of(root) == before


def _child(work: Callable[[], Any], step: int) -> int:
    """Runs in a child that kills itself before its n-th change of the disk; how many it made."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def one(*args: Any, **kwargs: Any) -> Any:
                nonlocal done
                if done == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                done += 1
                return call(*args, **kwargs)

            return one

        for name in ("rename", "link", "fsync", "mkdir", "unlink", "rmdir", "replace"):
            setattr(os, name, counted(getattr(os, name)))
        try:
            work()
            os.write(writer, str(done).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    said = os.read(reader, 100)
    os.close(reader)
    return int(said or 0)


@pytest.mark.timeout(300)
def test_kill_leaves_old_or_new(tmp_path: Path) -> None:
    rows = worded(small_rows(num_sources=3, configs=["single_sft", "multi_turn_sft"]))
    request = Request(people=frozenset([f"{rows['single_sft'][0].sample.clips[0].source_id}#B"]))
    base = tmp_path / "base" / "speakervid5m"
    write_release(base, contents_of(rows, 2), facts_of(rows))
    whole = tmp_path / "whole" / "speakervid5m"
    shutil.copytree(base, whole)
    old = files_of(whole)
    num_steps = _child(lambda: retract(whole, request, date=DATE), 1_000_000)
    new = files_of(whole)
    assert new != old and num_steps > 40
    seen = set()
    # The folders are swapped and the old one is removed at the very end.
    for step in sorted({*range(0, num_steps, num_steps // 11), *range(num_steps)[-30::4]}):
        root = tmp_path / f"{step}" / "speakervid5m"
        shutil.copytree(base, root)
        _child(lambda root=root: retract(root, request, date=DATE), step)  # type: ignore[misc]
        if root.exists():
            found = files_of(root)
            assert found in (old, new)
            seen.add("old" if found == old else "new")
        retract(root, request, date=DATE)
        assert files_of(root) == new
        shutil.rmtree(root.parent)
    assert seen == {"old", "new"}
