"""Rendered shows through the whole of curation: found, tiered, written, killed, tiered anew."""

import dataclasses
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.assembly.source_files import in_shard
from speakervid5m.processing.assembly.takedown import delete_retracted
from speakervid5m.processing.curation import (
    CannotRun,
    CurateOptions,
    clip_thumbnails,
    curate,
    curation_status,
    scored_clips,
)
from speakervid5m.processing.curation.tiers.catalogue import CuratedCatalogue, StoredClips
from speakervid5m.records import CONFIGS, MEDIA_ROLES, Progress, machine
from speakervid5m.release import open_release, verify
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from tests.processing.assembly.test_passes import counting
from tests.processing.curation.run.conftest import SPECS, Curated
from tests.processing.shows import bytes_of, write_video

pytestmark = pytest.mark.timeout(600)

EMBEDDED = ("--profile", "embedded")


def test_the_release_is_whole_and_holds_the_branches(curated: Curated) -> None:
    report = verify(str(curated.out))
    assert report.ok, report.problems
    release = open_release(str(curated.out))
    assert release.manifest.facts.origin == "curated"
    assert {"single_sft", "dialogue_sft"} <= set(release.configs)
    assert "sync" in release.manifest.facts.backends["left_out"]
    for sample in release["single_sft"]:
        clip = sample.clips[0]
        assert clip.source_id.startswith("x")
        assert clip.source_name in ("talk 0.mp4", "talk 1.mp4")
        # What the profile cannot measure is null, never 0, and never under the paper's names.
        assert (clip.dover, clip.sync_confidence, clip.face_blur) == (None, None, None)
        assert clip.transcript is None
        assert clip.face_sharpness is not None
        assert clip.motion_energy is not None


def test_the_manifest_says_what_each_step_kept(curated: Curated) -> None:
    steps = {step.step: step for step in open_release(str(curated.out)).manifest.facts.funnel}
    assert next(iter(steps)) == "probe" and list(steps)[-1] == "SFT gates"
    assert (steps["voices"].unit, steps["voices"].kept, steps["voices"].lost) == ("sources", 2, 0)
    release = open_release(str(curated.out))
    clips = {clip.clip_id for n in release.configs for one in release[n] for clip in one.clips}
    assert steps["base gates"].kept >= len(clips) > 0
    assert steps["SFT gates"].kept + steps["SFT gates"].lost == steps["base gates"].kept


def test_more_expected_hours_make_more_shards(curated: Curated, tmp_path: Path) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    before = open_release(str(options.out)).manifest.facts.num_buckets
    report = curate(dataclasses.replace(options, expected_hours=500.0))
    assert all(one.num_done == 0 for one in report.stages.counts.values())
    after = open_release(str(options.out))
    assert after.manifest.facts.num_buckets["single_sft"] > before["single_sft"] == 1
    assert verify(str(options.out)).ok
    curate(options)
    assert open_release(str(options.out)).manifest.facts == after.manifest.facts, "and are kept"


def test_a_run_makes_the_samples_of_a_source_once(
    curated: Curated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    monkeypatch.setattr(CuratedCatalogue, "samples", counting(CuratedCatalogue.samples, counts))
    shutil.copytree(curated.out.parent / "speakervid5m.work", tmp_path / "speakervid5m.work")
    report = curate(dataclasses.replace(curated.options, out=tmp_path / "speakervid5m"))
    assert report.written is not None
    assert counts == Counter(dict.fromkeys(report.stages.keys, 1))
    assert bytes_of(tmp_path / "speakervid5m") == bytes_of(curated.out)


def poses_of(root: Path) -> dict[str, list[object]]:
    """By config and column of poses, in the order of rows."""
    release = open_release(str(root))
    return {
        f"{name}/{column}": [release[name].media(row, column) for row in range(len(release[name]))]
        for name in release.configs
        for prefix, media in MEDIA_ROLES[CONFIGS[name].branch]
        for column in [f"{prefix}poses" if name.startswith("multi_turn") else f"{prefix}pose"]
        if "pose" in media
    }


def test_of_what_was_taken_back_nothing_is_measured_again(
    curated: Curated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")

    def poses(clips: StoredClips, source_id: str) -> dict[str, bytes]:
        made = {}
        for number, one in enumerate(clips[source_id]):
            shape = (int(one.duration_seconds * 25 + 1e-3), 130, 2)
            np.save(file := io.BytesIO(), np.full(shape, number, np.float16))
            made[one.clip_id] = file.getvalue()
        return made

    # As a profile with a stage `pose` has it.
    monkeypatch.setattr(StoredClips, "poses", poses)
    curate(options)
    release = open_release(str(options.out))
    clip = release["dialogue_sft"][0].clips[0]
    gone = f"{clip.source_id}#A"
    retract(options.out, Request(people=frozenset([gone])), date="2026-11-26")
    work = options.out.with_name("speakervid5m.work")
    (work / "curation.html").write_text(f"pictures of {clip.clip_id}")
    assert clip.clip_id in pq.read_table(work / "tiers.parquet")["clip_id"].to_pylist()
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    draft = work / f".tiers.parquet.{machine()}.{killed.pid}.abcdef"
    shutil.copy(work / "tiers.parquet", draft)
    delete_retracted(options.out, [clip.source_id])
    assert not draft.exists()
    assert not (work / "tiers.parquet").exists()
    assert not (work / "curation.html").exists()
    after = open_release(str(options.out))
    kept = {name: list(after[name]) for name in after.configs}
    posed = poses_of(options.out)
    assert posed["single_sft/pose"] and None not in posed["single_sft/pose"]
    report = curate(options)
    assert poses_of(options.out) == posed, "of what is left of it, too"
    assert [path.name for path in report.videos.taken_down] == [clip.source_name]
    assert clip.source_id not in report.stages.keys
    now = open_release(str(options.out))
    assert {name: list(now[name]) for name in now.configs} == kept


def test_the_sound_is_as_late_as_it_was_made(curated: Curated) -> None:
    found = scored_clips(curated.options)
    names = {source.source_id: source.name for source in found.report.videos.sources}
    rows = found.scores.select(["source_id", "role", "lip_offset_frames"]).to_pylist()
    for number, spec in enumerate(SPECS):
        offsets = [
            row["lip_offset_frames"]
            for row in rows
            if row["role"] == "speaking" and names[row["source_id"]] == f"talk {number}.mp4"
        ]
        near = [one for one in offsets if one is not None and abs(one - spec.av_offset_frames) <= 1]
        assert len(near) >= 0.8 * len(offsets) > 0


def test_a_second_run_does_nothing_and_gives_the_same_bytes(curated: Curated) -> None:
    before = bytes_of(curated.out)
    report = curate(curated.options)
    assert all(one.num_done == 0 for one in report.stages.counts.values())
    assert bytes_of(curated.out) == before
    status = curation_status(curated.options)
    assert all(one.num_pending == 0 for one in status.stages.counts.values())


def shards_of(source_ids: frozenset[str]) -> list[tuple[int, int]]:
    """The fewest shards of which each of two sources has its own."""
    for count in range(2, 64):
        own = [
            (number, count)
            for number in range(count)
            if any(in_shard(one, (number, count)) for one in source_ids)
        ]
        if len(own) == len(source_ids):
            return own
    raise AssertionError("no number of shards parts them")


def test_shards_and_any_order_give_the_same_bytes(curated: Curated, tmp_path: Path) -> None:
    videos = sorted((curated.folder / "my videos").iterdir())[::-1]
    options = dataclasses.replace(
        curated.options, videos=tuple(videos), out=tmp_path / "speakervid5m"
    )
    done = []
    for shard in shards_of(open_release(str(curated.out)).source_ids()):
        report = curate(dataclasses.replace(options, shard=shard))
        assert report.written is None
        assert report.stages.counts["scores"].num_pending == 1
        assert not options.out.exists()
        done.append(report.stages.counts["annotated"].num_done)
    assert sum(done) == 2
    report = curate(dataclasses.replace(options, finish=True))
    assert report.stages.counts["look"].num_done == 0
    assert report.cut is not None
    assert report.cut.num_cut == 0
    assert bytes_of(options.out) == bytes_of(curated.out)
    assert stage_parts_of(options.out) == stage_parts_of(curated.out)


def stage_parts_of(out: Path) -> dict[str, bytes]:
    stages = bytes_of(out.with_name("speakervid5m.work") / "stages")
    return {name: data for name, data in stages.items() if name.endswith(".parquet")}


# Ray warns of itself: of its own deprecated settings, and of files that it leaves open.
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_bytes(curated: Curated, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "speakervid5m"
    shutil.copytree(curated.out.with_name("speakervid5m.work"), tmp_path / "speakervid5m.work")
    # A job for each stage that is not done; all of them are `benchmarks.curating --equal`.
    shutil.rmtree(tmp_path / "speakervid5m.work" / "stages" / "voices")
    report = curate(dataclasses.replace(curated.options, out=out, engine="ray"))
    counts = report.stages.counts
    assert {name for name in counts if counts[name].num_done} == {"voices"}
    assert bytes_of(out) == bytes_of(curated.out)
    assert stage_parts_of(out) == stage_parts_of(curated.out)


def test_a_run_that_ends_early_writes_no_release(curated: Curated, tmp_path: Path) -> None:
    options = dataclasses.replace(curated.options, out=tmp_path / "speakervid5m")
    early = curate(dataclasses.replace(options, last_stage="probe", limit=1))
    assert [one.num_done for one in early.stages.counts.values()][:2] == [1, 0]
    assert early.written is None
    stopped = curate(dataclasses.replace(options, limit_seconds=0.0))
    assert stopped.stages.stopped == "time_limit"
    assert stopped.written is None
    assert not options.out.exists()
    with pytest.raises(ValueError, match="no stage 'dance'; there are probe, look"):
        curate(dataclasses.replace(options, last_stage="dance"))
    with pytest.raises(ValueError, match="stage look comes after probe"):
        curate(dataclasses.replace(options, first_stage="look", last_stage="probe"))


def test_what_cannot_run_is_refused_with_words(curated: Curated, tmp_path: Path) -> None:
    options = dataclasses.replace(curated.options, out=tmp_path / "speakervid5m")
    with pytest.raises(CannotRun, match="there is no cuda:99"):
        curate(dataclasses.replace(options, device="cuda:99"))
    with pytest.raises(CannotRun, match="a device is cpu, cuda or cuda:0, got 'tpu'"):
        curate(dataclasses.replace(options, device="tpu"))
    with pytest.raises(CannotRun, match=r"more than this machine's .* of memory: --jobs"):
        curate(dataclasses.replace(options, engine="local", jobs=100_000))
    assert not list(tmp_path.glob("*/stages"))


def test_a_run_that_is_stopped_while_it_cuts_writes_no_release(
    curated: Curated, tmp_path: Path
) -> None:
    work = tmp_path / "speakervid5m.work"
    shutil.copytree(curated.out.with_name("speakervid5m.work"), work)
    shutil.rmtree(work / "cuts")
    options = dataclasses.replace(curated.options, out=tmp_path / "speakervid5m")

    asked: list[str] = []

    def interrupt(told: Progress) -> None:
        # Once: a second one would not wait for what is in work.
        if told.stage == "cut" and not asked:
            asked.append(told.stage)
            os.kill(os.getpid(), signal.SIGINT)

    report = curate(options, progress=interrupt)
    assert report.cut is not None
    assert (report.stopped, report.cut.num_cut, report.cut.num_pending) == ("interrupted", 1, 1)
    assert report.written is None
    assert not options.out.exists()
    again = curate(options)
    assert again.cut is not None
    assert (again.stopped, again.cut.num_cut, again.cut.num_done_before) == (None, 1, 1)
    assert bytes_of(options.out) == bytes_of(curated.out)


def test_two_runs_at_once_end_in_one_release(curated: Curated, tmp_path: Path) -> None:
    work = tmp_path / "speakervid5m.work"
    shutil.copytree(curated.out.with_name("speakervid5m.work"), work)
    shutil.rmtree(work / "cuts")
    command = [sys.executable, "-m", "speakervid5m.cli", "curate", "run", *EMBEDDED]
    command += [str(curated.folder / "my videos"), "--out", str(tmp_path / "speakervid5m")]
    with (tmp_path / "said").open("w") as said:
        both = [
            subprocess.Popen(command, cwd=Path(__file__).parents[4], stdout=said, stderr=said)
            for _ in range(2)
        ]
        statuses = [one.wait() for one in both]
    assert statuses == [0, 0], (tmp_path / "said").read_text()
    # The command writes cards too, which this file's own release does without.
    found, expected = (
        {name: data for name, data in bytes_of(out).items() if name.startswith(("data/", "index/"))}
        for out in (tmp_path / "speakervid5m", curated.out)
    )
    assert found == expected
    assert len(list((work / "cuts").rglob("*.parquet"))) == 2
    assert not list(work.rglob(".*"))


def test_an_unknown_gate_or_profile_is_named(curated: Curated) -> None:
    with pytest.raises(ValueError, match=r"no gate 'dance'; there are .*face_sharpness"):
        curate(dataclasses.replace(curated.options, thresholds={"dance": 1.0}))
    with pytest.raises(ValueError, match="no profile 'best'; there are compact"):
        curate(dataclasses.replace(curated.options, profile="best"))


def test_a_clip_and_its_pictures_can_be_looked_at(curated: Curated) -> None:
    found = scored_clips(curated.options)
    clip = found.clip(found.scores["clip_id"][0].as_py())
    assert all(gate.answer(clip) in ("pass", "not_applicable", "fail") for gate in found.gates)
    path = next(s.path for s in found.report.videos.sources if s.source_id == clip.source_id)
    frames = clip_thumbnails(path, clip)
    assert len(frames) == 4
    assert all(frame.shape[2] == 3 and frame.std() > 5 for frame in frames)
    with pytest.raises(ValueError, match="no clip 'x' among"):
        found.clip("x")


def test_bad_videos_have_named_outcomes_and_stop_nothing(curated: Curated, tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    shutil.copytree(curated.folder / "my videos", videos)
    (videos / "empty.mp4").write_bytes(b"")
    (videos / "text.mp4").write_text("not a video")
    write_video(videos / "tone.mp4", 128, 72, 150, 1)
    whole = (videos / "talk 0.mp4").read_bytes()
    (videos / "cut short.mp4").write_bytes(whole[: len(whole) // 3])
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    out = tmp_path / "copy" / "speakervid5m"
    options = CurateOptions(videos=(videos,), out=out, profile="embedded", engine="inline")
    report = curate(options)
    assert report.stages.counts["look"].num_done_before == 2
    names = {source.source_id: source.name for source in report.videos.sources}
    outcomes = {names[one.source_id]: (one.stage, one.reason) for one in report.stages.failures}
    assert outcomes["empty.mp4"] == ("probe", "empty_file")
    assert outcomes["text.mp4"] == ("probe", "unreadable")
    assert outcomes["tone.mp4"] == ("voices", "no_speech")
    assert outcomes["cut short.mp4"][1] in ("unreadable", "truncated")
    assert len(outcomes) == 4
    assert report.has_rejects
    assert verify(str(options.out), decode=False).ok
    assert open_release(str(options.out)).configs == open_release(str(curated.out)).configs


def test_killed_it_goes_on_to_the_same_release(curated: Curated, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    command = [sys.executable, "-m", "speakervid5m.cli", "curate", "run", *EMBEDDED]
    command += [str(curated.folder / "my videos"), "--out", str(out)]
    rng = random.Random(3)
    kills = 0
    for _ in range(3):
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[4],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(2.0, 7.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    report = curate(dataclasses.replace(curated.options, out=out))
    assert kills >= 1
    assert not report.has_rejects
    assert bytes_of(out) == bytes_of(curated.out)
