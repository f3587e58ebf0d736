"""Turns and sentences in; an audio track, and how far each mouth is open in each frame, out."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...media import resample
from .plan.truth import FPS, Turn
from .speech_synthesis import SAMPLE_RATE, Sentence

TRACK_RATE = 48_000
"""Hz of the show's audio."""
_LOUDNESS = 0.09
_ROOM_NOISE = 0.0015
_LOUD_NOISE = 0.012
_MOUTH_RATE = 100


def mix(
    turns: Sequence[Turn],
    sentences: Mapping[tuple[str, str], Sentence],
    *,
    num_frames: int,
    seed: int,
    late_frames: int,
    noisy: bool = False,
) -> NDArray[np.float32]:
    """The show's mono track over a little room noise.

    Args:
        turns: what is said when.
        sentences: by (voice letter, text).
        num_frames: length of the show.
        seed: of the noise.
        late_frames: by how many frames the audio is late.
        noisy: whether the room is loud: noise 17 dB under the voices, and a hum.
    """
    length = num_frames * TRACK_RATE // FPS
    track = np.zeros(length, np.float32)
    for turn in turns:
        wave = resample(sentences[turn.voice, turn.text].samples, SAMPLE_RATE, TRACK_RATE)
        wave = wave * np.float32(_LOUDNESS / np.sqrt(np.mean(wave**2)))
        first = round(turn.start_seconds * TRACK_RATE)
        wave = wave[: length - first]
        track[first : first + len(wave)] += wave
    level = _LOUD_NOISE if noisy else _ROOM_NOISE
    track += np.random.default_rng(seed).normal(0, level, length).astype(np.float32)
    if noisy:
        hum = np.sin(2 * np.pi * 100 * np.arange(length) / TRACK_RATE)
        track += (_LOUD_NOISE * hum).astype(np.float32)
    return np.roll(track, late_frames * TRACK_RATE // FPS)


def mouth_openings(
    turns: Sequence[Turn],
    sentences: Mapping[tuple[str, str], Sentence],
    voice: str,
    num_frames: int,
) -> NDArray[np.float64]:
    """How far one person's mouth is open in each frame, 0 to 1.

    Vowels open it and loudness opens it further, smoothed over 90 ms.
    """
    openings = np.zeros(num_frames)
    window = np.hanning(9) / np.hanning(9).sum()
    for turn in turns:
        if turn.voice != voice:
            continue
        sentence = sentences[voice, turn.text]
        times = np.arange(0, sentence.seconds, 1 / _MOUTH_RATE)
        shapes = np.zeros(len(times))
        for (begin, opening), (end, _) in zip(
            sentence.openings, [*sentence.openings[1:], (sentence.seconds, 0.0)], strict=True
        ):
            shapes[int(begin * _MOUTH_RATE) : int(end * _MOUTH_RATE)] = opening
        loud = _loudness(sentence, times)
        wide = 0.55 * shapes * np.clip(loud * 1.6, 0, 1)
        wide += 0.45 * np.clip(loud, 0, 1) * (shapes > 0.01)
        smooth = np.convolve(wide, window, "same")
        middles = (np.arange(num_frames) + 0.5) / FPS - turn.start_seconds
        inside = (middles >= 0) & (middles < times[-1])
        openings[inside] = np.maximum(openings[inside], np.interp(middles[inside], times, smooth))
    return openings


def _loudness(sentence: Sentence, times: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.convolve(sentence.samples**2, np.full(660, 1 / 660), "same")
    level = np.sqrt(power)[(times * SAMPLE_RATE).astype(int).clip(0, len(power) - 1)]
    return np.asarray(level / max(float(np.percentile(level, 95)), 1e-6), np.float64)
