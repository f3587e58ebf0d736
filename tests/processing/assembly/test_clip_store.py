"""The store of cut media: a piece is cut once, and found by all that was asked for it."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.assembly.clip_store import CutStore
from speakervid5m.processing.assembly.cut_clips import CutClip, CutReject, CutRequest, CutSettings
from speakervid5m.processing.assembly.stored_cuts import StoredCuts
from speakervid5m.records import Interval
from tests.media.rendered import RIGHT, request

SOURCE = "BK6_XIz6-ZE"
A, B, C = (
    request(name, start, start + 3.0) for name, start in (("a", 1.0), ("b", 4.0), ("c", 9.0))
)


@pytest.fixture
def store(tmp_path: Path) -> CutStore:
    return CutStore(tmp_path / "cuts", CutSettings())


def clip(asked: CutRequest, video: bytes) -> CutClip:
    return CutClip(
        clip_id=asked.clip_id, video=video, audio=b"sound", width=2, height=2, fps=25.0,
        num_frames=75, sample_rate=48_000,
    )  # fmt: skip


def reject(asked: CutRequest) -> CutReject:
    return CutReject(clip_id=asked.clip_id, reason="truncated", detail="ends at 8 s")


def write(
    store: CutStore, *results: tuple[CutRequest, bytes | None], stamp: str = "now", at: int = 0
) -> None:
    before = set(store.folder.rglob("*.parquet"))
    store.write(
        SOURCE,
        [asked for asked, _ in results],
        [reject(asked) if video is None else clip(asked, video) for asked, video in results],
        source_stamp=stamp,
    )
    for path in set(store.folder.rglob("*.parquet")) - before:
        os.utime(path, (at, at))


def videos(found: StoredCuts) -> dict[str, bytes | None]:
    return {name: found.media(name)["video"] for name in found.cuts}


def names(missing: Sequence[CutRequest]) -> list[str]:
    return [one.clip_id for one in missing]


def test_pieces_are_found_in_any_part_and_the_rest_is_missing(store: CutStore) -> None:
    assert names(store.find(SOURCE, [A]).missing) == ["a"]
    write(store, (A, b"1"), (B, b"2"))
    found = store.find(SOURCE, [B, C])
    assert (videos(found), names(found.missing)) == ({"b": b"2"}, ["c"])
    write(store, (C, b"3"))
    found = store.find(SOURCE, [A, B, C])
    assert (videos(found), names(found.missing)) == ({"a": b"1", "b": b"2", "c": b"3"}, [])
    assert names(store.find("another", [A]).missing) == ["a"]


@pytest.mark.parametrize(
    "other", [replace(A, bbox=RIGHT), replace(A, muted=None), replace(A, end_seconds=5.0)]
)
def test_a_piece_that_is_asked_otherwise_is_another(store: CutStore, other: CutRequest) -> None:
    write(store, (A, b"1"))
    assert names(store.find(SOURCE, [other]).missing) == ["a"]
    write(store, (other, b"other"))
    assert videos(store.find(SOURCE, [A])) == {"a": b"1"}
    assert videos(store.find(SOURCE, [other])) == {"a": b"other"}


def test_other_settings_find_nothing(store: CutStore) -> None:
    write(store, (A, b"1"))
    small = CutStore(store.folder, CutSettings(long_side=64))
    assert names(small.find(SOURCE, [A]).missing) == ["a"]


def test_what_could_not_be_cut_is_tried_again_with_another_file_alone(store: CutStore) -> None:
    write(store, (A, b"old"), (B, None), stamp="old", at=1)
    same = store.find(SOURCE, [A, B], source_stamp="old")
    assert names(same.missing) == [] and [one.detail for one in same.rejects] == ["ends at 8 s"]
    assert names(store.find(SOURCE, [A, B], source_stamp="new").missing) == ["b"]
    write(store, (B, b"whole"), (C, None), stamp="new", at=2)
    for stamp in ("new", None):
        found = store.find(SOURCE, [A, B, C], source_stamp=stamp)
        assert videos(found) == {"a": b"old", "b": b"whole", "c": None}
        assert names(found.missing) == []
    write(store, (A, None), stamp="worse", at=3)
    assert videos(store.find(SOURCE, [A])) == {"a": b"old"}, "a reject replaces nothing"
    write(store, (A, b"twice"), stamp="new", at=4)
    assert videos(store.find(SOURCE, [A])) == {"a": b"twice"}, "of two the later"


def test_a_source_was_cut_when_nothing_of_it_was_refused(store: CutStore) -> None:
    assert not store.was_cut(SOURCE)
    write(store, (A, b"a"), (B, None), at=1)
    assert not store.was_cut(SOURCE), "its video was not deleted"
    write(store, (B, b"whole"), at=2)
    assert store.was_cut(SOURCE)


def test_damaged_bytes_are_named(store: CutStore) -> None:
    write(store, (A, b"precious"))
    (part,) = store.folder.rglob("*.parquet")
    part.write_bytes(part.read_bytes().replace(b"precious", b"preciouz"))
    found = store.find(SOURCE, [A])
    with pytest.raises(OSError, match=r"is damaged: the video of a .* Delete that file"):
        found.media("a")


def test_keep_leaves_one_part_and_nothing_else(store: CutStore) -> None:
    write(store, (A, b"1"), (B, b"2"))
    write(store, (C, b"3"), (replace(A, bbox=RIGHT), b"4"))
    store.write("another", [A], [clip(A, b"5")], source_stamp="now")
    assert store.keep(SOURCE, [A, C]) == 2
    (part,) = store.folder_of(SOURCE).iterdir()
    assert pq.read_table(part)["video"].to_pylist() == [b"1", b"3"]
    assert videos(store.find(SOURCE, [A, C], source_stamp="any")) == {"a": b"1", "c": b"3"}
    assert store.keep(SOURCE, [A, C]) == 0
    assert store.keep(SOURCE, []) == 2
    assert list(store.folder_of(SOURCE).glob("*")) == []
    assert videos(store.find("another", [A])) == {"a": b"5"}


def test_what_is_damaged_is_named_and_cannot_be_kept(store: CutStore) -> None:
    write(store, (A, b"1"), (B, b"precious"))
    (first,) = store.folder.rglob("*.parquet")
    first.write_bytes(first.read_bytes().replace(b"precious", b"preciouz"))
    write(store, (C, b"3"))
    (second,) = set(store.folder.rglob("*.parquet")) - {first}
    second.write_bytes(second.read_bytes()[:-9])
    with pytest.raises(OSError, match=rf"{second.name} is damaged: .* Delete that file"):
        store.find(SOURCE, [A])
    assert store.keep(SOURCE, [A, B, C]) == 2
    found = store.find(SOURCE, [A, B, C])
    assert (videos(found), names(found.missing)) == ({"a": b"1"}, ["b", "c"])


def test_keep_lets_go_of_what_could_not_be_cut(store: CutStore) -> None:
    write(store, (A, None), (B, b"2"))
    assert store.keep(SOURCE, [A, B]) == 1
    found = store.find(SOURCE, [A, B])
    assert (videos(found), names(found.missing)) == ({"b": b"2"}, ["a"])


VOICE = replace(A, clip_id="b#voice-A", bbox=None)
"""The sound of A, as one hears it who listens."""


def test_sound_alone_is_taken_from_any_piece_that_holds_it(store: CutStore) -> None:
    write(store, (A, b"1"), (B, b"2"))
    found = store.find(SOURCE, [VOICE])
    assert names(found.missing) == []
    assert found.media(VOICE.clip_id) == {"video": None, "audio": b"sound"}
    piece = found.cuts[VOICE.clip_id]
    assert (piece.width, piece.fps, piece.sample_rate) == (None, 25.0, 48_000)
    for other in (replace(VOICE, muted=(Interval(0, 1),)), replace(VOICE, end_seconds=3.5)):
        assert names(store.find(SOURCE, [other]).missing) == [VOICE.clip_id]
    assert names(store.find(SOURCE, [replace(B, bbox=None, muted=None)]).missing) == ["b"]


def test_sound_is_not_taken_from_what_has_none_and_stands_for_a_reject(store: CutStore) -> None:
    write(store, (replace(A, muted=None), b"1"), (VOICE, None))
    assert [one.clip_id for one in store.find(SOURCE, [VOICE]).rejects] == [VOICE.clip_id]
    write(store, (A, b"2"))
    assert store.find(SOURCE, [VOICE]).rejects == []


def test_sound_that_is_kept_leaves_the_frames_behind(store: CutStore) -> None:
    write(store, (A, b"a face"), (B, b"2"))
    assert store.keep(SOURCE, [VOICE]) == 1
    (part,) = store.folder_of(SOURCE).iterdir()
    assert b"a face" not in part.read_bytes()
    assert store.find(SOURCE, [VOICE]).media(VOICE.clip_id)["audio"] == b"sound"
    assert store.keep(SOURCE, [VOICE]) == 0
    assert names(store.find(SOURCE, [A]).missing) == ["a"]


def test_parts_of_earlier_versions_are_read_and_give_no_sound_alone(store: CutStore) -> None:
    write(store, (A, b"1"))
    (part,) = store.folder.rglob("*.parquet")
    pq.write_table(pq.read_table(part).drop_columns(["sound"]), part)
    assert videos(store.find(SOURCE, [A])) == {"a": b"1"}
    assert names(store.find(SOURCE, [VOICE]).missing) == [VOICE.clip_id]


def test_what_others_ask_for_is_told_without_reading_it_and_rejects_of_a_file_stay(
    store: CutStore,
) -> None:
    write(store, (A, b"1"), (B, b"2"), (C, None), stamp="now")
    assert not store.holds_others(SOURCE, [A, B, C])
    assert store.holds_others(SOURCE, [A, C])
    assert store.keep(SOURCE, [A, C], source_stamp="now") == 1
    assert not store.holds_others(SOURCE, [A, C])
    found = store.find(SOURCE, [A, C], source_stamp="now")
    assert (videos(found), names(found.missing)) == ({"a": b"1", "c": None}, [])
    assert names(store.find(SOURCE, [C], source_stamp="new").missing) == ["c"]


def test_a_part_that_goes_while_it_is_read_is_looked_for_where_its_pieces_are(
    store: CutStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, (A, b"1"), (B, b"2"))
    parts, asked = CutStore._parts, 0

    def at_the_wrong_moment(self: CutStore, source_id: str) -> list[Path]:
        nonlocal asked
        asked += 1
        found = parts(self, source_id)
        if asked == 1:
            self.keep(source_id, [A])
        return found

    monkeypatch.setattr(CutStore, "_parts", at_the_wrong_moment)
    assert videos(store.find(SOURCE, [A])) == {"a": b"1"}


def test_a_cut_that_fails_leaves_no_part(store: CutStore) -> None:
    def results() -> object:
        yield clip(A, b"1")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        store.write(SOURCE, [A, B], results(), source_stamp="now")  # type: ignore[arg-type]
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_a_part_is_read_as_it_is_and_not_as_one_of_the_same_time(
    store: CutStore, tmp_path: Path
) -> None:
    other = CutStore(tmp_path / "elsewhere", CutSettings())
    write(store, (A, b"1"), (B, b"2"))
    write(other, (A, b"another"), (B, b"one"))
    (old,), (new,) = store.folder.rglob("*.parquet"), other.folder.rglob("*.parquet")
    assert videos(store.find(SOURCE, [A, B])) == {"a": b"1", "b": b"2"}
    new.replace(old)
    assert videos(store.find(SOURCE, [A, B])) == {"a": b"another", "b": b"one"}


@pytest.mark.parametrize("video", [b"a video", b"x"])
def test_a_draft_is_read_back_as_it_is(
    store: CutStore, monkeypatch: pytest.MonkeyPatch, video: bytes
) -> None:
    class Coarse(pq.ParquetWriter):  # type: ignore[misc]
        """On a file system whose clock stands still."""

        def close(self) -> None:
            super().close()
            os.utime(self.where, (1, 1))

    monkeypatch.setattr(pq, "ParquetWriter", Coarse)
    write(store, (A, b"1"), (B, b"a video"), at=1)
    # The next draft may have its inode, too.
    next(store.folder.rglob("*.parquet")).unlink()
    write(store, (A, video), (B, b"1"), at=1)
    assert videos(store.find(SOURCE, [A, B])) == {"a": video, "b": b"1"}
