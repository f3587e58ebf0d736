"""Tiers of a table of scores: what the answers for its clips say, one after the other."""

import dataclasses
import random
from typing import Any

import pyarrow as pa

from speakervid5m.records import Clip
from speakervid5m.release import GATES, failing, tiers_of
from tests.release.test_gates import clip as a_clip

_NAMES = ("clip_id", "source_id", "role", "human_body", "start_seconds", "end_seconds")


def table_of(clips: list[Clip]) -> pa.Table:
    names = dict.fromkeys([*_NAMES, *(gate.field for gate in GATES)])
    names.pop("duration_seconds")
    return pa.table({name: [getattr(clip, name) for clip in clips] for name in names})


def random_clip(rng: random.Random, number: int) -> Clip:
    def near(threshold: float) -> float | None:
        return rng.choice([None, threshold, threshold - 0.01, threshold + 0.01, float("nan")])

    scores: dict[str, Any] = {
        gate.field: near(gate.threshold) for gate in GATES if gate.field != "duration_seconds"
    }
    start = rng.choice([0.0, 14.1, 1.4])
    return dataclasses.replace(
        a_clip(),
        **scores,
        clip_id=f"clip {number}",
        role=rng.choice(["speaking", "listening", "unbound"]),
        human_body=rng.choice([None, "head", "full"]),
        start_seconds=start,
        end_seconds=start + rng.choice([2.99, 3.0, 5.0, 14.0, 14.04]),
    )


def test_a_table_answers_as_its_clips_do() -> None:
    rng = random.Random(7)
    clips = [random_clip(rng, number) for number in range(3000)]
    # Most clips fail something; a few gates at a time leave all three tiers.
    for _ in range(20):
        gates = rng.sample(GATES, 3)
        for one, row in zip(clips, tiers_of(table_of(clips), gates).to_pylist(), strict=True):
            failed = [gate for gate in gates if gate.answer(one) in ("fail", "unknown")]
            base = [gate.name for gate in failed if gate.stage == "base"]
            tier = None if base else "pretrain" if failed else "sft"
            assert row["tier"] == tier
            assert row["reasons"] == (base or [gate.name for gate in failed])


def test_nothing_gives_nothing() -> None:
    assert tiers_of(table_of([]), GATES).num_rows == 0


def test_what_fails_is_named_by_row() -> None:
    gate = next(gate for gate in GATES if gate.name == "dover")
    clips = [dataclasses.replace(a_clip(), dover=value) for value in (0.2, 0.25, None)]
    assert failing(table_of(clips), gate).tolist() == [True, False, True]
