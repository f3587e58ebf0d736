"""The peers that give stored bytes, in process and by workers.

Each takes the same release, or the same bytes in its own format, and gives them in a shuffled
order where it can. An epoch gives lists of values; `checked` compares the digests of all of them
with those of the release, so whoever drops, doubles or changes one fails.
"""

import hashlib
import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from speakervid5m.loaders import RawLoader
from speakervid5m.release import Samples, open_release

from . import data
from .data import COLUMNS, CONFIG

BATCH = 8
PACKAGES = ("webdataset", "litdata", "streaming", "torchdata", "spdl")
"""Modules of the peers that do not come with us; see peers.txt."""

Values = list[bytes | memoryview]
Epoch = Callable[[], Iterator[Values]]
"""Gives one epoch, batch by batch."""


def installed(name: str) -> bool:
    """Whether a peer's package is there."""
    return importlib.util.find_spec(name) is not None


class Formats:
    """The release, and its bytes as the peers want them."""

    def __init__(self, root: Path, samples: Samples) -> None:
        self.root, self.samples = root, samples
        self.folder = root.with_name("peers")
        self.tars = data.write_webdataset(samples, self.folder / "tar")
        if installed("litdata"):
            data.write_litdata(samples, self.folder / "litdata")
        if installed("streaming"):
            data.write_mds(samples, self.folder / "mds")


def raw_epochs(folder: Path, root: Path, workers: int) -> dict[str, Epoch]:
    """By name, an epoch that gives the bytes of batch after batch."""
    found: dict[str, Epoch] = {"ours": _ours(root, workers)}
    if installed("webdataset"):
        found["WebDataset"] = _webdataset(folder / "tar", workers)
    if installed("litdata"):
        found["LitData"] = _litdata(folder / "litdata", workers)
    if installed("streaming"):
        found["MDS"] = _mds(folder / "mds", workers)
    if installed("torchdata"):
        found["torchdata"] = _torchdata(root, workers)
    found["HF streaming"] = _hf_raw(root, workers)
    return found


def checked(samples: Samples, epochs: dict[str, Epoch]) -> None:
    """Runs an epoch of each and compares what it gives with the release, value by value.

    Raises:
        AssertionError: a peer gives other bytes than there are; names it.
    """
    expected = Counter(
        hashlib.sha256(one).digest()
        for _, media in data.raw_samples(samples)
        for one in media.values()
    )
    for name, epoch in epochs.items():
        found = Counter(hashlib.sha256(one).digest() for values in epoch() for one in values)
        assert found == expected, f"{name} gives other bytes than the release holds"


def _ours(root: Path, workers: int) -> Epoch:
    samples = open_release(str(root))[CONFIG]
    loader = RawLoader(samples, COLUMNS, batch_size=BATCH, num_workers=workers)

    def epoch() -> Iterator[Values]:
        for batch in loader:
            yield [one for sample in batch for one in sample.media if one is not None]

    return epoch


def _webdataset(folder: Path, workers: int) -> Epoch:
    wds: Any = importlib.import_module("webdataset")

    urls = sorted(str(path) for path in folder.glob("*.tar"))
    stream = wds.WebDataset(urls, shardshuffle=len(urls)).shuffle(64).batched(BATCH, _as_list)
    loader = wds.WebLoader(stream, batch_size=None, num_workers=workers)

    def epoch() -> Iterator[Values]:
        for batch in loader:
            yield [sample[f"{role}.mp4"] for sample in batch for role in ("initiator", "responder")]

    return epoch


def _litdata(folder: Path, workers: int) -> Epoch:
    litdata: Any = importlib.import_module("litdata")

    dataset = litdata.StreamingDataset(str(folder), shuffle=True)
    loader = litdata.StreamingDataLoader(
        dataset, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )
    return lambda: _values(loader)


def _mds(folder: Path, workers: int) -> Epoch:
    streaming: Any = importlib.import_module("streaming")

    streaming.base.util.clean_stale_shared_memory()
    dataset = streaming.StreamingDataset(local=str(folder), shuffle=True, batch_size=BATCH)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )
    return lambda: _values(loader)


def _torchdata(root: Path, workers: int) -> Epoch:
    loaders: Any = importlib.import_module("torchdata.stateful_dataloader")

    loader = loaders.StatefulDataLoader(
        MapOfBytes(root), batch_size=BATCH, num_workers=workers, shuffle=True, collate_fn=_as_list
    )
    return lambda: _values(loader)


class MapOfBytes(torch.utils.data.Dataset[dict[str, bytes]]):
    """Our index under a plain sampler: what a careful user of torchdata would write."""

    def __init__(self, root: Path, columns: Sequence[str] = COLUMNS) -> None:
        self._samples, self._columns = open_release(str(root))[CONFIG], tuple(columns)

    def __len__(self) -> int:
        """Samples."""
        return len(self._samples)

    def __getitem__(self, number: int) -> dict[str, bytes]:
        """The stored bytes of one."""
        found = {name: self._samples.media(number, name) for name in self._columns}
        return {name: one for name, one in found.items() if isinstance(one, bytes)}


def _hf_raw(root: Path, workers: int) -> Epoch:
    stream = hf_stream(root).decode(False)
    stream = stream.shuffle(seed=0, buffer_size=64)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )

    def epoch() -> Iterator[Values]:
        for batch in loader:
            yield [sample[name]["bytes"] for sample in batch for name in COLUMNS]

    return epoch


def hf_stream(root: Path, names: Sequence[str] = COLUMNS) -> Any:
    """The release's shards as plain Parquet, by `datasets` without anything of ours."""
    import datasets

    # A fixed sleep of 5 s at the end of every iteration, which is no work.
    datasets.config.SLEEP_TIME_ON_THREADS_SHUTDOWN = 0
    return datasets.load_dataset(
        "parquet",
        data_files=f"{root}/data/dialogue/sft/*.parquet",
        split="train",
        streaming=True,
        columns=list(names),
    )


def _as_list(batch: list[Any]) -> list[Any]:
    return batch


def _values(loader: Any) -> Iterator[Values]:
    for batch in loader:
        yield [sample[name] for sample in batch for name in COLUMNS]
