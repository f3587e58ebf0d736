"""Multi-turn: clips in, runs out: clips that follow one another closely form a run.

Runs are disjoint and keep the order of the source. One voice may have several turns in a row. The
transcripts shortly before a run are its history.
"""

from collections.abc import Iterator, Sequence

from ...records import Clip, MultiTurnSample, Utterance
from ..assumptions import Assumptions
from .report import BranchReport
from .turns import speaking_clips, speech_start, speech_stop


def multi_turn_samples(
    clips: Sequence[Clip], assumptions: Assumptions, report: BranchReport
) -> list[MultiTurnSample]:
    """The multi-turn runs of one source, in time order."""
    turns = speaking_clips(clips)
    samples: list[MultiTurnSample] = []
    for run in _runs(turns, assumptions):
        if len(run) < assumptions.min_turns:
            report.dropped["run_too_short"] += 1
        elif len({turn.voice for turn in run}) < 2:
            report.dropped["run_of_one_voice"] += 1
        else:
            history = _history(turns, speech_start(run[0]), assumptions.history_seconds)
            samples.append(MultiTurnSample(turns=tuple(run), history=history))
    return samples


def _runs(turns: Sequence[Clip], assumptions: Assumptions) -> Iterator[list[Clip]]:
    run: list[Clip] = []
    spoken_to, size = 0.0, 0
    for turn in turns:
        full = (
            len(run) == assumptions.max_turns
            or size + turn.nominal_bytes > assumptions.max_run_bytes
        )
        apart = bool(run) and speech_start(turn) - spoken_to >= assumptions.delta_t_seconds
        if run and (full or apart):
            yield run
            run, size = [], 0
        spoken_to = max(spoken_to, speech_stop(turn)) if run else speech_stop(turn)
        run.append(turn)
        size += turn.nominal_bytes
    if run:
        yield run


def _history(turns: Sequence[Clip], start: float, seconds: float) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(voice=turn.voice or "", start_seconds=speech_start(turn), text=turn.transcript)
        for turn in turns
        if start - seconds <= speech_start(turn) < start and turn.transcript
    )
