"""Intervals on a source's own timeline: who speaks when, and what is said.

Diarization and recognition write them, clips and samples hold them. Every interval is half-open,
`[start_seconds, stop_seconds)`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open interval of time.

    >>> Interval(1.0, 3.0) & Interval(2.0, 5.0)
    Interval(start_seconds=2.0, stop_seconds=3.0)
    >>> Interval(1.0, 2.0) & Interval(2.0, 3.0) is None
    True
    """

    start_seconds: float
    """Seconds from the beginning of the source."""
    stop_seconds: float
    """Seconds from the beginning of the source, exclusive; at least `start_seconds`."""

    def __post_init__(self) -> None:
        if not self.start_seconds <= self.stop_seconds:
            raise ValueError(
                f"an interval must not end before it starts: got [{self.start_seconds}, "
                f"{self.stop_seconds}); NaN is not a time"
            )

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.stop_seconds - self.start_seconds

    def __and__(self, other: "Interval") -> "Interval | None":
        """The common part, or None where there is none."""
        start = max(self.start_seconds, other.start_seconds)
        stop = min(self.stop_seconds, other.stop_seconds)
        return Interval(start, stop) if start < stop else None


@dataclass(frozen=True, slots=True, order=True)
class VoiceInterval:
    """One diarized interval: this voice speaks from start to stop."""

    start_seconds: float
    """Seconds from the beginning of the source."""
    stop_seconds: float
    """Seconds from the beginning of the source, exclusive."""
    voice: str
    """`A` or `B`, the two main speakers of the source, or another letter."""

    @property
    def interval(self) -> Interval:
        """The interval without the voice."""
        return Interval(self.start_seconds, self.stop_seconds)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a speech recogniser's transcript (Whisper's, in the official dump)."""

    start_seconds: float
    """Seconds from the beginning of the recognised audio (the scene's clean speech)."""
    stop_seconds: float
    """Seconds from the beginning of the recognised audio, exclusive."""
    text: str
    """The words."""
    avg_logprob: float | None = None
    """Mean log probability of the tokens, at most 0."""
    no_speech_prob: float | None = None
    """Probability that nobody speaks, 0 to 1."""
    compression_ratio: float | None = None
    """Length of the text over its zlib-compressed length; high when it repeats itself."""


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Returns the union as disjoint intervals in time order; touching ones become one.

    >>> merge([Interval(2.0, 3.0), Interval(0.0, 1.0), Interval(1.0, 1.5)])
    (Interval(start_seconds=0.0, stop_seconds=1.5), Interval(start_seconds=2.0, stop_seconds=3.0))
    """
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start_seconds <= merged[-1].stop_seconds:
            last = merged[-1]
            merged[-1] = Interval(last.start_seconds, max(last.stop_seconds, interval.stop_seconds))
        elif interval.duration_seconds > 0:
            merged.append(interval)
    return tuple(merged)
