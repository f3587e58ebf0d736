"""Dumps as strangers give them: each oddity is read as it is meant, or rejected by its name."""

import gzip
import io
import json
import os
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.processing.assembly.plan import make_plan
from speakervid5m.processing.assembly.takedown import KeptCatalogue
from speakervid5m.processing.assumptions import Assumptions
from speakervid5m.processing.official import BenchmarkSources, OfficialCatalogue
from speakervid5m.processing.official.adapters.scores import SCORE_RANGES
from speakervid5m.records import BRANCHES
from tests.processing.official.dump.test_hostile_archives import END, header, member
from tests.processing.official.records import (
    BLUR,
    CAPTION,
    CLIP,
    GOOD,
    MERGED,
    SCENES,
    SOURCE,
    VIDEO,
    VOICES,
    WORDS,
    changed,
    read_records,
    reasons,
    rejects_of,
    write_records,
)

TIMES = ("start", "duration", "start_seconds", "end_seconds", "video_total_duration")


def test_the_good_records_are_one_clip(tmp_path: Path) -> None:
    found, rejects = read_records(write_records(tmp_path / "dump", GOOD), tmp_path / "work")
    assert not rejects
    assert not found.report.repairs
    (clip,) = found.source(SOURCE)
    assert (clip.start_seconds, clip.end_seconds) == (289.656, 301.4678)
    assert clip.transcript == "One."
    assert clip.face_blur == pytest.approx(0.9)
    assert len(clip.scene_voices) == 2


@pytest.mark.parametrize("words", ['"x\\ud83d"', '"\\udfff\\udfff"'])
def test_a_lone_surrogate_anywhere_is_replaced(tmp_path: Path, words: str) -> None:
    def with_words(values: dict[str, Any], *keys: str) -> bytes:
        text = json.dumps(values | dict.fromkeys(keys, "HERE") | {"HERE": 1})
        return text.replace('"HERE"', words).encode()

    records = GOOD | {
        "merged": {CLIP: with_words(MERGED, "video_name")},
        "anno": {CLIP: with_words(CAPTION, "Motion Cap", "Topic", "Facing")},
        "asr": {CLIP[:-3]: with_words(WORDS, "text", "language")},
        "blur": {CLIP: with_words(BLUR, "other")},
        "scenes": {VIDEO: with_words(SCENES, "other")},
        "voices": {VIDEO: with_words(VOICES, "other")},
    }
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    assert not rejects
    assert found.report.repairs["lone_surrogate"] >= 6
    (clip,) = found.source(SOURCE)
    for text in (clip.motion, clip.topic, clip.transcript):
        assert text is not None
        assert text.endswith("\ufffd")


@pytest.mark.parametrize("number", ["1" * 400, "-" + "9" * 25, "1e999", "NaN", "-Infinity"])
def test_a_number_without_end_anywhere_loses_its_value_alone(tmp_path: Path, number: str) -> None:
    def with_numbers(values: dict[str, Any], *keys: str) -> bytes:
        text = json.dumps(values | dict.fromkeys(keys, "HERE"))
        return text.replace('"HERE"', number).encode()

    records = GOOD | {
        "merged": {CLIP: with_numbers(MERGED, "dover", "clear", "conf", "num_frames", "sync")},
        "anno": {CLIP: with_numbers(CAPTION, "Motion Degree", "Topic")},
        "asr": {CLIP[:-3]: with_numbers(WORDS, "language", "segments")},
        "blur": {CLIP: with_numbers(BLUR, "face_blur")},
        "scenes": {VIDEO: with_numbers(SCENES, "scene_001")},
        "voices": {VIDEO: with_numbers(VOICES, "spaeker")},
    }
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    assert not rejects
    (clip,) = found.source(SOURCE)
    assert clip.transcript == "One."
    assert clip.dover is clip.clarity is clip.face_blur is clip.motion_degree is None
    assert found.report.repairs["bad_dover"] == 1


def test_names_with_numbers_without_end_are_no_names(tmp_path: Path) -> None:
    far = "9" * 400
    names = [
        f"{SOURCE}_{far}x1080_full_video_042_A_00",
        f"{SOURCE}_1920x1080_full_video_{far}_A_00",
        f"{SOURCE}_1920x1080_full_video_042_A_{far}",
    ]
    records = GOOD | {"merged": {CLIP: MERGED} | dict.fromkeys(names, MERGED)}
    records["scenes"] = {VIDEO: SCENES | {f"scene_{far}": SCENES["scene_042"]}}
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    assert reasons(rejects) == {"bad_name": 3}
    assert len(found.source(SOURCE)) == 1


@pytest.mark.parametrize(
    "times",
    [
        {"end_seconds": 1e9},
        {"start_seconds": -5.0},
        {"start_seconds": 1e9, "end_seconds": 1e9 + 10},
        {"end_seconds": None, "video_total_duration": 1e300},
        {"start_seconds": 301.4, "end_seconds": 301.5},
    ],
)
def test_a_range_that_no_clip_has_never_reaches_the_plan(
    tmp_path: Path, times: dict[str, Any]
) -> None:
    """Off screen, a voice would otherwise be asked for as many seconds."""
    listener = CLIP.replace("_A_00", "_A_None_01")
    records = changed("merged", **times)
    bad = records["merged"][CLIP]
    records["merged"] = {CLIP: MERGED, listener: bad, CLIP.replace("_042_", "_043_"): bad}
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    assert reasons(rejects) == {"bad_times": 2}
    assert {row["member"] for row in rejects} == records["merged"].keys() - {CLIP}
    none = BenchmarkSources(state="missing")
    catalogue = OfficialCatalogue(found, none, Assumptions(), BRANCHES)
    plan = make_plan(KeptCatalogue(catalogue, tmp_path / "speakervid5m", None))
    assert sum(plan.num_samples.values()) == 1
    assert max(plan.nominal_bytes.values()) < 10_000_000
    assert set(plan.num_buckets.values()) == {1}


@pytest.mark.parametrize("duration", [0, float("nan"), "soon", 1e9])
def test_a_bad_range_that_is_not_cut_costs_nothing(tmp_path: Path, duration: Any) -> None:
    dump = write_records(tmp_path / "dump", changed("merged", duration=duration))
    found, rejects = read_records(dump, tmp_path / "work")
    assert not rejects
    assert found.report.counts["bad_ranges_unused"] == 1
    assert len(found.source(SOURCE)) == 1
    with pytest.raises(ValueError, match=r"no usable clip.*bad_"):
        read_records(dump, tmp_path / "tight", cut_range="tight")


def test_a_bad_scene_leaves_the_tight_range_to_be_cut(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", changed("merged", end_seconds=0.0))
    found, _ = read_records(dump, tmp_path / "work", cut_range="tight")
    (clip,) = found.source(SOURCE)
    assert (clip.start_seconds, clip.end_seconds) == (297.256, 301.456)
    assert clip.scene_start_seconds == 297.256


def test_a_tight_range_outside_its_scene_is_not_cut(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", changed("merged", start=400.0))
    assert not read_records(dump, tmp_path / "work")[1]
    with pytest.raises(ValueError, match="within the scene"):
        read_records(dump, tmp_path / "tight", cut_range="tight")
    lacking = changed("merged", start=400.0, start_seconds=None)
    with pytest.raises(ValueError, match="within the scene"):
        read_records(write_records(tmp_path / "lacking", lacking), tmp_path / "other")


def test_times_that_only_the_scenes_have_are_used(tmp_path: Path) -> None:
    records = changed("merged", **dict.fromkeys(TIMES))
    other = CLIP.replace("_042_", "_077_")
    records["merged"][other] = records["merged"][CLIP]
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    (clip,) = found.source(SOURCE)
    assert (clip.clip_id, clip.start_seconds, clip.end_seconds) == (CLIP, 289.656, 301.4678)
    assert [(row["member"], row["reason"]) for row in rejects] == [(other, "missing_times")]
    assert "num_frames" in rejects[0]["detail"]
    too_long = records | {"scenes": {VIDEO: {"scene_042": {"start": 0.0, "end": 1e5}}}}
    with pytest.raises(ValueError, match="bad_times 1"):
        read_records(write_records(tmp_path / "long", too_long), tmp_path / "long work")


def test_a_scene_with_countless_voices_is_rejected(tmp_path: Path) -> None:
    many = {
        str(n): {"start": 290 + n / 1e3, "stop": 290.001 + n / 1e3, "speaker": "A"}
        for n in range(1500)
    }
    records = GOOD | {"voices": {VIDEO: {"speaker_json": many}}}
    with pytest.raises(ValueError, match="too_many_voices 1"):
        read_records(write_records(tmp_path / "dump", records), tmp_path / "work")


def test_names_that_keep_the_ending_of_the_video(tmp_path: Path) -> None:
    records = {
        kind: {f"{name}.{'wav' if kind == 'asr' else 'mp4'}": value for name, value in one.items()}
        for kind, one in GOOD.items()
    }
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    assert not rejects
    assert found.report.repairs == {"name_with_media_ending": 6}
    plain, _ = read_records(write_records(tmp_path / "plain", GOOD), tmp_path / "plain work")
    assert found.source(SOURCE) == plain.source(SOURCE)


def test_transcripts_by_box_belong_to_their_clips(tmp_path: Path) -> None:
    other = CLIP[:-2] + "01"
    records = GOOD | {"merged": {CLIP: MERGED, other: MERGED, other[:-2] + "02": MERGED}}
    records["asr"] = {
        CLIP[:-3]: WORDS | {"text": "by voice"},
        CLIP: WORDS | {"text": "first"},
        other: WORDS | {"text": "second"},
        CLIP[:-2] + "07": WORDS,
    }
    found, rejects = read_records(write_records(tmp_path / "dump", records), tmp_path / "work")
    said = {clip.box_index: clip.transcript for clip in found.source(SOURCE)}
    assert said == {0: "first", 1: "second", 2: "by voice"}
    assert [(row["member"], row["reason"]) for row in rejects] == [(CLIP[:-2] + "07", "no_clip")]


def test_one_clip_under_two_sizes_is_one_clip(tmp_path: Path) -> None:
    small = CLIP.replace("1920x1080", "1280x720")
    alone = small.replace("_042_", "_043_")
    records = GOOD | {
        "merged": {small: MERGED, CLIP: MERGED, alone: MERGED},
        "anno": {small: CAPTION | {"Topic": "small"}, CLIP: CAPTION | {"Topic": "large"}},
        "blur": {small: BLUR},
    }
    dump = write_records(tmp_path / "dump", records)
    # What is sft by the name that loses is told: the clip that stays has no tier of its own.
    (dump / "SFT_set.json").write_text(json.dumps([small, alone]))
    found, rejects = read_records(dump, tmp_path / "work")
    assert {clip.clip_id: (clip.topic, clip.tier) for clip in found.source(SOURCE)} == {
        CLIP: ("large", "pretrain"),
        alone: (None, "sft"),
    }
    assert found.report.counts["duplicate_merged"] == 1
    told = {(row["file"], row["member"], row["reason"]) for row in rejects}
    assert told == {(kind, small, "duplicate") for kind in ("merged", "anno", "blur", "sft")}


def test_a_second_file_of_a_video_is_named(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", GOOD)
    for kind in ("scene_json", "speaker_json"):
        folder = dump / "raw_labels" / kind
        shutil.copy(folder / "tar_batch_0.tar.gz", folder / "tar_batch_1.tar.gz")
    _, rejects = read_records(dump, tmp_path / "work")
    assert {(row["file"], row["reason"]) for row in rejects} == {
        ("scenes", "duplicate"),
        ("voices", "duplicate"),
    }


def test_whatever_lies_among_the_archives_is_read_or_named(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", GOOD)
    folder = dump / "merged_anno"
    (folder / "batch 2" / "deeper").mkdir(parents=True)
    shutil.move(folder / "tar_batch_0.tar.gz", folder / "batch 2" / "deeper" / "x.TAR.GZ")
    (folder / "tar_batch_1.tar.gz.part").write_bytes(b"\x1f\x8b")
    (folder / "tar_batch_2.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    (folder / "tar_batch_3.tar.gz").write_bytes(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    )
    (folder / "tar_batch_4").mkdir()
    for number in range(3):
        (folder / "tar_batch_4" / f"{number}.json").write_text("{}")
    (folder / "tar_batch_5.tar.gz").symlink_to(tmp_path / "nowhere")
    os.mkdir(os.fsencode(folder) + b"/caf\xe9")
    with open(os.fsencode(folder) + b"/caf\xe9/\xe9.zip", "wb"):
        pass
    found, rejects = read_records(dump, tmp_path / "work")
    assert len(found.source(SOURCE)) == 1
    assert {row["file"].removeprefix("merged_anno/"): row["reason"] for row in rejects} == {
        "tar_batch_1.tar.gz.part": "unfinished_download",
        "tar_batch_2.tar.zst": "not_an_archive",
        "tar_batch_3.tar.gz": "lfs_pointer",
        "tar_batch_4": "unpacked",
        "tar_batch_5.tar.gz": "not_a_file",
        "caf\ufffd/\ufffd.zip": "not_an_archive",
    }
    assert "git lfs pull" in next(row["detail"] for row in rejects if "lfs" in row["reason"])


def test_a_dump_of_pointers_says_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "dump" / "merged_anno").mkdir(parents=True)
    (tmp_path / "dump" / "merged_anno" / "tar_batch_0.tar.gz").write_text(
        "version https://git-lfs.github.com/spec/v1\n"
    )
    with pytest.raises(ValueError, match="git lfs pull"):
        read_records(tmp_path / "dump", tmp_path / "work")


def test_a_hostile_archive_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", GOOD)
    content = member(f"{CLIP[:-1]}1.json", json.dumps(MERGED).encode())
    path = dump / "merged_anno" / "tar_batch_1.tar.gz"
    path.write_bytes(gzip.compress(content + header("x.json", b"-0000000001") + END))
    found, rejects = read_records(dump, tmp_path / "work")
    assert [(row["file"], row["reason"]) for row in rejects] == [
        ("merged_anno/tar_batch_1.tar.gz", "damaged_archive")
    ]
    assert len(found.source(SOURCE)) == 2


def test_nothing_is_taken_from_an_archive_that_fails_its_checksum(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", GOOD)
    content = member(f"{CLIP[:-1]}1.json", json.dumps(MERGED).encode()) + END
    stored = gzip.compress(content + bytes(3_000_000), 0).replace(b"289.656", b"281.656")
    (dump / "merged_anno" / "tar_batch_1.tar.gz").write_bytes(stored)
    found, rejects = read_records(dump, tmp_path / "work")
    assert reasons(rejects) == {"corrupt_archive": 1}
    assert [clip.clip_id for clip in found.source(SOURCE)] == [CLIP]
    assert found.report.num_records["merged"] == 1


def test_rejects_of_nameless_members_are_kept_whatever_the_names(tmp_path: Path) -> None:
    dump = write_records(tmp_path / "dump", GOOD)
    with tarfile.open(dump / "merged_anno" / "tar_batch_1.tar.gz", "w:gz") as tar:
        for name in ("\udcff\udcfe.json", "x" * 5000 + ".json", "a\nb.json", ".json", "\0"):
            found = tarfile.TarInfo(name)
            found.size = 2
            tar.addfile(found, io.BytesIO(b"{}"))
    read_records(dump, tmp_path / "work")
    rows = rejects_of(tmp_path / "work")
    assert reasons(rows) == {"bad_name": 4, "not_a_json_file": 1}
    assert max(len(row["member"]) for row in rows) == 300


def test_the_docs_name_every_reason_and_every_score() -> None:
    root = Path(__file__).parents[3]
    files = (
        *("dump/archives", "read_records", "untrusted_json/values", "join_clips"),
        *("adapters/merged", "adapters/times", "adapters/boxes"),
    )
    code = "".join((root / "processing" / "official" / f"{name}.py").read_text() for name in files)
    named = set(re.findall(r'Unusable\(\s*"([a-z_]+)"', code))
    assert {"bad_times", "lfs_pointer"} <= named
    page = (root / "docs" / "rejects.md").read_text()
    assert {name for name in named if f"`{name}`" not in page} == set()
    assert {name for name in SCORE_RANGES if f"`bad_{name}`" not in page} == set()
