"""One partition: everything that is known of its sources, joined to clips.

    clip record + words (by scene and voice) + caption + blur + the video's voices -> Clip row

A clip without its own record is no clip; every other part may be missing and leaves None.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import ClipKey, bucket_of, columns_of
from ..assumptions import CutRange
from .reading import REJECT
from .spill import open_spill
from .videos import Voices

REJECT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("file", "member", "source_id", "reason", "detail")]
)
CLIP_SCHEMA = pa.schema(
    [
        (column.name, column.type)
        for column in columns_of("single")
        if column.table != "media" and column.name not in ("sample_id", "conversation_id")
    ]
)


@dataclass(slots=True)
class _Source:
    """What the dump says of one source."""

    merged: dict[str, Any] = field(default_factory=dict)
    asr: dict[str, Any] = field(default_factory=dict)
    anno: dict[str, Any] = field(default_factory=dict)
    blur: dict[str, Any] = field(default_factory=dict)
    scenes: dict[int, tuple[float, float]] = field(default_factory=dict)
    voices: Voices | None = None
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
    for source_id in sorted(sources, key=lambda one: (bucket_of(one, 8192), one)):
        found = _clips(source_id, sources.pop(source_id), cut_range, rejects, counts)
        if found:
            directory.append((source_id, len(found)))
            rows += found
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
            if kind == "voices":
                source.voices = record if source.voices is None else source.voices
            elif kind == "scenes":
                source.scenes = source.scenes or {one[0]: (one[1], one[2]) for one in record}
            elif kind in ("listed", "sft"):
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
    sounds: set[str] = set()
    if source.voices is None and source.merged:
        counts["sources_without_voices"] += 1
    voices = _Voices(source.voices or [])
    for name, record in source.merged.items():
        key = ClipKey.parse(name)
        place = _place(key, source.scenes, voices, record, cut_range, counts)
        sounds.add(key.sound_name)
        asr = source.asr.get(key.sound_name) if key.role == "speaking" else None
        anno, blur = source.anno.get(name), source.blur.get(name)
        counts["clips_without_asr"] += asr is None and key.role == "speaking"
        counts["clips_without_anno"] += anno is None
        counts["clips_without_blur"] += blur is None
        counts["clips_in_sft_list"] += name in source.sft
        sync = record["sync"] or (None, None, None)
        row = {
            "clip_id": name,
            "source_id": source_id,
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
        rows.append(row | place | (asr or {}) | (anno or {}) | (blur or {}))
    _report_orphans(source_id, source, sounds, rejects, counts)
    rows.sort(key=lambda row: (row["start_seconds"], row["clip_id"]))
    return rows


def _person(key: ClipKey) -> str | None:
    """Who is seen: the voice where it speaks; of two main speakers, the other where one listens."""
    if key.role == "speaking" and key.voice in ("A", "B"):
        return f"{key.source_id}#{key.voice}"
    if key.role == "listening" and key.voice in ("A", "B"):
        return f"{key.source_id}#{'B' if key.voice == 'A' else 'A'}"
    return None


def _place(
    key: ClipKey,
    scenes: dict[int, tuple[float, float]],
    voices: "_Voices",
    record: dict[str, Any],
    cut_range: CutRange,
    counts: Counter[str],
) -> dict[str, Any]:
    scene, tight = record["scene"], record["tight"]
    if scene is None and key.scene in scenes:
        scene = scenes[key.scene]
        counts["scene_from_scene_json"] += 1
    chosen = (scene, tight) if cut_range == "scene" else (tight, scene)
    start, stop = chosen[0] or chosen[1]
    counts["other_range_taken"] += chosen[0] is None
    whole = scene or (start, stop)
    heard = voices.within(*whole)
    return {
        "scene_start_seconds": whole[0],
        "scene_end_seconds": whole[1],
        "start_seconds": start,
        "end_seconds": stop,
        "scene_voices": [
            {"start_seconds": first, "stop_seconds": last, "voice": voice}
            for first, last, voice in heard
        ],
        "speech": [
            {"start_seconds": max(first, start), "stop_seconds": min(last, stop)}
            for first, last, voice in heard
            if key.role == "speaking" and voice == key.voice and first < stop and last > start
        ],
    }


class _Voices:
    """The diarized intervals of a source, to be asked for those of a scene."""

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
    sounds: set[str],
    rejects: list[dict[str, Any]],
    counts: Counter[str],
) -> None:
    def tell(kind: str, names: Iterable[str], reason: str, detail: str) -> None:
        for name in sorted(names):
            counts[f"{reason}_{kind}"] += 1
            rejects.append(_reject_row(kind, name, source_id, reason, detail))

    clips = source.merged.keys()
    tell("anno", source.anno.keys() - clips, "no_clip", "no merged_anno record of that name")
    tell("blur", source.blur.keys() - clips, "no_clip", "no merged_anno record of that name")
    tell("asr", source.asr.keys() - sounds, "no_clip", "no merged_anno record of that voice")
    listed = source.listed - clips
    tell("listed", listed, "no_record", "stands in all_data_list.json, not in merged_anno")
    sft = source.sft - clips - listed
    tell("sft", sft, "no_record", "stands in SFT_set.json, not in merged_anno")


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    draft = path.with_suffix(".tmp")
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, draft, compression="zstd", row_group_size=20_000)
    draft.replace(path)
