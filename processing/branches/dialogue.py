"""Dialogue: clips in, pairs out: somebody speaks, somebody else answers, and nobody is between.

Two neighbouring turns of different voices, with a short pause or overlap between them, are an
exchange. Speech that lies wholly within another's speech ("right", "I see") is a backchannel and no
turn. An exchange gives the ordered pair of their clips; for two clips only the earliest exchange
counts, so two people in one two-shot give one pair.
"""

from collections.abc import Sequence
from itertools import pairwise

from ...records import Clip, DialogueSample
from ..assumptions import Assumptions
from .report import BranchReport, DropReason
from .turns import Spoken, is_backchannel, other_voice_speaks, spoken


def dialogue_samples(
    clips: Sequence[Clip], assumptions: Assumptions, report: BranchReport
) -> list[DialogueSample]:
    """The dialogue pairs of one source, in time order."""
    samples: list[DialogueSample] = []
    taken: set[frozenset[str]] = set()
    turns = [turn for turn in spoken(clips) if not is_backchannel(turn)]
    for turn, answer in pairwise(turns):
        if turn.clip.voice == answer.clip.voice:
            continue
        reason = _refusal(turn, answer, assumptions)
        pair = frozenset((turn.clip.clip_id, answer.clip.clip_id))
        if reason is None and pair in taken:
            reason = "pair_taken_already"
        if reason is not None:
            report.dropped[reason] += 1
            continue
        taken.add(pair)
        samples.append(
            DialogueSample(
                initiator=turn.clip, responder=answer.clip, gap_seconds=_gap(turn, answer)
            )
        )
    return samples


def _gap(turn: Spoken, answer: Spoken) -> float:
    # Microseconds: differences of decimal times print as what they are.
    return round(answer.interval.start_seconds - turn.interval.stop_seconds, 6)


def _refusal(turn: Spoken, answer: Spoken, assumptions: Assumptions) -> DropReason | None:
    gap = _gap(turn, answer)
    if gap > assumptions.max_pause_seconds:
        return "pause_too_long"
    if gap < -assumptions.max_overlap_seconds:
        return "overlap_too_long"
    between = (turn.interval.stop_seconds, answer.interval.start_seconds)
    if other_voice_speaks([turn.clip, answer.clip], *between):
        return "third_voice_between"
    return None
