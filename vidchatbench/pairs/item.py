"""What a model is given of one pair: bytes and words, and no way to the answer.

BenchItem --> frames, waveforms, a reference frame, a voice prompt, or the words of the answer
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...media import open_video, read_audio
from ..footage import MAX_SECONDS

Protocol = Literal["dyadic", "conditioned"]
"""`dyadic`: the initiator is seen and heard; `conditioned`: the answer's words are told instead."""
Origin = Literal["initiator", "other_answer", "answer", "none"]
"""Where the reference frame or the voice prompt is from: a clip in which the same person begins; an
answer of the person to another question; the answer's own first frame; there is none."""


CHUNK_FRAMES = 4
"""Frames of a chunk: 160 ms (ours: the hop of streaming models is 80 to 200 ms)."""
_FPS, _CHUNK_SAMPLES = 25, 2_560


class Chunk(NamedTuple):
    """A piece of what the initiator says and does."""

    frames: NDArray[np.uint8]
    """(4, H, W, 3) RGB; the last may be shorter."""
    audio: NDArray[np.float32]
    """(2560,) at 16 kHz; the last may be shorter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchItem:
    """One question to a model."""

    sample_id: str
    """Digest that names the pair."""
    protocol: Protocol
    """What is given."""
    initiator_video: bytes | None
    """The initiator's mp4; None if conditioned."""
    initiator_flac: bytes | None
    """What the initiator says, clean, as FLAC; None if conditioned."""
    reference_frame: NDArray[np.uint8]
    """(H, W, 3) RGB of the person who answers."""
    reference_origin: Origin
    """Whose frame it is."""
    voice_flac: bytes | None
    """The voice of the person who answers, from another clip, as FLAC; None where no other clip of
    that person is a test clip: it is never cut from the answer."""
    voice_origin: Origin
    """Which clip it is from."""
    transcript: str | None = None
    """The words of the answer; conditioned alone."""
    description: str | None = None
    """How the answer looks, in words; conditioned alone."""
    max_seconds: float = MAX_SECONDS
    """The reply may be this long."""
    paced: bool = False
    """Whether `chunks` come in real time."""

    def chunks(self) -> Iterator[Chunk]:
        """The initiator in chunks of 160 ms: 4 frames, 2,560 samples; in real time if `paced`.

        Raises:
            ValueError: conditioned, so there is none.
        """
        frames, audio = self.initiator_frames(), self.initiator_audio()
        begin = time.monotonic()
        for number in range(-(-len(frames) // CHUNK_FRAMES)):
            due = begin + (number + 1) * CHUNK_FRAMES / _FPS
            if self.paced and due > time.monotonic():
                time.sleep(due - time.monotonic())
            yield Chunk(
                frames[number * CHUNK_FRAMES : (number + 1) * CHUNK_FRAMES],
                audio[number * _CHUNK_SAMPLES : (number + 1) * _CHUNK_SAMPLES],
            )

    def initiator_frames(self) -> NDArray[np.uint8]:
        """(T, H, W, 3) RGB, 25 frames a second.

        Raises:
            ValueError: conditioned, so there are none.
        """
        if self.initiator_video is None:
            raise ValueError(f"{self.sample_id} is conditioned: it has no initiator")
        with open_video(self.initiator_video, backend="pyav") as reader:
            return reader.frames(range(reader.num_frames))

    def initiator_audio(self, sample_rate: int = 16_000) -> NDArray[np.float32]:
        """(S,) mono, -1 to 1.

        Raises:
            ValueError: conditioned, so there is none.
        """
        if self.initiator_flac is None:
            raise ValueError(f"{self.sample_id} has no audio of an initiator")
        return read_audio(self.initiator_flac, sample_rate=sample_rate)

    def voice_prompt(self, sample_rate: int = 16_000) -> NDArray[np.float32] | None:
        """(S,) mono, -1 to 1; None where there is none."""
        if self.voice_flac is None:
            return None
        return read_audio(self.voice_flac, sample_rate=sample_rate)
