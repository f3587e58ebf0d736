import dataclasses
from collections.abc import Sequence

import pyarrow as pa
import pytest

from speakervid5m.records import CLIP_SCHEMA, Clip, Tier, encode
from speakervid5m.release import GATES, Gate, count_answers, describe_gates, tiers_of

BY_NAME = {gate.name: gate for gate in GATES}

GOOD = Clip(
    clip_id="BK6_XIz6-ZE_1920x1080_full_video_007_A_01",
    source_id="BK6_XIz6-ZE",
    scene=7,
    voice="A",
    box_index=1,
    role="speaking",
    start_seconds=10.0,
    end_seconds=15.0,
    bbox=(0.0, 0.0, 0.5, 1.0),
    source_width=1920,
    source_height=1080,
    sync_confidence=5.0,
    dover=0.8,
    face_blur=0.8,
    hand_blur=0.8,
    luminance_abnormal_run=0,
    motion_degree=3.0,
    asr_avg_logprob=-0.5,
    asr_no_speech_prob=0.1,
    asr_compression_ratio=1.5,
    human_body="portrait",
    origin="curated",
)


def clip(**values: object) -> Clip:
    return dataclasses.replace(GOOD, **values)  # type: ignore[arg-type]


def table_of(clips: Sequence[Clip]) -> pa.Table:
    return pa.Table.from_pylist([encode(one) for one in clips], schema=CLIP_SCHEMA)


def tier_of(one: Clip, gates: Sequence[Gate] = GATES) -> tuple[Tier | None, list[str]]:
    (row,) = tiers_of(table_of([one]), gates).to_pylist()
    return row["tier"], row["reasons"]


def without(*names: str) -> list[Gate]:
    return [gate for gate in GATES if gate.name not in names]


BOUNDARIES = [
    ("duration_min", 3.0, 2.999),
    ("duration_max", 14.0, 14.001),
    ("sync", 3.0, 2.999),
    ("luminance", 15, 16),
    ("dover", 0.25, 0.2499),
    ("face_blur", 0.1, 0.0999),
    ("hand_blur", 0.1, 0.0999),
    ("asr_logprob", -1.5, -1.5001),
    ("asr_no_speech", 0.8, 0.8001),
    ("asr_compression", 2.5, 2.5001),
    ("sft_hand_blur", 0.5001, 0.5),
    ("sft_face_blur", 0.7001, 0.7),
    ("sft_dover", 0.6001, 0.6),
    ("sft_motion", 2.0001, 2.0),
    ("sft_asr_logprob", -0.9999, -1.0),
]


def with_score(gate: Gate, score: float | None) -> Clip:
    if gate.field == "duration_seconds":
        assert score is not None
        return clip(end_seconds=GOOD.start_seconds + score)
    return clip(**{gate.field: score})


def test_every_gate_has_its_boundary_here() -> None:
    assert [name for name, _, _ in BOUNDARIES] == list(BY_NAME)


@pytest.mark.parametrize(("name", "passes", "fails"), BOUNDARIES)
def test_at_the_boundary(name: str, passes: float, fails: float) -> None:
    gate = BY_NAME[name]
    assert gate.answer(with_score(gate, passes)) == "pass"
    assert gate.answer(with_score(gate, fails)) == "fail"
    if gate.field != "duration_seconds":
        assert gate.answer(with_score(gate, None)) == "unknown"


@pytest.mark.parametrize(("name", "passes", "fails"), BOUNDARIES)
def test_the_tier_follows(name: str, passes: float, fails: float) -> None:
    gate = BY_NAME[name]
    assert name not in tier_of(with_score(gate, passes))[1]
    tier, reasons = tier_of(with_score(gate, fails))
    assert tier == ("pretrain" if gate.stage == "sft" else None) and name in reasons
    assert tier_of(with_score(gate, fails), []) == ("sft", [])


def test_durations_are_compared_to_the_microsecond() -> None:
    short = clip(start_seconds=1.1, end_seconds=4.1)
    assert short.duration_seconds < 3
    assert BY_NAME["duration_min"].answer(short) == "pass"


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_who_a_gate_does_not_apply_to(gate: Gate) -> None:
    for role in ("listening", "unbound"):
        answer = gate.answer(clip(role=role))
        assert (answer == "not_applicable") == (gate.applies_to == "speaking")
    head = gate.answer(clip(human_body="head", hand_blur=None))
    assert (head == "not_applicable") == (gate.applies_to == "hands_in_view")


def test_a_good_clip_is_sft_and_a_listener_needs_no_transcript() -> None:
    assert tier_of(GOOD) == ("sft", [])
    silent = dict.fromkeys(
        ("sync_confidence", "asr_avg_logprob", "asr_no_speech_prob", "asr_compression_ratio")
    )
    assert tier_of(clip(role="listening", **silent)) == ("sft", [])
    assert tier_of(clip(**silent))[0] is None


def test_what_is_not_measured_fails_unless_left_out_by_name() -> None:
    unmeasured = clip(dover=None)
    assert tier_of(unmeasured) == (None, ["dover"])
    assert tier_of(unmeasured, without("dover")) == ("pretrain", ["sft_dover"])
    assert tier_of(unmeasured, without("dover", "sft_dover")) == ("sft", [])


def test_answers_are_counted_and_sft_gates_asked_of_sft_alone() -> None:
    clips = [clip(tier="sft"), clip(dover=None), clip(dover=0.1, tier="sft"), clip(role="unbound")]
    counts = count_answers(clips)
    assert counts["dover"] == {"fail": 1, "pass": 2, "unknown": 1}
    assert counts["sft_dover"] == {"fail": 1, "pass": 1}
    assert counts["sync"] == {"not_applicable": 1, "pass": 3}
    assert list(counts) == list(BY_NAME)


def test_gates_are_described_for_the_manifest() -> None:
    described = {one["name"]: one for one in describe_gates()}
    assert described["sft_dover"]["expression"] == "dover > 0.6"
    assert described["sync"]["threshold"] == 3 and "ours" in described["sync"]["source"]
