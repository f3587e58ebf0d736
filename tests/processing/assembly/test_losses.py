"""What is released stays, unless somebody takes it back or says so; what is taken back goes."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from speakervid5m.processing import CutSettings, materialize
from speakervid5m.processing.assembly.clip_store import CutStore
from speakervid5m.processing.assembly.cut_clips import CutReject, CutRequest
from speakervid5m.processing.assembly.takedown import delete_retracted
from speakervid5m.release import open_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request, Takedown
from speakervid5m.release.write.change import rewrite_documents
from tests.processing.shows import TEN, bytes_of, parts, planned, run


def test_what_is_released_does_not_leave_for_want_of_files(
    shows: Path, at_once: Path, tmp_path: Path
) -> None:
    out, empty = tmp_path / "speakervid5m", tmp_path / "videos"
    empty.mkdir()
    shutil.copytree(at_once, out)
    with pytest.raises(ValueError, match=r"10 sources of .* would leave .* give their videos"):
        run(shows, out, videos=empty)
    with pytest.raises(ValueError, match="holds media, which would leave it"):
        run(shows, out, videos=None, with_media=False)
    no_media = tmp_path / "without" / "speakervid5m"
    run(shows, no_media, videos=None, with_media=False)
    with pytest.raises(ValueError, match="10 sources"):
        materialize(no_media, out, empty)
    assert bytes_of(out) == bytes_of(at_once)
    assert materialize(no_media, out, empty, drop_missing=True).written.num_sources == 0


def test_a_release_without_media_gains_them_in_waves(shows: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    run(shows, out, videos=None, with_media=False)
    report = run(shows, out, limit=4)
    assert report.written is not None
    assert report.written.num_sources == 4
    shutil.rmtree(out.with_name("speakervid5m.work"))
    with pytest.raises(ValueError, match="give their videos, without --limit and --sources"):
        run(shows, out, limit=1)


def test_a_worse_video_takes_nothing_from_a_release(shows: Path, tmp_path: Path) -> None:
    out, videos = tmp_path / "speakervid5m", tmp_path / "videos"
    shutil.copytree(shows / "videos", videos)
    few = frozenset(show.source_id for show in planned(TEN)[:2])
    worse = sorted(path for path in videos.iterdir() if path.name[:11] in few)[0]
    whole = worse.read_bytes()
    # One clip cannot be cut of it; then of the file that comes in its place none can be.
    worse.write_bytes(whole[: int(0.9 * len(whole))])
    assert (first := run(shows, out, videos=videos, source_ids=few).cut) and first.rejects
    before = bytes_of(out)
    worse.write_bytes(whole[:2000])
    assert (second := run(shows, out, videos=videos, source_ids=few).cut) and second.rejects
    assert bytes_of(out) == before


def test_materialize_passes_a_takedown_on(shows: Path, tmp_path: Path) -> None:
    without, out = tmp_path / "without" / "speakervid5m", tmp_path / "with" / "speakervid5m"
    run(shows, without, videos=None, with_media=False)
    rewrite_documents(without, lambda _: None, repository="acme/annotations")
    few = tmp_path / "few"
    few.mkdir()
    ids = sorted(show.source_id for show in planned(TEN)[:3])
    for path in (shows / "videos").iterdir():
        if path.name[:11] in ids:
            shutil.copy(path, few)
    materialize(without, out, few)
    assert open_release(str(out)).manifest.facts.repository is None
    assert ids[0] in open_release(str(out)).source_ids()
    retract(without, Request(sources=frozenset([ids[0]])), date="2026-11-26")
    materialize(without, out, few)
    release = open_release(str(out))
    assert ids[0] not in release.source_ids()
    assert Takedown.read(release.files).touches(ids[0])
    assert len(parts(out)) == 2, "its clips have gone, too"
    # What an earlier version cut of all clips of a source is found by nobody, and goes with it.
    for name, held in (("old", ids[0]), ("other", ids[1])):
        old = out.with_name("speakervid5m.work") / "cuts" / "ab" / f"{name}.parquet"
        old.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"clip_id": [f"{held}_640x360_1"]}), old)
    assert "cut clips of an earlier version" in delete_retracted(out, [ids[0]])
    assert [path.name for path in old.parent.glob("*.parquet")] == ["other.parquet"]
    old.unlink()
    # Whoever imports without writing cards keeps what was taken back, and what was cut of it
    # meanwhile goes.
    store = CutStore(out.with_name("speakervid5m.work") / "cuts", CutSettings())
    asked = CutRequest(clip_id="late", start_seconds=0.0, end_seconds=1.0, bbox=None, muted=())
    late = CutReject(clip_id="late", reason="truncated", detail="")
    store.write(ids[0], [asked], [late], source_stamp="")
    assert len(parts(out)) == 3
    run(shows, out, videos=few)
    assert Takedown.read(open_release(str(out)).files).touches(ids[0])
    assert len(parts(out)) == 2
