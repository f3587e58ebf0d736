"""A rendered dump in, the same dump with the defects of the real one out.

Repairable are other time keys, bad bytes, NaN, labels by letter, a folder around the names. Not
repairable are records of a show that is not in the dump (`LOST`): a clip without times, a list
where an object belongs, a box of another kind, no JSON at all, a climbing name, a link, the same
clip twice, and an archive of `merged_anno` that is missing. So the samples of the shows themselves
stay as they are.
"""

import json
import random
import tarfile
from pathlib import Path
from typing import Any

from ....records import ClipKey, ClipKeyError
from .files import Archive, ShowFiles

LOST = "lost_Video0"
"""Source id of the records that cannot be used."""

EXPECTED_REJECTS = {
    "bad_bbox": 1,
    "bad_name": 1,
    "bad_times": 1,
    "duplicate": 1,
    "missing_times": 1,
    "no_clip": 1,
    "not_a_file": 1,
    "not_a_json_file": 1,
    "not_an_object": 1,
    "not_json": 1,
    "unsafe_name": 1,
}
"""The rejects of `add_lost_records`: reason and number."""


def repairable(show: ShowFiles, seed: int) -> ShowFiles:
    """The same show with every defect that loses nothing."""
    rng = random.Random(f"defects {seed} {show.source_id}")
    members = {
        folder: [(name, _damaged(rng, folder, name, content)) for name, content in files_of_folder]
        for folder, files_of_folder in show.members.items()
    }
    members["asr"] = [(f"asr results/{name}", content) for name, content in members["asr"]]
    members["merged_anno"] = [(f"./{name}", content) for name, content in members["merged_anno"]]
    return ShowFiles(show.source_id, members, show.clips, show.sft)


def _damaged(rng: random.Random, folder: str, name: str, content: bytes) -> bytes:
    values: dict[str, Any] = json.loads(content)
    chance = rng.random()
    if folder == "merged_anno":
        if chance < 0.2:
            del values["end_seconds"]
        elif chance < 0.4:
            values["org_start_seconds"] = values.pop("start_seconds")
        elif chance < 0.5 and _has_scene(name):
            # The scene is then known from scene_json alone.
            for key in ("start_seconds", "end_seconds", "video_total_duration"):
                del values[key]
    if folder == "anno" and chance < 0.3:
        text = json.dumps(values, ensure_ascii=False).replace("friendly", "friendly \x00")
        return text.encode().replace(b"\x00", b"\xff\xfe")
    if folder == "l_score" and chance < 0.3:
        values["face_blur"].append(float("nan"))
    if folder == "speaker_json" and chance < 0.5:
        del values["speaker_json"]
    return json.dumps(values).encode()


def _has_scene(name: str) -> bool:
    try:
        return bool(ClipKey.parse(name))
    except ClipKeyError:
        return False


def add_lost_records(folder: Path, show: ShowFiles) -> None:
    """Adds an archive of records that cannot be used, each for another reason.

    Args:
        folder: a dump.
        show: one of its shows; a clip of it is added again.
    """
    stem = f"{LOST}_640x360_full_video"
    good = json.loads(show.members["merged_anno"][0][1])
    name = show.members["merged_anno"][0][0].rpartition("/")[2]

    def clip(scene: int, **changed: Any) -> tuple[str, bytes]:
        values = {key: value for key, value in (good | changed).items() if value is not None}
        return f"{stem}_{scene:03d}_A_00.json", json.dumps(values).encode()

    times = ("start", "duration", "start_seconds", "org_start_seconds", "end_seconds")
    with Archive(folder / "merged_anno" / "tar_batch_lost.tar.gz") as archive:
        archive.add(name, show.members["merged_anno"][0][1])
        archive.add(*clip(1, **dict.fromkeys((*times, "video_total_duration"))))
        archive.add(*clip(2, start_seconds=9.0, end_seconds=4.0, org_start_seconds=None))
        archive.add(*clip(3, bbox=[0.5, 0.5, 0.2, 0.2]))
        archive.add(f"{stem}_004_A_00.json", b"[1, 2]")
        archive.add(f"{stem}_005_A_00.json", b'{"num_frames": ')
        archive.add("no clip key.json", b"{}")
        archive.add("notes.txt", b"not a record")
        archive.add(f"../{stem}_006_A_00.json", b"{}")
        archive.add(f"{stem}_007_A_00.json", b"", tarfile.SYMTYPE)
    with Archive(folder / "raw_labels" / "anno" / "tar_batch_lost.tar.gz") as archive:
        archive.add(f"{stem}_008_A_00.json", show.members["anno"][0][1])
