"""Writes samples as WebDataset shards: a tar file with mp4, FLAC and JSON for each sample.

    python examples/webdataset_export.py RELEASE dialogue_sft shards --where "responder_dover > 0.6"

    import webdataset
    for sample in webdataset.WebDataset("shards/dialogue_sft-000000.tar"):
        sample["json"], sample["initiator.mp4"], sample["responder.flac"]

Media are copied as they are stored; nothing is encoded again. Rows that a tombstone names are left
out. Shards do not follow later takedowns: export again.
"""

import argparse
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from speakervid5m.records import columns_of
from speakervid5m.release import Samples, open_release

SUFFIXES = {"video": "mp4", "audio": "flac", "pose": "npy"}


def members(samples: Samples, number: int) -> Iterator[tuple[str, bytes]]:
    """Suffix and content of each file of a sample."""
    row = samples.take([number]).table().to_pylist()[0]
    annotations = {name: value for name, value in row.items() if not name.endswith("_xxh3_64")}
    yield "json", json.dumps(annotations, ensure_ascii=False, default=str).encode()
    for column in columns_of(samples.config.branch):
        if column.medium not in SUFFIXES:
            continue
        role, suffix = column.name.rpartition("_")[0], SUFFIXES[column.medium]
        media = samples.media(number, column.name)
        turns = dict(enumerate(media)) if isinstance(media, list) else {None: media}
        for turn, data in turns.items():
            if data is not None:
                parts = [role.replace("turn", ""), "" if turn is None else str(turn), suffix]
                yield ".".join(part for part in parts if part), data


def export(samples: Samples, folder: Path, rows_per_shard: int) -> int:
    """Writes the shards and returns their number."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(samples), rows_per_shard)
    for shard, start in enumerate(starts):
        path = folder / f"{samples.config.name}-{shard:06d}.tar"
        draft = path.with_suffix(".draft")
        with tarfile.open(draft, "w") as archive:
            for number in range(start, min(start + rows_per_shard, len(samples))):
                for suffix, data in members(samples, number):
                    entry = tarfile.TarInfo(f"{samples[number].sample_id}.{suffix}")
                    entry.size = len(data)
                    archive.addfile(entry, io.BytesIO(data))
        draft.replace(path)
    return len(starts)


def main() -> None:
    """Reads the command line and exports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="folder or URL of a release")
    parser.add_argument("config", help="such as dialogue_sft")
    parser.add_argument("out", type=Path, help="folder of the shards")
    parser.add_argument("--where", help="SQL over the annotations")
    parser.add_argument("--rows-per-shard", type=int, default=1000)
    options = parser.parse_args()
    samples = open_release(options.release)[options.config]
    if options.where:
        samples = samples.where(options.where)
    num_shards = export(samples, options.out, options.rows_per_shard)
    print(f"{len(samples)} samples in {num_shards} shards in {options.out}")


if __name__ == "__main__":
    main()
