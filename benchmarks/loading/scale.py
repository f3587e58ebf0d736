"""A synthetic index of 5.2 million dialogues in 1,024 shards, without media."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from speakervid5m.loaders import Loader
from speakervid5m.records import CONFIGS, columns_of
from speakervid5m.release import (
    ConfigEntry,
    FileEntry,
    Manifest,
    ReleaseFacts,
    Samples,
    file_entry,
    index_schema,
    open_release,
    write_index_table,
)

from .measure import Row, resident_bytes, value

CONFIG = "dialogue_sft"
NUM_BUCKETS, NUM_PARTS = 1024, 64
_MEDIA = [one.name for one in columns_of("dialogue") if one.table == "media"]
_FIXED = {
    "origin": "official",
    "tier": "sft",
    "role": "speaking",
    "bbox": [0.1, 0.1, 0.9, 0.9],
    "source_width": 1280,
    "source_height": 720,
    "width": 512,
    "height": 512,
    "fps": 25.0,
    "num_frames": 150,
    "scene": 3,
    "box_index": 0,
    "start_seconds": 1.0,
    "end_seconds": 7.0,
    "voice": "A",
    "speech": [],
    "segments": [],
    "scene_voices": [],
    "entities": [],
    "source_id": "xabcdefghij",
    "transcript": "words that somebody says",
    "gap_seconds": 0.1,
}


def write_large_index(root: Path, num_rows: int) -> None:
    """Writes the index and a manifest that names it; kept if it is there."""
    if (root / "manifest.json").exists():
        return
    (root / "index" / CONFIG).mkdir(parents=True, exist_ok=True)
    files: dict[str, FileEntry] = {}
    each = num_rows // NUM_PARTS
    rng = np.random.default_rng(0)
    for part in range(NUM_PARTS):
        for table in ("scan", "text"):
            name = f"index/{CONFIG}/{table}-{part:04x}.parquet"
            schema = index_schema("dialogue", table)
            columns = [_column(field, part, each, rng) for field in schema]
            write_index_table(root / name, pa.table(columns, schema=schema))
            files[name] = file_entry(root / name)
    entry = ConfigEntry(
        num_rows=each * NUM_PARTS,
        num_buckets=NUM_BUCKETS,
        num_sources=each,
        num_media_bytes=0,
        clip_seconds=0.0,
        config_digest=hashlib.sha256(b"large").hexdigest(),
    )
    facts = ReleaseFacts(origin="official", num_buckets={CONFIG: NUM_BUCKETS})
    manifest = Manifest(facts=facts, configs={CONFIG: entry}, files=files)
    (root / "manifest.json").write_text(manifest.to_json())


def _clip_id(name: str, part: int, number: int) -> str:
    return f"{name[:4]}-{part:02d}-{number:08d}"


def _sample_id(part: int, number: int) -> str:
    names = ("initiator_clip_id", "responder_clip_id")
    lines = ["dialogue", *(_clip_id(name, part, number) for name in names)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


def _column(field: pa.Field, part: int, count: int, rng: np.random.Generator) -> pa.Array:
    name, numbers = field.name, np.arange(count)
    if name.endswith("clip_id"):
        return pa.array([_clip_id(name, part, number) for number in range(count)])
    if name == "sample_id":
        return pa.array([_sample_id(part, number) for number in range(count)])
    if name == "bucket":
        return pa.array(part * 16 + numbers * 16 // count, pa.int32())
    if name == "row":
        return pa.array(numbers % (count // 16), pa.int64())
    if name == "row_group":
        return pa.array(numbers % (count // 16) // 48, pa.int32())
    if name.endswith("dover"):
        return pa.array(rng.random(count))
    if name.endswith("_offset_bytes"):
        # By row group, then column, then row, as Parquet has them.
        group, row = np.divmod(numbers % (count // 16), 48)
        column = _MEDIA.index(name.removesuffix("_offset_bytes"))
        return pa.array(((group * len(_MEDIA) + column) * 48 + row) * 800_000, pa.int64())
    if name.endswith("num_bytes"):
        return pa.array(750_000 + numbers % 999, pa.int64())
    if name.endswith("xxh3_64"):
        return pa.array(rng.integers(0, 1 << 63, count), pa.uint64())
    for ending, fixed in _FIXED.items():
        if name == ending or name.endswith(f"_{ending}"):
            return pa.array([fixed] * count, field.type)
    return pa.nulls(count, field.type)


def scale_rows(root: Path, num_rows: int) -> list[Row]:
    """Opens, filters, shuffles, resumes and iterates in a process of its own, twice."""
    write_large_index(root, num_rows)
    command = [sys.executable, "-m", "benchmarks.loading.scale", str(root)]
    found = []
    for _ in range(2):
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.append([float(one) for one in output.split()[-10:]])
    cold, warm = found
    million = f"{num_rows / 1e6:g} M rows"
    names: Sequence[tuple[str, str, float | None, str]] = (
        ("open and read one record", "s", 1.0, f"the first time ever: {cold[0]:.2f} s"),
        ("next epoch's global shuffle, first batch", "s", 1.0, "a permutation in constant memory"),
        ("next epoch's block shuffle, first batch", "s", 1.0, ""),
        ("where on one column", "s", None, f"the first time ever: {cold[3]:.2f} s"),
        ("state of a loader, first", "s", None, "digest over all places"),
        ("resume to the next batch", "s", 0.2, "a loader that knows its digest"),
        ("20 batches on each of 64 simulated ranks", "s", None, "10,240 records, global shuffle"),
        ("own memory after all that", "MB", 500.0, ""),
        ("memory with the mapped cache's pages", "MB", None, "which the system takes back"),
        ("own memory after the imports alone", "MB", None, "PyTorch, datasets, DuckDB"),
    )
    return [
        value(f"{million}: {name}", [number], unit, target=target, note=note)
        for (name, unit, target, note), number in zip(names, warm, strict=True)
    ]


def _measure(root: str) -> list[float]:
    found: list[float] = []
    clock = time.perf_counter

    def lap(began: float) -> None:
        found.append(clock() - began)

    imported = resident_bytes() / 1e6
    began = clock()
    samples: Samples = open_release(root)[CONFIG]
    assert samples[len(samples) // 2]
    lap(began)
    loaders = [
        Loader(samples, batch_size=8, video=None, audio=None, shuffle=order)
        for order in (True, "blocks")
    ]
    for loader in loaders:
        next(iter(loader))
        began = clock()
        loader.set_epoch(1)
        next(iter(loader))
        lap(began)
    began = clock()
    assert 0 < len(samples.where("responder_dover > 0.9")) < len(samples)
    lap(began)
    began = clock()
    state = loaders[0].state_dict()
    lap(began)
    began = clock()
    loaders[0].load_state_dict(state)
    next(iter(loaders[0]))
    lap(began)
    began = clock()
    for rank in range(64):
        own = Loader(samples, batch_size=8, video=None, audio=None, rank=rank, world_size=64)
        for number, _ in enumerate(own):
            if number == 19:
                break
    lap(began)
    found += [resident_bytes(kind) / 1e6 for kind in ("RssAnon", "VmRSS")]
    return [*found, imported]


if __name__ == "__main__":
    assert CONFIG in CONFIGS
    print(*_measure(sys.argv[1]))
