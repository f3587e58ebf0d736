"""Decoded batches of dialogues: both roles' pictures and sound, by two workers, beside four peers.

HF streaming opens `Video` and `Audio` itself; the others get the stored bytes and decode with the
library named. Every contender pads its clips to one batch of four.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speakervid5m.loaders import AudioSpec, Loader, VideoSpec
from speakervid5m.release import open_release

from .data import COLUMNS, CONFIG, FPS, SAMPLE_RATE
from .peers import MapOfBytes, hf_stream, installed

WINDOW = 32
BATCH = 4
ALL = (*COLUMNS, "initiator_audio", "responder_audio")

Batches = Callable[[], Iterator[Any]]


def num_rows(batch: Any) -> int:
    """Dialogues of a batch, ours or a peer's."""
    return len(batch[ALL[0]]) if isinstance(batch, dict) else len(batch.sample_ids)


def decoded_epochs(root: Path, windows: bool) -> dict[str, Batches]:
    """By name, an epoch of decoded batches."""
    samples = open_release(str(root))[CONFIG]
    video = VideoSpec(num_frames=WINDOW, window="random") if windows else VideoSpec()
    ours = Loader(
        samples, batch_size=BATCH, video=video, audio=AudioSpec(), num_workers=2, prefetch=1
    )
    window = WINDOW if windows else None
    found: dict[str, Batches] = {
        "ours": lambda: iter(ours),
        "HF streaming with Video": _dataloader(hf_stream(root, ALL).map(_Opened(window))),
        "HF bytes and torchcodec": _dataloader(
            hf_stream(root, ALL).decode(False).map(_Bytes(window))
        ),
    }
    if installed("torchdata"):
        loaders: Any = importlib.import_module("torchdata.stateful_dataloader")
        found["torchdata and torchcodec"] = _dataloader(
            _Decoded(root, window), loaders.StatefulDataLoader, shuffle=True
        )
    if installed("spdl"):
        found["SPDL"] = lambda: _spdl(root, window)
    return found


def _dataloader(dataset: Any, loader: Any = torch.utils.data.DataLoader, **more: Any) -> Batches:
    made = loader(
        dataset,
        batch_size=BATCH,
        num_workers=2,
        collate_fn=padded,
        prefetch_factor=1,
        **more,
    )
    return lambda: iter(made)


def padded(batch: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Pads rows to one batch."""
    return {
        name: torch.nn.utils.rnn.pad_sequence([row[name] for row in batch], batch_first=True)
        for name in ALL
    }


class _Opened:
    """Rows whose media `datasets` opened."""

    def __init__(self, window: int | None) -> None:
        self._window = window

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for role in ("initiator", "responder"):
            video, audio = row[f"{role}_video"], row[f"{role}_audio"]
            first, stop = _place(len(video), self._window)
            found[f"{role}_video"] = video.get_frames_in_range(first, stop).data
            waveform = audio.get_samples_played_in_range(first / FPS, stop / FPS)
            found[f"{role}_audio"] = waveform.data[0]
        return found


class _Bytes:
    """Rows of stored bytes, to be opened by torchcodec, which then need not scan a short clip."""

    def __init__(self, window: int | None) -> None:
        self._window = window

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        decoders: Any = importlib.import_module("torchcodec.decoders")
        opened = {
            name: (
                decoders.VideoDecoder(_bytes(row[name]), seek_mode="approximate")
                if name.endswith("video")
                else decoders.AudioDecoder(_bytes(row[name]))
            )
            for name in ALL
        }
        return _Opened(self._window)(opened)


class _Decoded(torch.utils.data.Dataset[dict[str, Any]]):
    def __init__(self, root: Path, window: int | None) -> None:
        self._bytes, self._decode = MapOfBytes(root, ALL), _Bytes(window)

    def __len__(self) -> int:
        return len(self._bytes)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self._decode(dict(self._bytes[number]))


def _bytes(value: Any) -> bytes:
    found: bytes = value["bytes"] if isinstance(value, dict) else value
    return found


def _place(count: int, window: int | None) -> tuple[int, int]:
    first = 0 if window is None else int(np.random.randint(count - window + 1))
    return first, count if window is None else first + window


def _spdl(root: Path, window: int | None) -> Iterator[Any]:
    """Two threads of its pipeline, which decodes without the GIL."""
    pipelines: Any = importlib.import_module("spdl.pipeline")
    stored = MapOfBytes(root, ALL)
    counts = [
        [clip.num_frames or 0 for clip in sample.clips]
        for sample in open_release(str(root))[CONFIG]
    ]
    numbers = np.random.permutation(len(stored)).tolist()

    def decode(number: int) -> dict[str, Any]:
        row = stored[number]
        found: dict[str, Any] = {}
        for role, count in zip(("initiator", "responder"), counts[number], strict=True):
            first, stop = _place(count, window)
            found[f"{role}_video"] = torch.from_numpy(
                spdl_frames(row[f"{role}_video"], first, stop, count)
            ).permute(0, 3, 1, 2)
            found[f"{role}_audio"] = torch.from_numpy(
                _spdl_sound(row[f"{role}_audio"], first / FPS, stop / FPS)
            )
        return found

    pipeline = (
        pipelines.PipelineBuilder()
        .add_source(numbers)
        .pipe(decode, concurrency=2)
        .aggregate(BATCH)
        .pipe(padded)
        .add_sink(2)
        .build(num_threads=3)
    )
    with pipeline.auto_stop():
        yield from pipeline


def spdl_frames(data: bytes, first: int, stop: int, count: int) -> np.ndarray[Any, Any]:
    """(T, H, W, 3) RGB by SPDL; a window by its times, whole clips without."""
    io: Any = importlib.import_module("spdl.io")
    # Half a frame before: times of frames are rounded.
    span = None if (first, stop) == (0, count) else ((first - 0.5) / FPS, (stop - 0.5) / FPS)
    packets = io.demux_video(data, timestamp=span)
    frames = io.decode_packets(packets, filter_desc=io.get_filter_desc(packets, pix_fmt="rgb24"))
    found: np.ndarray[Any, Any] = io.to_numpy(io.convert_frames(frames))
    return found


def _spdl_sound(data: bytes, start: float, stop: float) -> np.ndarray[Any, Any]:
    io: Any = importlib.import_module("spdl.io")
    packets = io.demux_audio(data, timestamp=(start, stop))
    form = io.get_audio_filter_desc(
        timestamp=(start, stop), sample_rate=SAMPLE_RATE, num_channels=1, sample_fmt="flt"
    )
    waveform = io.to_numpy(io.convert_frames(io.decode_packets(packets, filter_desc=form)))
    found: np.ndarray[Any, Any] = waveform.reshape(-1)
    return found
