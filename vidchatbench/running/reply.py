"""What a model may give back: a mapping or an object of these names, or several of them, in parts.

    frames        (T, H, W, 3) uint8, RGB
    fps           25, or another whole number up to 60
    audio         (S,) float32, -1 to 1; may be left out
    sample_rate   Hz of the audio
    text          the words that are spoken; may be left out

anything --checked--> Reply, or a ReplyError that says what is wrong
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..errors import ReplyError, ReplyReason
from ..footage import SPARE_SECONDS
from ..submission.verify import MIN_SIDE

MAX_FPS = 60
"""Frames a second (ours: more are no video of a person)."""
MAX_SIDE = 4096
"""Pixels (ours: 4K)."""
SAMPLE_RATES = (8_000, 48_000)
"""Least and greatest Hz of audio (ours: telephone, studio)."""
MAX_TEXT = 20_000
"""Characters of a declared text (ours: fourteen seconds have 300)."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply, as checked."""

    frames: NDArray[np.uint8]
    """(T, H, W, 3) RGB; H and W even, 32 or more."""
    fps: int
    """Frames a second."""
    audio: NDArray[np.float32] | None
    """(S,) -1 to 1, at most one frame longer than the frames."""
    sample_rate: int
    """Hz."""
    text: str | None
    """The declared words."""


def joined_reply(parts: Iterable[Any], max_seconds: float) -> Reply:
    """One reply of all parts.

    Args:
        parts: each a mapping or an object.
        max_seconds: of the reply.

    Raises:
        ReplyError: says what is wrong, and what is allowed.
    """
    frames, audio, texts = list[NDArray[np.uint8]](), list[NDArray[np.float32]](), list[str]()
    rates = set[tuple[int, int]]()
    seconds = 0.0
    for part in parts:
        fps = _whole(_field(part, "fps"), "fps", 1, MAX_FPS)
        some = _frames(_field(part, "frames"))
        waveform = _field(part, "audio")
        rate = 0
        if waveform is not None:
            rate = _whole(_field(part, "sample_rate"), "sample_rate", *SAMPLE_RATES)
            audio.append(_audio(waveform))
        if some is not None:
            frames.append(some)
            seconds += len(some) / fps
        if seconds > max_seconds + SPARE_SECONDS:
            _refuse("too_long", f"{seconds:.1f} s; {max_seconds:g} s were asked for")
        rates.add((fps, rate))
        text = _field(part, "text")
        if text is not None:
            texts.append(_text(text))
    if not frames:
        _refuse("no_frames", "not one frame; a reply has frames (T, H, W, 3)")
    if len({some.shape[1:] for some in frames}) > 1:
        _refuse("bad_size", "frames of several sizes; a reply has one")
    fps_values, sample_rates = {fps for fps, _ in rates}, {rate for _, rate in rates if rate}
    if len(fps_values) > 1 or len(sample_rates) > 1:
        _refuse("bad_rate", "parts of several rates; a reply has one fps and one sample_rate")
    fps, rate = fps_values.pop(), sample_rates.pop() if sample_rates else 0
    whole = np.concatenate(audio) if audio else None
    if whole is not None:
        longer = len(whole) / rate - sum(map(len, frames)) / fps
        if longer > 1 / fps:
            _refuse(
                "bad_audio", f"audio is {longer:.2f} s longer than the frames; 1 frame is least"
            )
    return Reply(
        frames=np.concatenate(frames),
        fps=fps,
        audio=whole,
        sample_rate=rate,
        text="".join(texts) if texts else None,
    )


def _field(part: Any, name: str) -> Any:
    if isinstance(part, Mapping):
        return part.get(name)
    return getattr(part, name, None)


def _frames(value: Any) -> NDArray[np.uint8] | None:
    if value is None:
        return None
    frames = np.asarray(value)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
        _refuse(
            "bad_reply",
            f"frames of shape {frames.shape} and type {frames.dtype}; (T, H, W, 3) uint8 are "
            "allowed",
        )
    high, wide = frames.shape[1:3]
    if min(high, wide) < MIN_SIDE or max(high, wide) > MAX_SIDE or high % 2 or wide % 2:
        _refuse(
            "bad_size",
            f"frames of {wide}x{high}; even sizes from {MIN_SIDE} to {MAX_SIDE} are allowed",
        )
    return frames if len(frames) else None


def _audio(value: Any) -> NDArray[np.float32]:
    audio = np.asarray(value)
    if audio.ndim != 1 or audio.dtype.kind != "f":
        _refuse(
            "bad_audio",
            f"audio of shape {audio.shape} and type {audio.dtype}; (S,) float32 in -1 to 1",
        )
    if not np.isfinite(audio).all() or np.abs(audio).max(initial=0) > 1 + 1e-3:
        _refuse("bad_audio", "audio with NaN, infinity or values beyond -1 and 1")
    return np.asarray(np.clip(audio, -1, 1), np.float32)


def _whole(value: Any, name: str, least: int, most: int) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not (number.is_integer() and least <= number <= most):
        _refuse("bad_rate", f"{name} {value!r:.40}; a whole number from {least} to {most}")
    return int(number)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        _refuse("bad_text", f"text {value!r:.40}; words of at most {MAX_TEXT} characters")
    return str(value)


def _refuse(reason: ReplyReason, detail: str) -> NoReturn:
    raise ReplyError(reason, detail)
