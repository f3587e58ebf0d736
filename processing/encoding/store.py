"""The store of encoded values, by source, in the work folder: each clip is encoded once.

    RELEASE.work/features/<encoder and build>/<xx>/<digest of the source's id>.parquet

A clip may be in several configs; the checksums of its media are the key of its value. A file is
written under a temporary name and renamed when it is complete, so a killed run continues.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from ...records import atomic_file
from ...release import work_folder
from ...release.features import FeatureEntry, FeatureForm, digest_of_build

_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("shape", pa.list_(pa.int32())),
        ("value", pa.binary()),
        ("xxh3_64", pa.uint64()),
        ("reason", pa.string()),
    ]
)

Value = NDArray[Any] | str
"""The numbers of a clip, or why it has none."""


class ValueStore:
    """The values of one encoder in one build."""

    def __init__(self, root: Path, entry: FeatureEntry) -> None:
        name = f"{entry.form.name}-{digest_of_build(entry)[:24]}"
        self.folder = values_folder(root) / name
        self._form: FeatureForm = entry.form
        self._read: tuple[str, dict[str, Value]] | None = None

    def keys(self, source_id: str) -> set[str]:
        """The keys of a source that have a value; failed clips are not among them."""
        path = self.path(source_id)
        if not path.exists():
            return set()
        rows = pq.read_table(path, columns=["key", "reason"]).to_pylist()
        return {row["key"] for row in rows if row["reason"] is None}

    def values(self, source_id: str) -> Mapping[str, Value]:
        """All values of a source; those of the last source stay in memory.

        Raises:
            OSError: a value does not match its checksum.
        """
        if self._read is None or self._read[0] != source_id:
            values: dict[str, Value] = {}
            path = self.path(source_id)
            rows = pq.read_table(path).to_pylist() if path.exists() else []
            for row in rows:
                if row["reason"] is not None:
                    values[row["key"]] = row["reason"]
                    continue
                if xxhash.xxh3_64_intdigest(row["value"]) != row["xxh3_64"]:
                    raise OSError(
                        f"{path} is damaged: a value does not match its checksum. Delete that "
                        "file and run the command again"
                    )
                values[row["key"]] = np.frombuffer(row["value"], self._form.stored).reshape(
                    row["shape"]
                )
            self._read = source_id, values
        return self._read[1]

    def write(self, source_id: str, values: Mapping[str, Value]) -> None:
        """Replaces the values of a source."""
        rows = [_row(key, value) for key, value in sorted(values.items())]
        table = pa.Table.from_pylist(rows, _SCHEMA)
        with atomic_file(self.path(source_id)) as draft:
            pq.write_table(table, draft, compression="none", use_dictionary=False)
        self._read = None

    def path(self, source_id: str) -> Path:
        """The file of a source's values; ids never become paths."""
        return self.folder / _name_of(source_id)


def delete_values(root: Path, source_ids: Collection[str]) -> int:
    """Removes the values of these sources, of every encoder, and drafts.

    Returns:
        The number of files removed.
    """
    num_files = 0
    wanted = {_name_of(source_id) for source_id in source_ids}
    for path in sorted(values_folder(root).glob("*/*/*")):
        if path.relative_to(path.parents[1]).as_posix() in wanted or path.suffix != ".parquet":
            path.unlink(missing_ok=True)
            num_files += 1
    return num_files


def values_folder(root: Path) -> Path:
    """The folder of the values of all encoders."""
    return work_folder(root) / "features" / "values"


def _name_of(source_id: str) -> str:
    digest = hashlib.sha256(source_id.encode()).hexdigest()
    return f"{digest[:2]}/{digest[:40]}.parquet"


def _row(key: str, value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"key": key, "reason": value}
    data = np.ascontiguousarray(value).tobytes()
    checksum = xxhash.xxh3_64_intdigest(data)
    return {"key": key, "shape": list(value.shape), "value": data, "xxh3_64": checksum}
