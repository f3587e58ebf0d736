"""All clips of a source in; its samples, and the config of each, out."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from ...records import (
    Branch,
    Clip,
    Config,
    DialogueSample,
    Sample,
    SingleSample,
    Tier,
    config_of,
    sample_tier,
)
from ..assumptions import Assumptions
from .dialogue import dialogue_samples
from .listening import listening_samples
from .multi_turn import multi_turn_samples
from .report import BranchReport
from .turns import speech_start, speech_stop

TestPairIds = tuple[str, str]
"""Clip ids of an initiator and a responder of the benchmark."""


def build_samples(
    clips: Sequence[Clip], assumptions: Assumptions, report: BranchReport | None = None
) -> tuple[Sample, ...]:
    """Rebuilds the four branches from all clips of one source.

    A pure function: the order of the clips does not matter.

    Args:
        clips: every clip of one source.
        assumptions: unpublished constants.
        report: counts what was dropped, and why.
    """
    report = report if report is not None else BranchReport()
    ordered = sorted(clips, key=lambda clip: (clip.start_seconds, clip.clip_id))
    return (
        *(SingleSample(clip=clip) for clip in ordered if clip.role != "listening"),
        *dialogue_samples(ordered, assumptions, report),
        *listening_samples(ordered, assumptions, report),
        *multi_turn_samples(ordered, assumptions, report),
    )


def samples_by_config(
    clips: Sequence[Clip],
    assumptions: Assumptions,
    branches: Collection[Branch],
    tiers: Collection[Tier],
    test_pairs: Collection[TestPairIds] | Literal["all"] | None,
) -> list[tuple[str, Sample]]:
    """The samples of one source, and the config of each.

    Args:
        clips: every clip of the source.
        assumptions: unpublished constants.
        branches: the branches that are written.
        tiers: the tiers that are written; the benchmark has none.
        test_pairs: the benchmark's pairs of this source, or all of its dialogues; None if it is
            not in the benchmark.
    """
    samples = build_samples(clips, assumptions)
    if test_pairs == "all":
        test_pairs = [
            (sample.initiator.clip_id, sample.responder.clip_id)
            for sample in samples
            if isinstance(sample, DialogueSample)
        ]
    chosen = [
        sample for sample in samples if sample.branch in branches and sample_tier(sample) in tiers
    ]
    return list(_assign_configs(chosen, clips, test_pairs))


def why_left_out(
    config: Config, branches: Collection[Branch], tiers: Collection[Tier]
) -> str | None:
    """Why a config is not written on purpose; None if it is."""
    if config.branch not in branches:
        return "its branch was left out (--branches)"
    if config.tier is not None and config.tier not in tiers:
        return "its tier was left out (--tiers)"
    return None


def _assign_configs(
    samples: Iterable[Sample], clips: Sequence[Clip], test_pairs: Collection[TestPairIds] | None
) -> Iterator[tuple[str, Sample]]:
    """Names the config of every sample of one source.

    A source of the benchmark leaves training altogether: it gives only its test pairs, even if the
    rules would not have paired them.

    Args:
        samples: the source's samples.
        clips: the source's clips.
        test_pairs: the benchmark's pairs of this source; None if it is not in the benchmark.
    """
    known = {clip.clip_id: clip for clip in clips}
    for initiator_id, responder_id in dict.fromkeys(test_pairs or ()):
        if initiator_id not in known or responder_id not in known:
            continue
        initiator, responder = known[initiator_id], known[responder_id]
        yield (
            "vidchatbench",
            DialogueSample(
                initiator=initiator, responder=responder, gap_seconds=_gap(initiator, responder)
            ),
        )
    if test_pairs is None:
        for sample in samples:
            yield config_of(sample.branch, sample_tier(sample)).name, sample


def _gap(initiator: Clip, responder: Clip) -> float:
    """From the initiator's last word before the answer to the answer; by ranges if unknown."""
    if not initiator.speech or not responder.speech:
        return round(responder.start_seconds - initiator.end_seconds, 6)
    answer = speech_start(responder)
    stops = [
        interval.stop_seconds for interval in initiator.speech if interval.start_seconds < answer
    ]
    return round(answer - (max(stops) if stops else speech_stop(initiator)), 6)
