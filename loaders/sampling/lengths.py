"""How long the windows of all samples are, and what shape their frames have, from the index.

    columns of the index --> Lengths: frames, seconds, clips and aspect of each sample

Windows are chosen by `windows.choose_window`, as for the requests of samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...records import MEDIA_ROLES
from ...release import Samples
from ..specs.clip_specs import MAX_FPS, AudioSpec, VideoSpec
from ..specs.windows import choose_window, frames_between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MAX_FRAMES = 1 << 40
"""Of a clip, so that a damaged record still counts as a number (ours)."""
_PLACE = ("num_frames", "fps", "width", "height", "start_seconds")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lengths:
    """Lengths of the windows of samples, by row number; sums over the clips of a sample."""

    longest: Ints
    """Frames of the longest window."""
    frames: Ints
    """Frames of all windows with video; without media, of all windows."""
    seconds: Floats
    """Seconds of all windows with audio; without media, of all clips that have audio."""
    clips: Ints
    """Number of windows."""
    aspect: Floats
    """Width by height of the frames: of the last role of a branch, of the first turn of a run."""


def lengths_of(samples: Samples, video: VideoSpec | None, audio: AudioSpec | None) -> Lengths:
    """The lengths of all samples; a record with impossible values counts as one frame.

    Only the requested medium is counted; where neither is requested, both are.
    """
    lengths = _of_both(samples, video or audio or VideoSpec())
    return replace(
        lengths,
        frames=lengths.frames if video or not audio else np.zeros_like(lengths.frames),
        seconds=lengths.seconds if audio or not video else np.zeros_like(lengths.seconds),
    )


def _of_both(samples: Samples, clock: VideoSpec | AudioSpec) -> Lengths:
    if samples.config.branch == "multi_turn":
        return _of_runs(samples, clock)
    roles = [prefix for prefix, _ in MEDIA_ROLES[samples.config.branch]]
    known = {role: _columns(samples, role) for role in roles}
    available = {role: _whole(columns["num_frames"]) for role, columns in known.items()}
    if samples.config.branch == "listening":
        available["listener_"] = _overlap(known["speaker_"], known["listener_"])
        # The speaker's window is the listener's, on another clock.
        known["speaker_"]["fps"] = known["listener_"]["fps"]
        available["speaker_"] = available["listener_"]
    windows = [_windows(clock, available[role], known[role]["fps"]) for role in roles]
    on_screen = [~np.isnan(known[role]["num_frames"]) for role in roles]
    frames = [
        np.where(there, num_frames, 0)
        for (num_frames, _), there in zip(windows, on_screen, strict=True)
    ]
    target = known[roles[-1]]
    durations = [
        np.where(_has_audio(samples, role), windows[roles.index(role)][1], 0.0)
        for role, media in MEDIA_ROLES[samples.config.branch]
        if "audio" in media
    ]
    return Lengths(
        longest=np.maximum.reduce([np.maximum(frame, 1) for frame in frames]),
        frames=np.sum(frames, 0),
        seconds=np.sum(durations, 0),
        clips=np.sum(on_screen, 0),
        aspect=_aspect(target["width"], target["height"]),
    )


def _of_runs(samples: Samples, clock: VideoSpec | AudioSpec) -> Lengths:
    turns = samples.table(["turns"])["turns"].combine_chunks()
    if isinstance(turns, pa.ChunkedArray):
        turns = pa.concat_arrays(turns.chunks)
    counts = np.asarray(turns.value_lengths(), np.int64)
    flat = turns.flatten()
    values = {name: _floats(flat.field(name)) for name in _PLACE}
    frames, seconds = _windows(clock, _whole(values["num_frames"]), values["fps"])
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    aspect = _aspect(values["width"], values["height"])
    return Lengths(
        longest=np.maximum.reduceat(frames, begins),
        frames=np.add.reduceat(frames, begins),
        seconds=np.add.reduceat(np.where(flat.field("sample_rate").is_valid(), seconds, 0), begins),
        clips=counts,
        aspect=aspect[begins],
    )


def _windows(clock: VideoSpec | AudioSpec, available: Floats, fps: Floats) -> tuple[Ints, Floats]:
    """Frames and seconds of the windows of clips with these available frames."""
    fps = np.where((fps >= 1) & (fps <= MAX_FPS), fps, 1.0)
    # Clips have few lengths and rates: a window is chosen once for each pair of them.
    lengths, rates = (pa.array(values).dictionary_encode() for values in (available, fps))
    codes = lengths.indices.to_numpy().astype(np.int64) * len(rates.dictionary)
    pairs = pa.array(codes + rates.indices.to_numpy()).dictionary_encode()
    chosen = []
    for code in pairs.dictionary.to_pylist():
        length, rate = divmod(code, len(rates.dictionary))
        stop, clip_fps = int(lengths.dictionary[length].as_py()), rates.dictionary[rate].as_py()
        window = choose_window(clock, clip_fps=clip_fps, first=0, stop=stop, drawn=0)
        chosen.append((window.num_frames, window.duration_seconds))
    numbers = pairs.indices.to_numpy()
    return (
        np.array([frames for frames, _ in chosen], np.int64)[numbers],
        np.array([seconds for _, seconds in chosen], np.float64)[numbers],
    )


def _overlap(speaker: dict[str, Floats], listener: dict[str, Floats]) -> Floats:
    """Frames of the listener's clip in which the speaker is on screen too; all if off screen."""
    begin = speaker["start_seconds"] - listener["start_seconds"]
    with np.errstate(invalid="ignore", divide="ignore"):
        end = begin + speaker["num_frames"] / speaker["fps"]
    first, stop = frames_between(begin, end, listener["fps"])
    shared = np.minimum(listener["num_frames"], stop) - first
    return _whole(np.where(np.isnan(end), listener["num_frames"], shared))


def _has_audio(samples: Samples, role: str) -> NDArray[np.bool_]:
    column = f"{role}audio_num_bytes"
    return np.asarray(samples.table([column])[column].is_valid(), np.bool_)


def _columns(samples: Samples, role: str) -> dict[str, Floats]:
    table = samples.table([f"{role}{name}" for name in _PLACE])
    return {name: _floats(table[f"{role}{name}"]) for name in _PLACE}


def _floats(values: pa.Array | pa.ChunkedArray) -> Floats:
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _whole(num_frames: Floats) -> Floats:
    return np.clip(np.nan_to_num(num_frames, nan=1.0), 1, _MAX_FRAMES)


def _aspect(width: Floats, height: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        aspect: Floats = np.nan_to_num(width / height, nan=1.0, posinf=1.0)
    return np.maximum(aspect, 1e-3)


def nearest_size(aspect: Floats, sizes: Sequence[tuple[int, int]]) -> Ints:
    """Which (height, width) has the shape nearest to each aspect, by ratio."""
    shapes = np.log([width / height for height, width in sizes])
    nearest: Ints = np.abs(np.log(aspect)[:, None] - shapes[None]).argmin(1).astype(np.int64)
    return nearest
