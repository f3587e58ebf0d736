"""The records of one partition of sources in, clips and rejects out.

    clip record + transcript (by scene and voice) + caption + blur + the video's voices -> Clip row

Without its own record there is no clip; everything else may be missing and gives None. Every clip
record becomes a clip or a reject, so their numbers add up.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import CLIP_SCHEMA, ClipKey, atomic_file, bucket_of
from ..assumptions import CutRange
from .adapters.times import Range, clip_range
from .adapters.videos import Voices
from .dump.problems import Unusable
from .read_records import REJECT
from .spill import open_spill

REJECT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("file", "member", "source_id", "reason", "detail")]
)
MAX_SCENE_VOICES = 1_000
"""Most diarized intervals of a scene (ours: in 28 s, more of them are noise, and every clip of the
scene would store them)."""
_INSIDE_SECONDS = 0.1
"""How far the tight range may exceed its scene (ours: rounding, and a frame)."""


@dataclass(slots=True)
class _Source:
    """The records of one source, by the name of a clip, a voice in a scene, or a video."""

    merged: dict[str, Any] = field(default_factory=dict)
    asr: dict[str, Any] = field(default_factory=dict)
    anno: dict[str, Any] = field(default_factory=dict)
    blur: dict[str, Any] = field(default_factory=dict)
    scenes: dict[str, Any] = field(default_factory=dict)
    voices: dict[str, Any] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    sft: set[str] = field(default_factory=set)


def join_partition(
    spills: Sequence[Path], partition: int, cut_range: CutRange, folder: Path
) -> dict[str, Any]:
    """Joins one partition and writes its clips and rejects as Parquet.

    Args:
        spills: all spill files, in the order of their archives.
        partition: which.
        cut_range: which of the dump's two ranges is cut.
        folder: where `clips-<partition>.parquet` and `rejects-<partition>.parquet` go.

    Returns:
        Counts, and [source_id, number of clips] in the order of the rows.
    """
    rejects: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    sources = _collect(spills, partition, rejects, counts)
    rows: list[dict[str, Any]] = []
    directory: list[tuple[str, int]] = []
    for source_id in sorted(sources, key=lambda name: (bucket_of(name, 8192), name)):
        clips = _clips(source_id, sources.pop(source_id), cut_range, rejects, counts)
        if clips:
            directory.append((source_id, len(clips)))
            rows += clips
    _write(folder / f"clips-{partition:04x}.parquet", rows, CLIP_SCHEMA)
    _write(folder / f"rejects-{partition:04x}.parquet", rejects, REJECT_SCHEMA)
    counts["clips"] = len(rows)
    counts["rejects"] = len(rejects)
    return {"counts": dict(counts), "sources": directory}


def _collect(
    spills: Sequence[Path], partition: int, rejects: list[dict[str, Any]], counts: Counter[str]
) -> dict[str, _Source]:
    sources: dict[str, _Source] = {}
    for path in spills:
        for kind, source_id, name, record in open_spill(path).records(partition):
            if kind == REJECT:
                rejects.append(_reject_row(record[0], name, source_id, record[1], record[2]))
                continue
            source = sources.get(source_id) or sources.setdefault(source_id, _Source())
            if kind in ("listed", "sft"):
                getattr(source, kind).add(name)
            elif name in getattr(source, kind):
                counts[f"duplicate_{kind}"] += 1
                rejects.append(
                    _reject_row(kind, name, source_id, "duplicate", "the first one is taken")
                )
            else:
                getattr(source, kind)[name] = record
    return sources


def _reject_row(file: str, member: str, source_id: str, reason: str, detail: str) -> dict[str, Any]:
    return {
        "file": file,
        "member": member,
        "source_id": source_id,
        "reason": reason,
        "detail": detail,
    }


def _clips(
    source_id: str,
    source: _Source,
    cut_range: CutRange,
    rejects: list[dict[str, Any]],
    counts: Counter[str],
) -> list[dict[str, Any]]:
    rows = []
    videos = _Videos(source)
    if source.merged and not source.voices:
        counts["sources_without_voices"] += 1
    keys = {name: ClipKey.parse(name) for name in source.merged}
    doubles = _doubles(keys)
    for name, record in source.merged.items():
        key = keys[name]
        try:
            if name in doubles:
                counts["duplicate_merged"] += 1
                raise Unusable("duplicate", f"the same clip of a larger source: {doubles[name]}")
            place = _place(key, videos, record, cut_range, counts)
        except Unusable as problem:
            rejects.append(_reject_row("merged", name, source_id, problem.reason, problem.detail))
            continue
        rows.append(_row(key, source, record, counts) | place)
    _report_orphans(source_id, source, keys, doubles, rejects, counts)
    rows.sort(key=lambda row: (row["start_seconds"], row["clip_id"]))
    return rows


def _doubles(keys: Mapping[str, ClipKey]) -> dict[str, str]:
    """Clips that the source also has in another size; the one with the most pixels counts."""
    best: dict[str, str] = {}
    doubles: dict[str, str] = {}
    if len({(key.source_width, key.source_height) for key in keys.values()}) < 2:
        return doubles
    order = sorted(keys, key=lambda n: (-keys[n].source_width * keys[n].source_height, n))
    for name in order:
        key = keys[name]
        clip = name.removeprefix(key.video_name)
        if best.setdefault(clip, name) != name:
            doubles[name] = best[clip]
    return doubles


def _row(
    key: ClipKey, source: _Source, record: dict[str, Any], counts: Counter[str]
) -> dict[str, Any]:
    """All fields of a clip except its times."""
    name = str(key)
    asr = None
    if key.role == "speaking":
        asr = source.asr.get(name) or source.asr.get(key.audio_name)
        counts["clips_without_asr"] += asr is None
    anno, blur = source.anno.get(name), source.blur.get(name)
    counts["clips_without_anno"] += anno is None
    counts["clips_without_blur"] += blur is None
    counts["clips_in_sft_list"] += name in source.sft
    sync = record["sync"] or (None, None, None)
    row = {
        "clip_id": name,
        "source_id": key.source_id,
        "scene": key.scene,
        "voice": key.voice,
        "box_index": key.box_index,
        "role": key.role,
        "person_id": _person(key),
        "bbox": record["bbox"],
        "source_width": key.source_width,
        "source_height": key.source_height,
        "sync_confidence": sync[0],
        "sync_distance": sync[1],
        "sync_offset_frames": sync[2],
        "dover": record["dover"],
        "clarity": record["clarity"],
        "tier": "sft" if name in source.sft else "pretrain",
        "origin": "official",
        "backends_id": "official",
    }
    return row | (asr or {}) | (anno or {}) | (blur or {})


def _person(key: ClipKey) -> str | None:
    """Who is on screen: a speaking clip shows its voice, a listening clip the other speaker."""
    if key.role == "speaking" and key.voice in ("A", "B"):
        return f"{key.source_id}#{key.voice}"
    if key.role == "listening" and key.voice in ("A", "B"):
        return f"{key.source_id}#{'B' if key.voice == 'A' else 'A'}"
    return None


def _place(
    key: ClipKey,
    videos: "_Videos",
    record: dict[str, Any],
    cut_range: CutRange,
    counts: Counter[str],
) -> dict[str, Any]:
    """When the clip is, and who speaks then.

    Raises:
        Unusable: the range that counts is wrong or missing.
    """
    scene, (start, stop) = _ranges(key, videos, record, cut_range, counts)
    whole = scene or (start, stop)
    intervals = videos.voices(key).within(*whole)
    if len(intervals) > MAX_SCENE_VOICES:
        raise Unusable(
            "too_many_voices",
            f"{len(intervals)} diarized intervals in its scene; at most {MAX_SCENE_VOICES} are "
            "accepted",
        )
    return {
        "scene_start_seconds": whole[0],
        "scene_end_seconds": whole[1],
        "start_seconds": start,
        "end_seconds": stop,
        "scene_voices": [
            {"start_seconds": first, "stop_seconds": last, "voice": voice}
            for first, last, voice in intervals
        ],
        "speech": [
            {"start_seconds": max(first, start), "stop_seconds": min(last, stop)}
            for first, last, voice in intervals
            if key.role == "speaking" and voice == key.voice and first < stop and last > start
        ],
    }


def _ranges(
    key: ClipKey,
    videos: "_Videos",
    record: dict[str, Any],
    cut_range: CutRange,
    counts: Counter[str],
) -> tuple[Range | None, Range]:
    """The scene, if it is known, and the range to cut."""
    refused: dict[str, tuple[str, str]] = record["refused"]
    ranges: dict[str, Range | None] = {"scene": record["scene"], "tight": record["tight"]}
    by_scene_json = ranges["scene"] is None and "scene" not in refused
    if by_scene_json and (times := videos.scene(key)) is not None:
        ranges["scene"] = clip_range(*times)
        counts["scene_from_scene_json"] += 1
    for choice in (cut_range, "tight" if cut_range == "scene" else "scene"):
        if choice in refused:
            raise Unusable(*refused[choice])
        if ranges[choice] is not None:
            break
    cut = ranges[choice]
    if cut is None:
        raise Unusable(*refused["none"])
    counts["other_range_taken"] += choice != cut_range
    counts["bad_ranges_unused"] += bool(refused.keys() & ranges.keys())
    scene, tight = ranges["scene"], ranges["tight"]
    if (choice == "tight" or by_scene_json) and scene is not None and tight is not None:
        _check_inside(tight, scene)
    return scene, cut


def _check_inside(tight: Range, scene: Range) -> None:
    if scene[0] - _INSIDE_SECONDS <= tight[0] and tight[1] <= scene[1] + _INSIDE_SECONDS:
        return
    raise Unusable("bad_times", f"{list(tight)} s should lie within the scene, {list(scene)} s")


class _Videos:
    """Scenes and voices of a source's videos: one video, unless the source comes in two sizes."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._voices: dict[str, _Voices] = {}
        self._scenes: dict[str, dict[int, Range]] = {}

    def voices(self, key: ClipKey) -> "_Voices":
        """Who speaks when in the video of a clip."""
        name = key.video_name
        if name not in self._voices:
            self._voices[name] = _Voices(self._source.voices.get(name) or [])
        return self._voices[name]

    def scene(self, key: ClipKey) -> Range | None:
        """When a clip's scene is, by its video's `scene_json`."""
        name = key.video_name
        if name not in self._scenes:
            scenes = self._source.scenes.get(name) or []
            self._scenes[name] = {index: (start, stop) for index, start, stop in scenes}
        return self._scenes[name].get(key.scene)


class _Voices:
    """The diarized intervals of a source, looked up by scene."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self._longest = max((stop - start for start, stop, _ in voices), default=0.0)

    def within(self, start: float, stop: float) -> Voices:
        """The parts that lie in [start, stop), in time order."""
        begin = bisect_left(self._voices, [start - self._longest])
        end = bisect_left(self._voices, [stop])
        return [
            (max(first, start), min(last, stop), voice)
            for first, last, voice in self._voices[begin:end]
            if last > start
        ]


def _report_orphans(
    source_id: str,
    source: _Source,
    keys: Mapping[str, ClipKey],
    doubles: Mapping[str, str],
    rejects: list[dict[str, Any]],
    counts: Counter[str],
) -> None:
    def reject(kind: str, names: Iterable[str], reason: str, detail: str) -> None:
        for name in sorted(names):
            counts[f"{reason}_{kind}"] += 1
            rejects.append(_reject_row(kind, name, source_id, reason, detail))

    clips = keys.keys()
    of_double = "of a clip that the same source has in a larger size"
    reject("anno", source.anno.keys() & doubles.keys(), "duplicate", of_double)
    reject("blur", source.blur.keys() & doubles.keys(), "duplicate", of_double)
    reject("anno", source.anno.keys() - clips, "no_clip", "no merged_anno record of that name")
    reject("blur", source.blur.keys() - clips, "no_clip", "no merged_anno record of that name")
    audio_names = {key.audio_name for key in keys.values()}
    asr = source.asr.keys() - audio_names - clips
    reject("asr", asr, "no_clip", "no merged_anno record of that voice")
    if keys:
        videos = {key.video_name for key in keys.values()}
        for kind, records in (("scenes", source.scenes), ("voices", source.voices)):
            reject(kind, records.keys() - videos, "no_clip", "no merged_anno record of that video")
    listed = source.listed - clips
    reject("listed", listed, "no_record", "is in all_data_list.json, but not in merged_anno")
    # The list names the smaller size; it does not say that the tier holds for the larger one.
    lost = (name for name in source.sft & doubles.keys() if doubles[name] not in source.sft)
    reject("sft", lost, "duplicate", of_double)
    sft = source.sft - clips - listed
    reject("sft", sft, "no_record", "is in SFT_set.json, but not in merged_anno")


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    table = pa.Table.from_pylist(rows, schema=schema)
    with atomic_file(path) as draft:
        pq.write_table(table, draft, compression="zstd", row_group_size=20_000)
