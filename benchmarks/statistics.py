"""How long do the statistics of a whole dump's index take, and in how much memory?

    python -m benchmarks.statistics --rows 5200000 --out build/statistics

Synthetic rows of `single_pretrain` in 64 parts: the index alone, with random scores and captions
of some 170 words. Prints one JSON line: seconds, peak memory, bytes of the index, clips counted.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.loading.processes import peak_pss
from speakervid5m.cards import Statistics, measure
from speakervid5m.release import (
    ConfigEntry,
    FileEntry,
    Manifest,
    ReleaseFacts,
    file_entry,
    index_schema,
    open_release,
)

NAME, NUM_PARTS = "single_pretrain", 64
WORDS = "the person speaks calmly looks at camera and moves both hands while light falls on desk"


def main() -> None:
    """Writes the index where it is missing, then measures in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_200_000)
    parser.add_argument("--out", type=Path, default=Path("build/statistics"))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.out)))
        return
    if not (options.out / "manifest.json").exists():
        write_index(options.out, options.rows)
    command = [sys.executable, "-m", "benchmarks.statistics", "--measure", "--out"]
    subprocess.run([*command, str(options.out)], check=True)


def measured(root: Path) -> dict[str, float]:
    """Time and memory of one measurement."""
    size = sum(path.stat().st_size for path in root.rglob("*.parquet"))
    found: list[Statistics] = []
    began = time.monotonic()
    peak = peak_pss(lambda: found.append(measure(open_release(str(root)))))
    seconds = time.monotonic() - began
    (statistics,) = found
    return {
        "rows": statistics.clips.num_clips,
        "people": statistics.num_people,
        "seconds": round(seconds, 1),
        "peak_memory_bytes": peak,
        "index_bytes": size,
    }


def write_index(root: Path, num_rows: int) -> None:
    """An index of random rows, and a manifest that names nothing but it."""
    folder = root / "index" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, FileEntry] = {}
    for part in range(NUM_PARTS):
        count = num_rows * (part + 1) // NUM_PARTS - num_rows * part // NUM_PARTS
        for table, rows in _tables(part, count).items():
            path = folder / f"{table}-{part:04x}.parquet"
            pq.write_table(rows, path, compression="zstd", row_group_size=100_000)
            files[path.relative_to(root).as_posix()] = file_entry(path)
    entry = ConfigEntry(
        num_rows=num_rows,
        num_buckets=NUM_PARTS,
        num_sources=0,
        num_media_bytes=0,
        clip_seconds=0,
        config_digest="",
    )
    facts = ReleaseFacts(origin="official", num_buckets={NAME: NUM_PARTS})
    manifest = Manifest(facts=facts, configs={NAME: entry}, files=files)
    (root / "manifest.json").write_text(manifest.to_json())


def _tables(part: int, count: int) -> dict[str, pa.Table]:
    draw = np.random.default_rng(part)
    sources = np.array([f"x{part:02x}{number:08d}" for number in range(max(1, count // 35))])
    source = np.sort(draw.choice(sources, count))
    start = draw.uniform(0, 1500, count)
    text = draw.choice(WORDS.split(), (256, 200))
    captions = np.array([" ".join(line[: 100 + number % 100]) for number, line in enumerate(text)])
    known: dict[str, pa.Array] = {
        "sample_id": pa.array([f"{part:04x}{number:020x}" for number in range(count)]),
        "conversation_id": pa.array(source),
        "person_id": pa.array(np.char.add(source, draw.choice(["#A", "#B"], count))),
        "role": pa.array(np.full(count, "speaking")),
        "start_seconds": pa.array(start),
        "end_seconds": pa.array(start + draw.uniform(3, 14, count)),
        "source_width": pa.array(np.full(count, 1920)),
        "source_height": pa.array(np.full(count, 1080)),
        "language": pa.array(draw.choice(["en", "de", "fr"], count)),
        "topic": pa.array(draw.choice(["Education", "Comedy", "Sports"], count)),
        "motion": pa.array(draw.choice(captions, count)),
        "expression": pa.array(draw.choice(captions[:20], count)),
        "video_num_bytes": pa.array(draw.integers(100_000, 900_000, count)),
        "video_xxh3_64": pa.array(draw.integers(0, 1 << 63, count, dtype=np.uint64)),
        "audio_num_bytes": pa.array(draw.integers(100_000, 900_000, count)),
        "audio_xxh3_64": pa.array(draw.integers(0, 1 << 63, count, dtype=np.uint64)),
    }
    known["voice"] = pa.array(draw.choice(["A", "B"], count))
    known["speech"] = _intervals(start, draw, 2)
    known["scene_voices"] = _intervals(start, draw, 4)
    for name in ("dover", "face_blur", "hand_blur", "sync_confidence", "motion_degree"):
        known[name] = pa.array(draw.uniform(0, 1, count))
    tables = {}
    for table in ("scan", "text"):
        schema = index_schema("single", table)
        columns = [
            known[one.name].cast(one.type) if one.name in known else pa.nulls(count, one.type)
            for one in schema
        ]
        tables[table] = pa.table(columns, schema=schema)
    return tables


def _intervals(start: NDArray[np.float64], draw: np.random.Generator, each: int) -> pa.Array:
    """So many intervals in every row, within a few seconds, the voices in turn."""
    count = len(start) * each
    first = np.repeat(start, each) + draw.uniform(0, 8, count)
    fields = {
        "start_seconds": pa.array(first),
        "stop_seconds": pa.array(first + draw.uniform(0.2, 3, count)),
        "voice": pa.array(np.tile(["A", "B"], count // 2)),
    }
    names = list(fields)[: 2 if each == 2 else 3]
    items = pa.StructArray.from_arrays([fields[name] for name in names], names)
    offsets = pa.array(np.arange(0, count + 1, each, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, items)


if __name__ == "__main__":
    main()
