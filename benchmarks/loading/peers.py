"""The peers: raw bytes in process and by workers, decoded batches of Hugging Face streaming.

Each takes the same release, or the same bytes in its own format, and gives them in a shuffled
order where it can. Whoever gives fewer bytes than there are fails.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speakervid5m.loaders import AudioSpec, Loader, RawLoader, VideoSpec
from speakervid5m.release import Samples, open_release

from . import data
from .data import COLUMNS, CONFIG

BATCH = 8
WINDOW = 32


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


def raw_epochs(folder: Path, root: Path, workers: int) -> dict[str, Callable[[], Iterator[int]]]:
    """By name, an epoch that gives the bytes of batch after batch."""
    found: dict[str, Callable[[], Iterator[int]]] = {"ours": _ours(root, workers)}
    if installed("webdataset"):
        found["WebDataset"] = _webdataset(folder / "tar", workers)
    if installed("litdata"):
        found["LitData"] = _litdata(folder / "litdata", workers)
    if installed("streaming"):
        found["MDS"] = _mds(folder / "mds", workers)
    found["HF streaming"] = _hf_raw(root, workers)
    return found


def _ours(root: Path, workers: int) -> Callable[[], Iterator[int]]:
    samples = open_release(str(root))[CONFIG]
    loader = RawLoader(samples, COLUMNS, batch_size=BATCH, num_workers=workers)

    def epoch() -> Iterator[int]:
        for batch in loader:
            yield sum(len(one) for sample in batch for one in sample.media if one is not None)

    return epoch


def _webdataset(folder: Path, workers: int) -> Callable[[], Iterator[int]]:
    wds: Any = importlib.import_module("webdataset")

    urls = sorted(str(path) for path in folder.glob("*.tar"))
    stream = wds.WebDataset(urls, shardshuffle=len(urls)).shuffle(64).batched(BATCH, _as_list)
    loader = wds.WebLoader(stream, batch_size=None, num_workers=workers)

    def epoch() -> Iterator[int]:
        for batch in loader:
            yield sum(
                len(sample["initiator.mp4"]) + len(sample["responder.mp4"]) for sample in batch
            )

    return epoch


def _litdata(folder: Path, workers: int) -> Callable[[], Iterator[int]]:
    litdata: Any = importlib.import_module("litdata")

    dataset = litdata.StreamingDataset(str(folder), shuffle=True)
    loader = litdata.StreamingDataLoader(
        dataset, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )
    return lambda: _sizes(loader)


def _mds(folder: Path, workers: int) -> Callable[[], Iterator[int]]:
    streaming: Any = importlib.import_module("streaming")

    streaming.base.util.clean_stale_shared_memory()
    dataset = streaming.StreamingDataset(local=str(folder), shuffle=True, batch_size=BATCH)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )
    return lambda: _sizes(loader)


def _hf_raw(root: Path, workers: int) -> Callable[[], Iterator[int]]:
    stream = _hf(root)
    for name in COLUMNS:
        stream = stream.cast_column(name, _video(decode=False))
    stream = stream.shuffle(seed=0, buffer_size=64)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=BATCH, num_workers=workers, collate_fn=_as_list
    )

    def epoch() -> Iterator[int]:
        for batch in loader:
            yield sum(len(sample[name]["bytes"]) for sample in batch for name in COLUMNS)

    return epoch


def decoded_epochs(root: Path, windows: bool) -> dict[str, Callable[[], Iterator[Any]]]:
    """Decoded batches of both roles' pictures and sound, by two workers."""
    samples = open_release(str(root))[CONFIG]
    video = VideoSpec(num_frames=WINDOW, window="random") if windows else VideoSpec()
    ours = Loader(samples, batch_size=4, video=video, audio=AudioSpec(), num_workers=2, prefetch=1)
    names = [*COLUMNS, "initiator_audio", "responder_audio"]
    stream = _hf(root, names)
    stream = stream.map(_decoded_window if windows else _decoded_whole)
    theirs = torch.utils.data.DataLoader(
        stream,
        batch_size=4,
        num_workers=2,
        collate_fn=_padded,
        drop_last=True,
        prefetch_factor=1,
    )
    return {"ours": lambda: iter(ours), "theirs": lambda: iter(theirs)}


def _decoded_whole(row: dict[str, Any]) -> dict[str, Any]:
    return _decoded(row, None)


def _decoded_window(row: dict[str, Any]) -> dict[str, Any]:
    return _decoded(row, WINDOW)


def _decoded(row: dict[str, Any], window: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for role in ("initiator", "responder"):
        video, audio = row[f"{role}_video"], row[f"{role}_audio"]
        count = len(video)
        first = 0 if window is None else int(np.random.randint(count - window + 1))
        stop = count if window is None else first + window
        found[f"{role}_video"] = video.get_frames_in_range(first, stop).data
        sound = audio.get_samples_played_in_range(first / data.FPS, stop / data.FPS)
        found[f"{role}_audio"] = sound.data[0]
    return found


def _padded(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {
        name: torch.nn.utils.rnn.pad_sequence([row[name] for row in batch], batch_first=True)
        for name in batch[0]
    }


def _hf(root: Path, names: list[str] | None = None) -> Any:
    import datasets

    # A fixed sleep of 5 s at the end of every iteration, which is no work.
    datasets.config.SLEEP_TIME_ON_THREADS_SHUTDOWN = 0
    return datasets.load_dataset(
        "parquet",
        data_files=f"{root}/data/dialogue/sft/*.parquet",
        split="train",
        streaming=True,
        columns=names or list(COLUMNS),
    )


def _video(*, decode: bool) -> Any:
    import datasets

    return datasets.Video(decode=decode)


def _as_list(batch: list[Any]) -> list[Any]:
    return batch


def _sizes(loader: Any) -> Iterator[int]:
    for batch in loader:
        yield sum(len(sample[name]) for sample in batch for name in COLUMNS)
