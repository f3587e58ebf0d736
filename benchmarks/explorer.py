"""How long does a visitor wait, for the first page and the first clip of a whole dump?

    python -m benchmarks.explorer --rows 5200000 --out build/explorer

Synthetic dialogues in 64 parts of an index; one clip, of which all rows of the first part speak, is
real. The page's server is started anew for each run: first with an empty cache, as for the first
visitor ever, then with what the first run left. Prints one JSON line a run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from benchmarks.loading.scale import CONFIG, NUM_BUCKETS, write_large_index
from speakervid5m.records import CONFIGS, bucket_of, columns_of
from speakervid5m.release import Manifest, file_entry, index_part, write_index_table

_ROWS_A_SOURCE = 35
"""Ours: 5.2 M clips of the paper's 153,000 videos are 34 a source."""
_SECONDS, _SIDE, _FPS = 6, 512, 25


def main() -> None:
    """Writes the index where it is missing, then measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_200_000)
    parser.add_argument("--out", type=Path, default=Path("build/explorer"))
    options = parser.parse_args()
    root = options.out / "speakervid5m"
    if not (root / "manifest.json").exists():
        write_large_index(root, options.rows)
        point_to_one_clip(root)
    cache = options.out / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    for run in ("first visitor ever", "later"):
        print(json.dumps({"run": run, "rows": options.rows} | visited(root, cache)))


def visited(root: Path, cache: Path) -> dict[str, Any]:
    """Seconds from the start of the command to what a visitor sees and hears."""
    command = [sys.executable, "-m", "speakervid5m.cli", "explore", str(root)]
    command += ["--port", "0", "--no-open", "--no-requests"]
    environment = os.environ | {"SPEAKERVID5M_CACHE": str(cache)}
    clock = time.perf_counter
    began = clock()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            url = server.stdout.readline().split(" served at ")[1].split(";")[0]
            _get(f"{url}api/release")
            found = {"command to page": clock() - began}

            def lap(name: str, path: str) -> bytes:
                started = clock()
                data = _get(url + path)
                found[name] = clock() - started
                return data

            row = json.loads(lap("first list", f"api/search/{CONFIG}"))["rows"][0]
            where = f"api/sample/{CONFIG}/{row['sample_id']}?at={row['at']}"
            view = json.loads(lap("first sample", where))
            clip = lap("first clip, all bytes", view["lanes"][0]["video"])
            found["first clip after the page"] = sum(list(found.values())[1:])
            lap("poster", row["people"][0]["poster"])
            lap("conversation", f"api/conversation/{row['source_id']}")
            lap("sliders", f"api/scores/{CONFIG}")
            lap("filter, first list", f"api/search/{CONFIG}?dover=0.9..")
            found["words that nobody says, all of the index"] = _to_the_end(url, "q=zebra")
            found["two scores, all of the index"] = _to_the_end(url, "dover=0.99..")
            lap("page 100,000", f"api/search/{CONFIG}?page=100000")
            found["memory of the server, MB"] = _resident_megabytes(server.pid)
        finally:
            server.terminate()
    return {name: round(value, 3) for name, value in found.items()} | {"clip bytes": len(clip)}


def _get(url: str) -> bytes:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url) as answer:
                return bytes(answer.read())
        except ConnectionRefusedError:
            time.sleep(0.02)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.02)
    raise TimeoutError(url)


def _to_the_end(url: str, query: str) -> float:
    """Asks, as the page does, until all of the index was looked at."""
    began = time.perf_counter()
    while not json.loads(_get(f"{url}api/search/{CONFIG}?{query}&count=1"))["is_complete"]:
        pass
    return time.perf_counter() - began


def _resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1000


def point_to_one_clip(root: Path) -> None:
    """A shard with one real pair, which the first row of the index has; no other has media."""
    clip = _clip()
    shard = CONFIGS[CONFIG].shard(0)
    path = root / shard
    path.parent.mkdir(parents=True, exist_ok=True)
    videos = ("initiator_video", "responder_video")
    schema = pa.schema([(column, pa.binary()) for column in videos])
    table = pa.table({column: [clip] for column in videos}, schema=schema)
    pq.write_table(table, path, compression="none", use_dictionary=False)
    first = path.read_bytes().index(clip)
    offsets = dict(zip(videos, (first, path.read_bytes().index(clip, first + 1)), strict=True))
    name = f"index/{CONFIG}/scan-0000.parquet"
    part = pq.read_table(root / name)
    for column in (one.name for one in columns_of("dialogue") if one.table == "media"):
        own = (offsets[column], len(clip), _digest(clip)) if column in videos else (None,) * 3
        for kind, value in zip(("offset_bytes", "num_bytes", "xxh3_64"), own, strict=True):
            part = _with(part, f"{column}_{kind}", [value, *[None] * (part.num_rows - 1)])
    sources = _sources_of_part(part.num_rows // _ROWS_A_SOURCE + 1)
    ids = [sources[row // _ROWS_A_SOURCE] for row in range(part.num_rows)]
    for column in ("conversation_id", "initiator_source_id", "responder_source_id"):
        part = _with(part, column, ids)
    part = _with(part, "bucket", [0] * part.num_rows)
    part = _with(part, "row_group", [0] * part.num_rows)
    part = _with(part, "row", list(range(part.num_rows)))
    write_index_table(root / name, part)
    manifest = Manifest.from_json((root / "manifest.json").read_text(), str(root))
    files = dict(manifest.files)
    for one in (name, shard):
        files[one] = file_entry(root / one, f"{_digest(clip):064x}")
    (root / "manifest.json").write_text(replace(manifest, files=files).to_json())


def _with(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    number = table.schema.get_field_index(name)
    field = table.schema.field(number)
    return table.set_column(number, field, pa.array(values, field.type))


def _sources_of_part(count: int) -> list[str]:
    """Ids whose buckets are indexed by the first part."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        name = f"x{number:010d}"
        if index_part(bucket_of(name, NUM_BUCKETS), NUM_BUCKETS) == 0:
            found.append(name)
        number += 1
    return found


def _digest(data: bytes) -> int:
    return xxhash.xxh3_64_intdigest(data)


def _clip() -> bytes:
    """Coarse noise that moves and flickers: about as many bytes as a face of this size takes."""
    import av

    from speakervid5m.media import ClipEncoder, EncodeSettings

    draw = np.random.default_rng(0)
    coarse = draw.integers(60, 190, (_SIDE // 8, _SIDE // 8), np.uint8)
    encoder: ClipEncoder | None = None
    for number in range(_SECONDS * _FPS):
        flicker = draw.integers(0, 24, coarse.shape, np.uint8)
        pixels = np.kron(np.roll(coarse, number // 4, 1) + flicker, np.ones((8, 8), np.uint8))
        planes = np.concatenate([pixels, np.full((_SIDE // 2, _SIDE), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if encoder is None:
            encoder = ClipEncoder(frame, fps=_FPS, sample_rate=None, settings=EncodeSettings())
        encoder.add(frame)
    assert encoder is not None
    return encoder.finish(None)


if __name__ == "__main__":
    main()
