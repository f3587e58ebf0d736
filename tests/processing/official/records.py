"""Small dumps of single records, as a stranger might write them, and what was made of them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from speakervid5m.processing.official import Annotations, import_annotations
from speakervid5m.processing.studio.dump.files import Archive

SOURCE = "BK6_XIz6-ZE"
VIDEO = f"{SOURCE}_1920x1080_full_video"
CLIP = f"{VIDEO}_042_A_00"
MERGED: dict[str, Any] = {
    "num_frames": 294,
    "clear": 2221.8,
    "video_total_duration": 11.8118,
    "start": 297.256,
    "duration": 4.2,
    "start_seconds": 289.656,
    "end_seconds": 301.4678,
    "bbox": [0.602, 0.06, 0.9995, 0.914],
    "conf": 6.1157,
    "sync": {"0": [[6.1157, 7.3346, -3.0]]},
    "speaker": ["A"],
    "raw_video_height": 1080,
    "raw_video_width": 1920,
    "clip_video_height": 928,
    "clip_video_width": 768,
    "dover": 0.558,
}
CAPTION = {"Motion Cap": "nods", "Human Body": "portrait", "Facing": "front", "Motion Degree": 3}
WORDS = {
    "text": " One.",
    "language": "en",
    "segments": [{"start": 0.0, "end": 3.0, "text": " One.", "avg_logprob": -0.2,
                  "no_speech_prob": 0.1, "compression_ratio": 1.2}],
}  # fmt: skip
BLUR = {"face_blur": [0.8, 1.0], "left_hand_blur": [0.5], "right_hand_blur": [0.7]}
SCENES = {"scene_list": [], "scene_042": {"start_seconds": 289.656, "end_seconds": 301.4678}}
VOICES = {"spaeker": ["A", "B"], "speaker_json": {
    "0": {"start": 290.0, "stop": 296.0, "speaker": "A"},
    "1": {"start": 296.0, "stop": 299.0, "speaker": "B"},
}}  # fmt: skip

FOLDERS = {
    "merged": "merged_anno",
    "anno": "raw_labels/anno",
    "asr": "raw_labels/asr",
    "blur": "raw_labels/l_score",
    "scenes": "raw_labels/scene_json",
    "voices": "raw_labels/speaker_json",
}
GOOD: dict[str, dict[str, Any]] = {
    "merged": {CLIP: MERGED},
    "anno": {CLIP: CAPTION},
    "asr": {CLIP[:-3]: WORDS},
    "blur": {CLIP: BLUR},
    "scenes": {VIDEO: SCENES},
    "voices": {VIDEO: VOICES},
}


Members = Mapping[str, Any] | Sequence[tuple[str, Any]]
"""Names without ending, and content: JSON already, or to be made."""


def write_records(folder: Path, records: Mapping[str, Members]) -> Path:
    """One archive of every kind."""
    for kind, members in records.items():
        with Archive(folder / FOLDERS[kind] / "tar_batch_0.tar.gz") as archive:
            pairs = members.items() if isinstance(members, Mapping) else members
            for name, content in pairs:
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                archive.add(f"{name}.json", data)
    return folder


def read_records(
    folder: Path, work: Path, *, cut_range: Any = "scene"
) -> tuple[Annotations, list[dict[str, Any]]]:
    """What was made of a dump, and the rows of its rejects."""
    found = import_annotations(folder, work, cut_range=cut_range, jobs=1)
    return found, rejects_of(work)


def rejects_of(work: Path) -> list[dict[str, Any]]:
    """The rows of the rejects of the only dump that was read there."""
    paths = sorted(work.glob("*/rejects-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def reasons(rows: list[dict[str, Any]]) -> Counter[str]:
    """How often which reason."""
    return Counter(row["reason"] for row in rows)


def changed(kind: str, **values: Any) -> dict[str, dict[str, Any]]:
    """The good records with one of them changed; None takes a key away."""
    (name, good), *_ = GOOD[kind].items()
    kept = {key: value for key, value in (good | values).items() if value is not None}
    return GOOD | {kind: {name: kept}}
