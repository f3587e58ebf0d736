"""A whole dump: read, repaired, joined, reported, and gone on with after a kill."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.official import Annotations, import_annotations
from speakervid5m.processing.studio import (
    EXPECTED_REJECTS,
    LOST,
    ShowSpec,
    add_lost_records,
    plan_show,
    repairable,
    show_files,
    write_dump,
)
from speakervid5m.processing.studio.dump.files import Archive
from tests.processing.shows import bytes_of

SHOWS = [plan_show(ShowSpec(seed=seed, duration_seconds=120)) for seed in range(40, 44)]
FILES = [show_files(show) for show in SHOWS]


def annotations(dump: Path, out: Path, **changed: object) -> Annotations:
    arguments = {"cut_range": "scene", "jobs": 1} | changed
    return import_annotations(dump, out, **arguments)  # type: ignore[arg-type]


def tables(found: Annotations) -> dict[str, bytes]:
    return bytes_of(found.folder)


def test_the_dump_of_rendered_shows_says_what_the_truth_says(tmp_path: Path) -> None:
    write_dump(FILES, tmp_path / "dump")
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.num_rejects == 0
    assert not found.report.repairs
    assert not found.report.missing
    assert not found.report.problems
    assert sorted(found.source_ids) == sorted(show.source_id for show in SHOWS)
    for show in SHOWS:
        clips = {clip.clip_id: clip for clip in found.source(show.source_id)}
        assert clips.keys() == {clip.clip_id for clip in show.clips}
        scenes = {scene.index: scene for scene in show.scenes}
        sft = set(next(one.sft for one in FILES if one.source_id == show.source_id))
        for true in show.clips:
            clip, scene = clips[true.clip_id], scenes[true.scene]
            assert (clip.role, clip.voice, clip.bbox) == (true.role, true.voice, true.bbox)
            assert clip.start_seconds == pytest.approx(scene.start_seconds, abs=1e-5)
            assert clip.end_seconds == pytest.approx(scene.stop_seconds, abs=1e-5)
            assert len(clip.speech) == len(true.speech)
            assert (clip.tier == "sft") == (true.clip_id in sft)
            assert clip.person_id == (
                None if clip.role == "unbound" or clip.voice == "C" else
                f"{show.source_id}#{true.person}"
            )  # fmt: skip
            assert clip.dover is not None
            assert clip.face_blur is not None
            assert (clip.transcript is not None) == (clip.role == "speaking" and true.scene > 0)
            assert (clip.sync_confidence or 0) >= 3 or clip.role != "speaking"


def test_every_defect_is_repaired_or_rejected_for_its_reason(tmp_path: Path) -> None:
    write_dump([repairable(one, seed=3) for one in FILES], tmp_path / "dump")
    add_lost_records(tmp_path / "dump", FILES[0])
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.rejects == EXPECTED_REJECTS
    assert {"bad_utf8", "lenient_json", "scene_end_by_duration", "scene_start_by_other_key"} <= (
        found.report.repairs.keys()
    )
    assert found.report.counts["scene_from_scene_json"] > 0
    assert LOST not in found.source_ids
    write_dump(FILES, tmp_path / "clean")
    clean = annotations(tmp_path / "clean", tmp_path / "clean work")
    for show in SHOWS:
        expected = clean.source(show.source_id)
        for clip, other in zip(found.source(show.source_id), expected, strict=True):
            assert clip.clip_id == other.clip_id
            assert (clip.speech, clip.bbox, clip.tier) == (other.speech, other.bbox, other.tier)
            assert (clip.start_seconds, clip.end_seconds) == (
                other.start_seconds,
                other.end_seconds,
            )
    rejects = pq.read_table(sorted(found.folder.glob("rejects-*.parquet"))[0]).to_pylist()
    assert all(row["reason"] and row["file"] for row in rejects)
    climbing = next(row for row in rejects if row["reason"] == "unsafe_name")
    assert climbing["member"].startswith("../")
    assert climbing["file"] == "merged_anno/tar_batch_lost.tar.gz"


def test_two_processes_and_one_give_the_same(tmp_path: Path) -> None:
    write_dump([repairable(one, seed=3) for one in FILES], tmp_path / "dump")
    one = annotations(tmp_path / "dump", tmp_path / "one")
    two = annotations(tmp_path / "dump", tmp_path / "two", jobs=2)
    assert tables(one) == tables(two)


def test_a_second_run_reads_nothing_and_another_dump_is_read_anew(tmp_path: Path) -> None:
    write_dump(FILES[:2], tmp_path / "dump")
    stages: list[str] = []
    first = annotations(tmp_path / "dump", tmp_path / "work")
    again = annotations(
        tmp_path / "dump", tmp_path / "work", progress=lambda p: stages.append(p.stage)
    )
    assert not stages
    assert again.folder == first.folder
    write_dump(FILES, tmp_path / "dump")
    other = annotations(tmp_path / "dump", tmp_path / "work")
    assert other.folder != first.folder
    assert not first.folder.exists()
    assert len(other.source_ids) == 4


def test_a_missing_archive_is_said_and_its_clips_are_listed(tmp_path: Path) -> None:
    write_dump(FILES, tmp_path / "dump", num_archives=2)
    (tmp_path / "dump" / "merged_anno" / "tar_batch_1.tar.gz").unlink()
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert any("1 archives of merged" in problem for problem in found.report.problems)
    lost = [clip for one in FILES[1::2] for clip in one.clips]
    assert found.report.counts["no_record_listed"] == len(lost)
    assert found.report.counts["no_clip_anno"] == len(lost)
    assert sorted(found.source_ids) == sorted(one.source_id for one in FILES[::2])


def test_the_folder_by_the_cards_name_and_without_scores(tmp_path: Path) -> None:
    write_dump(FILES[:1], tmp_path / "dump")
    (tmp_path / "dump" / "merged_anno").rename(tmp_path / "dump" / "merge_anno")
    for path in (tmp_path / "dump" / "raw_labels" / "l_score").iterdir():
        path.unlink()
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.missing == ["raw_labels/l_score"]
    clips = found.source(FILES[0].source_id)
    assert {clip.face_blur for clip in clips} == {None}
    assert found.report.counts["clips_without_blur"] == len(clips)


def test_a_schema_that_nobody_knows_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    write_dump(FILES[:1], tmp_path / "dump")
    folder = tmp_path / "dump" / "raw_labels" / "l_score"
    for path in folder.iterdir():
        path.unlink()
    with Archive(folder / "tar_batch_0.tar.gz") as archive:
        for name in FILES[0].clips:
            archive.add(f"{name}.json", json.dumps({"sharpness": [1, 2]}).encode())
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.rejects == {"unknown_shape": len(FILES[0].clips)}
    rows = pq.read_table(sorted(found.folder.glob("rejects-*.parquet"))[0]).to_pylist()
    assert "sharpness" in rows[0]["detail"]
    assert "official/adapters/blur.py" in rows[0]["detail"]
    assert len(found.source(FILES[0].source_id)) == len(FILES[0].clips)


def test_the_tight_range_is_cut_if_asked(tmp_path: Path) -> None:
    write_dump(FILES[:1], tmp_path / "dump")
    found = annotations(tmp_path / "dump", tmp_path / "work", cut_range="tight")
    for clip in found.source(FILES[0].source_id):
        assert clip.scene_start_seconds is not None
        assert clip.start_seconds == pytest.approx(clip.scene_start_seconds + 0.2)
        assert all(clip.start_seconds <= one.start_seconds for one in clip.speech)


def test_nothing_usable_says_what_was_rejected(tmp_path: Path) -> None:
    with Archive(tmp_path / "dump" / "merged_anno" / "a.tar.gz") as archive:
        archive.add("BK6_XIz6-ZE_1920x1080_full_video_042_A_00.json", b"[]")
    with pytest.raises(ValueError, match=r"no usable clip.*not_an_object 1"):
        annotations(tmp_path / "dump", tmp_path / "work")


def test_a_damaged_archive_is_one_reject_and_keeps_what_came_before(tmp_path: Path) -> None:
    write_dump(FILES, tmp_path / "dump", num_archives=1)
    path = tmp_path / "dump" / "merged_anno" / "tar_batch_0.tar.gz"
    path.write_bytes(path.read_bytes()[:-2000])
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.rejects["damaged_archive"] == 1
    total = sum(len(one.clips) for one in FILES)
    assert 0 < found.report.counts["clips"] <= total


def test_links_in_an_archive_touch_nothing(tmp_path: Path) -> None:
    write_dump(FILES[:1], tmp_path / "dump")
    path = tmp_path / "dump" / "raw_labels" / "anno" / "bad.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("link.json")
        member.type, member.linkname = tarfile.SYMTYPE, str(tmp_path / "target")
        tar.addfile(member)
    found = annotations(tmp_path / "dump", tmp_path / "work")
    assert found.report.rejects == {"not_a_file": 1}
    assert not (tmp_path / "target").exists()


@pytest.mark.timeout(300)
def test_killed_it_goes_on_to_the_same_tables(tmp_path: Path) -> None:
    write_dump([repairable(one, seed=3) for one in FILES], tmp_path / "dump", num_archives=4)
    whole = tables(annotations(tmp_path / "dump", tmp_path / "whole"))
    code = (
        "import os, sys, signal;"
        "from pathlib import Path;"
        "from speakervid5m.processing.official import import_annotations;"
        "left = [int(sys.argv[3])];\n"
        "def stop(progress):\n"
        "    left[0] -= 1\n"
        "    left[0] or os.kill(os.getpid(), signal.SIGKILL)\n"
        "import_annotations(Path(sys.argv[1]), Path(sys.argv[2]), cut_range='scene', jobs=1,"
        " progress=stop)"
    )
    for steps in (1, 7, 20, 27):
        work = tmp_path / f"killed {steps}"
        command = [sys.executable, "-c", code, str(tmp_path / "dump"), str(work), str(steps)]
        process = subprocess.run(command, cwd=Path(__file__).parents[3], check=False)
        assert process.returncode == -signal.SIGKILL, os.strerror(process.returncode)
        assert tables(annotations(tmp_path / "dump", work)) == whole
