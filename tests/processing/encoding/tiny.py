"""An encoder of our own that is small and exact: what it gives can be computed by a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speakervid5m.processing.encoding import ClipMedia, EncodingError
from speakervid5m.release.features import FeatureForm

SOUND = FeatureForm(name="loudness", media=("audio",), dtype="int16", shape=(2,), steps_per_unit=2)
PICTURES = FeatureForm(
    name="means", media=("video",), dtype="float16", shape=(3, None), steps_per_unit=1, lead_steps=1
)


@dataclass
class Loudness:
    """Peak and zero crossings of every 80 ms."""

    form: FeatureForm = SOUND
    source: str = "tests"
    licence: str = "Apache-2.0"
    version: int = 1
    seen: list[str] = field(default_factory=list)
    fails: frozenset[str] = frozenset()
    dies_after: int | None = None

    @property
    def build(self) -> Mapping[str, Any]:
        return {"version": self.version}

    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        if self.dies_after is not None and len(self.seen) >= self.dies_after:
            raise KeyboardInterrupt
        if clip.clip_id in self.fails:
            raise EncodingError(f"{clip.clip_id}: no")
        self.seen.append(clip.clip_id)
        return loudness(clip.waveform(8000))


def loudness(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    steps = -(-len(sound) // 640)
    padded = np.pad(sound, (0, steps * 640 - len(sound))).reshape(steps, 640)
    crossings = (np.diff(np.signbit(padded), axis=1)).sum(1)
    peaks = np.abs(padded).max(1) * 1000
    return np.stack([peaks, crossings], 1).astype(np.int16)


@dataclass
class Means:
    """The mean colour of columns of 8 pixels, of the first picture and of every 4."""

    form: FeatureForm = PICTURES
    source: str = "tests"
    licence: str = "Apache-2.0"
    seen: list[str] = field(default_factory=list)

    @property
    def build(self) -> Mapping[str, Any]:
        return {}

    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        self.seen.append(clip.clip_id)
        frames = clip.frames().astype(np.float32)
        means = frames.reshape(*frames.shape[:2], -1, 8, 3).mean((1, 3)).transpose(0, 2, 1)
        kept = 1 + (len(frames) - 1) // 4 * 4
        rest = means[1:kept].reshape(-1, 4, *means.shape[1:]).mean(1)
        return np.concatenate([means[:1], rest]).astype(np.float16)
