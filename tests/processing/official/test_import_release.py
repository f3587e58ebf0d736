"""A wave, another wave, two shards, a killed run: every time the same release."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from speakervid5m.processing import (
    materialize,
)
from speakervid5m.records import BRANCHES, CONFIGS
from speakervid5m.release import open_release, verify
from speakervid5m.release.write.change import rewrite_documents
from speakervid5m.vidchatbench import draw_pairs
from tests.processing.shows import (
    TEN,
    bytes_of,
    parts,
    planned,
    run,
    write_video,
)


def test_release_is_whole_and_has_training_and_benchmark(at_once: Path) -> None:
    report = verify(str(at_once))
    assert report.ok, report.problems
    release = open_release(str(at_once))
    assert {"single_sft", "dialogue_sft", "listening_sft", "vidchatbench"} <= set(release.configs)
    tested = {sample.clips[0].source_id for sample in release["vidchatbench"]}
    for name in set(release.configs) - {"vidchatbench"}:
        assert tested.isdisjoint(sample.clips[0].source_id for sample in release[name])


def test_three_waves_equal_one(shows: Path, at_once: Path, tmp_path: Path) -> None:
    out, videos = tmp_path / "speakervid5m", tmp_path / "videos so far"
    videos.mkdir()
    arrived = sorted((shows / "videos").iterdir())
    for wave in (arrived[:3], arrived[3:7], arrived[7:]):
        for path in wave:
            shutil.copy(path, videos)
        report = run(shows, out, videos=videos, delete_sources=True)
        assert report.cut is not None
        assert [path.name for path in sorted(report.cut.deleted)] == [one.name for one in wave]
        assert verify(str(out), decode=False).ok
    assert not list(videos.iterdir())
    assert bytes_of(out) == bytes_of(at_once)


def test_other_assumptions_need_no_video_for_what_is_cut(shows: Path, tmp_path: Path) -> None:
    out, videos = tmp_path / "speakervid5m", tmp_path / "videos so far"
    shutil.copytree(shows / "videos", videos)
    run(shows, out, videos=videos, delete_sources=True)
    assert not list(videos.iterdir())
    fewer = tuple(set(BRANCHES) - {"listening"})
    report = run(shows, out, videos=videos, branches=fewer)
    assert report.written is not None
    assert report.written.num_sources == len(TEN) and not any(report.written.num_left_out.values())
    run(shows, tmp_path / "fewer" / "speakervid5m", branches=fewer)
    assert bytes_of(out) == bytes_of(tmp_path / "fewer" / "speakervid5m")


def test_a_branch_more_cuts_its_own_clips_alone(shows: Path, at_once: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    run(shows, out, branches=tuple(set(BRANCHES) - {"listening"}))
    before = {path: path.stat().st_ino for path in parts(out)}
    # Without videos the release is what can be made of what stands, and says what is left out.
    report = run(shows, out, videos=None)
    assert report.written is not None
    assert report.written.num_left_out["listening_sft"]
    assert report.written.num_samples["listening_sft"] == 0
    assert report.written.num_samples["single_sft"] == len(open_release(str(at_once))["single_sft"])
    report = run(shows, out)
    assert report.cut is not None and 0 < report.cut.num_cut <= len(TEN)
    assert {path: path.stat().st_ino for path in before} == before
    assert len(parts(out)) == len(before) + report.cut.num_cut
    assert bytes_of(out) == bytes_of(at_once)


def test_limit_goes_on_where_it_was(shows: Path, at_once: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    pending = []
    for _ in range(3):
        report = run(shows, out, limit=4)
        assert report.cut is not None
        pending.append((report.cut.num_cut, report.cut.num_done_before, report.cut.num_pending))
    assert pending == [(4, 0, 6), (4, 4, 2), (2, 8, 0)]
    assert bytes_of(out) == bytes_of(at_once)


def test_two_shards_equal_one_run(shows: Path, at_once: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    cut = []
    for shard in ((0, 2), (1, 2)):
        report = run(shows, out, shard=shard)
        assert report.written is None
        assert report.cut is not None
        cut.append(report.cut.num_cut)
        assert not out.exists()
    assert sum(cut) == len(TEN)
    assert 0 not in cut
    run(shows, out, videos=None)
    assert bytes_of(out) == bytes_of(at_once)


def test_two_processes_equal_one(shows: Path, at_once: Path, tmp_path: Path) -> None:
    run(shows, tmp_path / "speakervid5m", jobs=2)
    assert bytes_of(tmp_path / "speakervid5m") == bytes_of(at_once)


def test_a_new_video_touches_its_own_shards_alone(shows: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    ids = [show.source_id for show in planned(TEN)]
    run(shows, out, source_ids=frozenset(ids[:5]))
    rewrite_documents(out, lambda _: None, repository="acme/talks")
    before = {path.name: path.stat().st_ino for path in out.rglob("*.parquet")}
    report = run(shows, out, source_ids=frozenset(ids[:5]))
    assert open_release(str(out)).manifest.facts.repository == "acme/talks"
    assert report.cut is not None
    assert report.cut.num_cut == 0
    after = {path.name: path.stat().st_ino for path in out.rglob("*.parquet")}
    assert {name for name in before if name.startswith("train")} <= after.keys()
    assert all(after[name] == before[name] for name in before if name.startswith("train"))


def test_materialize_equals_import(shows: Path, at_once: Path, tmp_path: Path) -> None:
    without, out = tmp_path / "without" / "speakervid5m", tmp_path / "with" / "speakervid5m"
    run(shows, without, videos=None, with_media=False)
    report = verify(str(without))
    assert report.ok
    assert report.num_media == 0
    bare, full = open_release(str(without)), open_release(str(at_once))
    assert bare.configs == full.configs
    assert not bare.manifest.facts.with_media
    assert bare["single_sft"].media(0, "video") is None
    materialize(without, out, shows / "videos")
    assert bytes_of(out) == bytes_of(at_once)
    with pytest.raises(ValueError, match="another folder"):
        materialize(without, without, shows / "videos")


def test_branches_that_are_left_out(shows: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    report = run(shows, out, branches=("dialogue",))
    assert report.written is not None
    names = set(report.written.manifest.configs)
    assert names <= {"dialogue_sft", "dialogue_pretrain", "vidchatbench"}
    assert "left out" in report.written.manifest.facts.empty_configs["single_sft"]
    assert verify(str(out), decode=False).ok


def test_a_tier_that_is_left_out_is_neither_written_nor_cut(
    shows: Path, at_once: Path, tmp_path: Path
) -> None:
    out = tmp_path / "speakervid5m"
    report = run(shows, out, tiers=("sft",))
    assert report.written is not None and report.cut is not None
    manifest = report.written.manifest
    assert set(manifest.configs) <= {f"{b}_sft" for b in BRANCHES} | {"vidchatbench"}
    assert manifest.facts.empty_configs["single_pretrain"] == "its tier was left out (--tiers)"
    assert verify(str(out), decode=False).ok
    assert manifest.configs["single_sft"].num_rows
    more = run(shows, out)
    assert more.cut is not None and 0 < report.cut.num_clips < more.cut.num_clips
    assert bytes_of(out) == bytes_of(at_once)


def test_broken_and_missing_videos_do_not_stop_the_rest(
    shows: Path, at_once: Path, tmp_path: Path
) -> None:
    videos, out = tmp_path / "my videos", tmp_path / "speakervid5m"
    shutil.copytree(shows / "videos", videos)
    paths = sorted(videos.iterdir())
    truncated, empty, missing, text, silent = paths[:5]
    truncated.write_bytes(truncated.read_bytes()[: truncated.stat().st_size // 2])
    empty.write_bytes(b"")
    missing.unlink()
    text.write_text("not a video")
    show = next(one for one in planned(TEN) if one.video_name == silent.stem)
    silent.rename(videos / f'A talk, it\'s "late" [{show.source_id}].mp4')
    (videos / "holiday.mp4").write_bytes(b"x")
    report = run(shows, out, videos=videos)
    assert report.has_rejects
    assert report.cut is not None
    assert report.videos is not None
    by_source = {one.source_id: one.reason for one in report.cut.rejects}
    assert by_source[empty.stem[:11]] == "empty_file"
    assert by_source[text.stem[:11]] == "unreadable"
    assert by_source[truncated.stem[:11]] in ("truncated", "unreadable")
    assert missing.stem[:11] not in report.videos.files
    assert [path.name for path in report.videos.unknown] == ["holiday.mp4"]
    assert report.videos.files[show.source_id].name.startswith("A talk")
    assert report.written is not None
    assert sum(report.written.num_left_out.values()) > 0
    assert verify(str(out)).ok
    # The right files arrive later: the same release as if they had always been there.
    for path in (truncated, empty, missing, text):
        shutil.copy(shows / "videos" / path.name, path)
    run(shows, out, videos=videos)
    assert set(open_release(str(out)).configs) == set(open_release(str(at_once)).configs)


def test_a_video_without_sound_gives_silent_listeners_alone(shows: Path, tmp_path: Path) -> None:
    import av

    show = planned(TEN)[3]
    path = tmp_path / "videos" / f"{show.video_name}.mp4"
    path.parent.mkdir()
    loud = tmp_path / "loud.mp4"
    write_video(loud, show.width, show.height, show.num_frames, 1)
    with av.open(str(loud)) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    report = run(shows, tmp_path / "speakervid5m", videos=path.parent)
    assert report.cut is not None
    assert {one.reason for one in report.cut.rejects} == {"no_audio"}


def test_no_dump_and_no_videos_say_what_is_missing(shows: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="merged_anno"):
        run(shows, tmp_path / "out", dump=tmp_path)
    with pytest.raises(FileNotFoundError, match="source videos"):
        run(shows, tmp_path / "out", videos=tmp_path / "nowhere")


def test_empty_folder_of_videos_gives_an_empty_release(shows: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    out = tmp_path / "speakervid5m"
    report = run(shows, out, videos=tmp_path / "videos")
    assert report.written is not None
    assert not report.written.manifest.configs
    assert set(report.written.manifest.facts.empty_configs) == set(CONFIGS)
    assert verify(str(out)).ok


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_ends_in_the_same_bytes(
    shows: Path, tmp_path: Path, kills: int
) -> None:
    few = frozenset(show.source_id for show in planned(TEN)[:3])
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(sorted(few)))
    whole = tmp_path / "whole" / "speakervid5m"
    run(shows, whole, source_ids=few)
    expected = bytes_of(whole)
    began = time.monotonic()
    assert killed_import(shows, ids, tmp_path / "timing" / "speakervid5m", None) == 0
    longest = time.monotonic() - began
    rng = random.Random(7)
    out = tmp_path / "killed" / "speakervid5m"
    interrupted = 0
    while interrupted < kills:
        if killed_import(shows, ids, out, rng.uniform(0.3, 0.95) * longest) == -signal.SIGKILL:
            interrupted += 1
        else:
            # Its one measure was of a busier moment.
            longest *= 0.8
        if out.exists():
            # Whatever stands under the final name is complete.
            assert verify(str(out), decode=False).ok
        run(shows, out, source_ids=few)
        assert bytes_of(out) == expected
        shutil.rmtree(out.parent)


def killed_import(shows: Path, ids: Path, out: Path, after_seconds: float | None) -> int:
    """Runs the command and kills it after so long; returns its status."""
    command = [sys.executable, "-m", "speakervid5m.cli", "import", str(shows / "dump")]
    command += ["--videos", str(shows / "videos"), "--out", str(out), "--sources", str(ids)]
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[3],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


@pytest.mark.parametrize("limit_bytes", [3_000, 60_000])
def test_a_full_disk_leaves_nothing_half_written_and_is_gone_on_from(
    shows: Path, tmp_path: Path, limit_bytes: int
) -> None:
    few = frozenset(show.source_id for show in planned(TEN)[:2])
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(sorted(few)))
    whole, out = tmp_path / "whole" / "speakervid5m", tmp_path / "full" / "speakervid5m"
    run(shows, whole, source_ids=few)
    command = [sys.executable, "-m", "speakervid5m.cli", "import", str(shows / "dump")]
    command += ["--videos", str(shows / "videos"), "--out", str(out), "--sources", str(ids)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        # No file may grow beyond this, as on a disk that is full.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error:" in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    run(shows, out, source_ids=few)
    assert {name: one for name, one in bytes_of(out).items() if name.startswith("data/")} == {
        name: one for name, one in bytes_of(whole).items() if name.startswith("data/")
    }
    assert verify(str(out), decode=False).ok


def test_drawn_sources_leave_training_also_of_a_release_that_exists(
    shows: Path, at_once: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a" / "speakervid5m"
    shutil.copytree(at_once.parent, out.parent)
    before = open_release(str(out))
    listed = {sample.sample_id for sample in before["vidchatbench"]}
    pairs = draw_pairs(str(out), num_pairs=len(listed) + 1)
    drawn = frozenset(pairs.sources)
    run(shows, out, videos=None, test_sources=drawn)
    after = open_release(str(out))
    assert {sample.sample_id for sample in after["vidchatbench"]} == {*pairs.sample_ids} > listed
    for name in set(after.configs) - {"vidchatbench"}:
        assert drawn.isdisjoint(after.source_ids(name))
    assert verify(str(out), decode=False).ok
    with pytest.raises(ValueError, match=r"would enter training\. .*--test-sources"):
        run(shows, out, videos=None)
