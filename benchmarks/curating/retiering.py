"""Another threshold on a finished store: new tiers, by the command's own code, without a model."""

import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from speakervid5m.processing import Source, Stage, StageStore
from speakervid5m.processing.curation import (
    CurateOptions,
    Curation,
    find_own_sources,
    retier,
)
from speakervid5m.records import CLIP_SCHEMA
from speakervid5m.release import work_folder

_MODELS = ("torch", "onnxruntime", "cv2", "transformers")


def retiering(folder: Path, num_clips: int, clips_of_source: int) -> dict[str, Any]:
    """Makes a finished store of synthetic clips in the store's own format, and tiers it anew."""
    options = synthetic(folder, num_clips, clips_of_source)
    loaded = set(sys.modules)
    began = time.perf_counter()
    first = retier(options, rewrite=False)
    gathered = time.perf_counter()
    stricter = CurateOptions(
        profile="embedded",
        videos=options.videos,
        out=options.out,
        thresholds={"sft_face_sharpness": 0.8},
    )
    second = retier(stricter, rewrite=False)
    ended = time.perf_counter()
    tiers = pq.read_table(work_folder(options.out) / "tiers.parquet")
    assert first.tiering is not None and second.tiering is not None, "both end in tiers"
    return {
        "num_clips": num_clips,
        "num_sources": -(-num_clips // clips_of_source),
        "gather_scores_seconds": gathered - began,
        "new_tiers_seconds": ended - gathered,
        "num_tiers_written": len(tiers),
        "num_sft_before": first.tiering.num_by_tier["sft"],
        "num_sft_after": second.tiering.num_by_tier["sft"],
        "models_loaded": sorted(set(_MODELS) & (set(sys.modules) - loaded)),
    }


def synthetic(folder: Path, num_clips: int, clips_of_source: int) -> CurateOptions:
    """A store in which every stage of every source is finished; the videos are a few bytes."""
    videos = folder / "videos"
    videos.mkdir(parents=True, exist_ok=True)
    for number in range(-(-num_clips // clips_of_source)):
        (videos / f"talk {number:06d}.mp4").write_text(f"talk {number}")
    options = CurateOptions(videos=(videos,), out=folder / "release", profile="embedded")
    found = find_own_sources([videos], work_folder(options.out) / "digests.json")
    curation = Curation.of(options)
    stages = [stage for stage in curation.stages if stage.kind != "global"]
    store, empty = curation.store, folder / "empty.parquet"
    pq.write_table(pa.table({"nothing": pa.array([], pa.int64())}), empty)
    for number, source in enumerate(found.sources):
        rows = min(clips_of_source, num_clips - number * clips_of_source)
        _finish(store, stages, source, _clips(source, rows, seed=number), empty)
    return options


def _finish(
    store: StageStore, stages: list[Stage], source: Source, clips: pa.Table, empty: Path
) -> None:
    keys: dict[str, str] = {}
    for stage in stages:
        keys[stage.name] = store.key(stage, source, [keys[name] for name in stage.reads])
        part = store.folder / stage.name / keys[stage.name]
        part.mkdir(parents=True)
        if stage.name == "annotated":
            pq.write_table(clips, part / "clips.parquet", compression="zstd")
        else:
            (part / "nothing.parquet").hardlink_to(empty)


def _clips(source: Source, count: int, seed: int) -> pa.Table:
    rng, choice = np.random.default_rng(seed), random.Random(seed)
    start = np.arange(count) * 6.0
    roles = choice.choices(["speaking", "listening"], k=count)
    values: dict[str, Any] = {
        "clip_id": [
            f"{source.source_id}_640x360_full_video_{number:03d}_A_00" for number in range(count)
        ],
        "source_id": [source.source_id] * count,
        "scene": np.arange(count),
        "voice": ["A"] * count,
        "box_index": np.zeros(count, int),
        "role": roles,
        "start_seconds": start,
        "end_seconds": start + rng.uniform(2.5, 14.5, count),
        "bbox": [[0.0, 0.0, 0.5, 1.0]] * count,
        "source_width": [640] * count,
        "source_height": [360] * count,
        "luminance_abnormal_run": rng.integers(0, 20, count),
        "lip_confidence": [
            value if role == "speaking" else None
            for value, role in zip(rng.uniform(-0.1, 1.0, count), roles, strict=True)
        ],
        "face_sharpness": rng.uniform(0.0, 1.0, count),
        "clarity": [float(rng.uniform(500, 5000))] * count,
        "motion_energy": rng.uniform(0.0, 5.0, count),
        "tier": ["pretrain"] * count,
        "origin": ["curated"] * count,
    }
    columns = [
        pa.array(values[field.name], field.type)
        if field.name in values
        else pa.nulls(count, field.type)
        for field in CLIP_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=CLIP_SCHEMA)
