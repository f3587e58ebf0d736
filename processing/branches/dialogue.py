"""Dialogue: somebody speaks, somebody else answers, and nobody comes between.

Neighbours in the source's speech, of different voices, a short pause or overlap apart, are an
exchange. What is said wholly within another's speech ("right", "I see") is a backchannel and no
turn. An exchange gives the ordered pair of their clips; of two clips only the earliest
exchange counts, so two people in one two-shot give one pair.
"""

from collections.abc import Sequence
from itertools import pairwise

from ...records import Clip, DialogueSample
from ..assumptions import Assumptions
from .report import BranchReport, DropReason
from .turns import Spoken, is_backchannel, other_voice_sounds, spoken


def dialogue_samples(
    clips: Sequence[Clip], assumptions: Assumptions, report: BranchReport
) -> list[DialogueSample]:
    """The dialogue pairs of one source, in time order."""
    samples: list[DialogueSample] = []
    taken: set[frozenset[str]] = set()
    turns = [one for one in spoken(clips) if not is_backchannel(one)]
    for before, after in pairwise(turns):
        if before.clip.voice == after.clip.voice:
            continue
        reason = _refusal(before, after, assumptions)
        pair = frozenset((before.clip.clip_id, after.clip.clip_id))
        if reason is None and pair in taken:
            reason = "pair_taken_already"
        if reason is not None:
            report.dropped[reason] += 1
            continue
        taken.add(pair)
        samples.append(
            DialogueSample(
                initiator=before.clip, responder=after.clip, gap_seconds=_gap(before, after)
            )
        )
    return samples


def _gap(before: Spoken, after: Spoken) -> float:
    # Microseconds: differences of decimal times print as what they are.
    return round(after.interval.start_seconds - before.interval.stop_seconds, 6)


def _refusal(before: Spoken, after: Spoken, assumptions: Assumptions) -> DropReason | None:
    gap = _gap(before, after)
    if gap > assumptions.max_pause_seconds:
        return "pause_too_long"
    if gap < -assumptions.max_overlap_seconds:
        return "overlap_too_long"
    between = (before.interval.stop_seconds, after.interval.start_seconds)
    if other_voice_sounds([before.clip, after.clip], *between):
        return "third_voice_between"
    return None
