"""The two main voices of a source, by the paper's rule; letters for all voices.

turns of a diarizer --> checked --> letters --> two main voices, or why there are none
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ....records import Interval, VoiceInterval
from ...models.contract import turns_within
from ...models.speech.cepstral_voices import find_turns

Reason = Literal["no_speech", "one_voice", "main_voices_differ", "main_voices_below_share"]


REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why a source has no two main voices: nobody speaks; there is one voice only; the two with most
speech are not the two with most turns; their share of the speech is too small."""


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Names of voices: a clip's name has one capital letter (official code)."""


MIN_MAIN_SHARE = 0.8
"""Share of the speech that the two main voices exceed (paper)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diarization:
    """Who speaks when in a source."""

    intervals: tuple[VoiceInterval, ...]
    """Disjoint, by time. With two main voices, `A` is the one that speaks first, `B` the other, and
    others are `C`, `D`, … in order of their first turn; without, all are in that order. Of more
    than 26 voices the 25 with most speech have a letter each and the rest share `Z`, so that
    speech of others stays known (ours)."""
    main: tuple[str, str] | None
    """`("A", "B")`, or None: the paper drops such a source."""
    reason: Reason | None
    """Why there are no two main voices; None if there are."""


def diarize(samples: NDArray[np.float32], speech: Sequence[Interval]) -> Diarization:
    """Finds the voices of a source and when each speaks.

    Args:
        samples: (S,) mono at 16 kHz, the whole source: short parts hold too little of a voice.
        speech: intervals of speech, disjoint and by time.

    Raises:
        ImportError: scipy is not installed.
    """
    return name_voices(find_turns(samples, speech))


def name_voices(
    turns: Sequence[tuple[float, float, int]], seconds: float = math.inf
) -> Diarization:
    """Gives letters to voices by the paper's rule.

    Args:
        turns: start and stop in seconds and any number for the voice, disjoint and by time.
        seconds: length of the source's audio; a turn that ends a little later is cut off.

    Raises:
        WrongResult: the turns are invalid, or overlap.
    """
    return _named(turns_within(turns, seconds))


def _named(intervals: Sequence[tuple[float, float, int]]) -> Diarization:
    seconds: dict[int, float] = {}
    count: dict[int, int] = {}
    for start, stop, voice in intervals:
        seconds[voice] = seconds.get(voice, 0.0) + stop - start
        count[voice] = count.get(voice, 0) + 1
    order = list(seconds)
    # Of equals the first speaker wins, since sorting is stable.
    longest = sorted(order, key=lambda voice: -seconds[voice])[:2]
    reason: Reason | None = None
    if not order:
        reason = "no_speech"
    elif len(order) == 1:
        reason = "one_voice"
    elif not _most_often(longest, count):
        reason = "main_voices_differ"
    elif sum(seconds[voice] for voice in longest) <= MIN_MAIN_SHARE * sum(seconds.values()):
        reason = "main_voices_below_share"
    if reason is None:
        order.sort(key=lambda voice: voice not in longest)
    letters = dict(zip(_lettered(order, seconds), LETTERS, strict=False))
    return Diarization(
        intervals=tuple(
            VoiceInterval(start, stop, letters.get(v, LETTERS[-1])) for start, stop, v in intervals
        ),
        main=("A", "B") if reason is None else None,
        reason=reason,
    )


def _lettered(order: Sequence[int], seconds: Mapping[int, float]) -> list[int]:
    """The voices with a letter of their own, in order: all, or the 25 with most speech."""
    if len(order) <= len(LETTERS):
        return list(order)
    longest = sorted(order, key=lambda voice: -seconds[voice])[: len(LETTERS) - 1]
    return [voice for voice in order if voice in longest]


def _most_often(pair: Sequence[int], count: dict[int, int]) -> bool:
    """Whether no other voice has more turns than either of a pair."""
    others = [number for voice, number in count.items() if voice not in pair]
    return min(count[voice] for voice in pair) >= max(others, default=0)
