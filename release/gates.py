"""Gates: rules over scores, as data, with the paper's numbers.

    clip --> answer of every gate: pass, fail, unknown (not measured), not_applicable

Origin curated: gates decide, and what is not measured fails unless the profile leaves the gate
out by name. Origin official: the authors' lists decide; answers are counted, and never drop,
retier or fail anything.
"""

import operator
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Literal

from ..records import Clip

Answer = Literal["pass", "fail", "unknown", "not_applicable"]
Comparison = Literal[">", ">=", "<="]
AppliesTo = Literal["everybody", "speaking", "hands_in_view"]

COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<=": operator.le,
}
"""How a score compares with a threshold: numbers, or whole columns."""

_SCORES = {field.name for field in fields(Clip)} | {"duration_seconds"}
_DURATION = "round(end_seconds - start_seconds, 6)"
"""To the microsecond: 17.1 - 14.1 seconds are 3, not a little more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One rule."""

    name: str
    """Unique; a profile leaves out a gate by its name."""
    stage: Literal["base", "sft"]
    """`base` drops a clip, `sft` keeps it out of the SFT tier."""
    field: str
    """Field of `Clip`."""
    comparison: Comparison
    """How the score must compare with the threshold."""
    threshold: float
    """In the unit of the field."""
    applies_to: AppliesTo
    """A listener has no transcript, a head shot no hands."""
    source: str
    """Where the number is from."""

    @property
    def expression(self) -> str:
        """The rule as SQL over the columns of `single`."""
        score = _DURATION if self.field == "duration_seconds" else self.field
        return f"{score} {self.comparison} {self.threshold:g}"

    def answer(self, clip: Clip) -> Answer:
        """The gate's answer for a clip."""
        if not self.applies(partial(getattr, clip)):
            return "not_applicable"
        score = getattr(clip, self.field)
        if score is None:
            return "unknown"
        if self.field == "duration_seconds":
            score = round(score, 6)
        return "pass" if COMPARE[self.comparison](score, self.threshold) else "fail"

    def applies(self, value_of: Callable[[str], Any]) -> Any:
        """Whether it applies to a clip, or to each of many.

        Args:
            value_of: a field's name to its value, or to a column of values.
        """
        if self.applies_to == "speaking":
            return value_of("role") == "speaking"
        return self.applies_to != "hands_in_view" or value_of("human_body") != "head"


def _gate(
    name: str,
    field: str,
    comparison: Comparison,
    threshold: float,
    applies_to: AppliesTo,
    source: str,
) -> Gate:
    return Gate(
        name=name,
        stage="sft" if name.startswith("sft_") else "base",
        field=field,
        comparison=comparison,
        threshold=threshold,
        applies_to=applies_to,
        source=source,
    )


_PAPER = "paper, quality filter"
_SFT = "paper, SFT tier"

GATES: tuple[Gate, ...] = (
    _gate("duration_min", "duration_seconds", ">=", 3, "everybody", "paper, clips of 3 to 14 s"),
    _gate("duration_max", "duration_seconds", "<=", 14, "everybody", "paper, clips of 3 to 14 s"),
    _gate(
        "sync",
        "sync_confidence",
        ">=",
        3,
        "speaking",
        "ours: the released histogram begins at 3 and a comment in the official code suggests it",
    ),
    _gate(
        "luminance",
        "luminance_abnormal_run",
        "<=",
        15,
        "everybody",
        "official code: more than 15 frames in a row below 10 or above 210 are abnormal",
    ),
    _gate("dover", "dover", ">=", 0.25, "everybody", _PAPER),
    _gate("face_blur", "face_blur", ">=", 0.1, "everybody", _PAPER),
    _gate("hand_blur", "hand_blur", ">=", 0.1, "hands_in_view", _PAPER),
    _gate("asr_logprob", "asr_avg_logprob", ">=", -1.5, "speaking", _PAPER),
    _gate("asr_no_speech", "asr_no_speech_prob", "<=", 0.8, "speaking", _PAPER),
    _gate("asr_compression", "asr_compression_ratio", "<=", 2.5, "speaking", _PAPER),
    _gate("sft_hand_blur", "hand_blur", ">", 0.5, "hands_in_view", _SFT),
    _gate("sft_face_blur", "face_blur", ">", 0.7, "everybody", _SFT),
    _gate("sft_dover", "dover", ">", 0.6, "everybody", _SFT),
    _gate("sft_motion", "motion_degree", ">", 2, "everybody", _SFT),
    _gate("sft_asr_logprob", "asr_avg_logprob", ">", -1, "speaking", _SFT),
)
"""All gates with a fixed threshold. The paper also drops the lowest 5 % by clarity: a percentile
over all finished sources, which exists for origin curated alone."""


def check_gate(values: Mapping[str, Any]) -> None:
    """Refuses a gate that no version of this software writes; later versions may add gates.

    Raises:
        ValueError: a field is missing or of another type.
    """
    words = ("name", "stage", "field", "comparison", "applies_to", "source", "expression")
    if wrong := [word for word in words if not isinstance(values.get(word), str)]:
        raise ValueError(f"a gate whose {wrong[0]} is {values.get(wrong[0])!r}, not text")
    if not isinstance(values.get("threshold"), int | float):
        raise ValueError(f"the gate {values['name']!r} has no number as its threshold")


def gate_from(values: Mapping[str, Any]) -> Gate:
    """The gate that a manifest describes: the inverse of `describe_gates`, for a single gate.

    Raises:
        ValueError: it is not a gate; says what is wrong.
    """
    known = {field.name for field in fields(Gate)}
    try:
        gate = Gate(**{name: value for name, value in values.items() if name in known})
    except TypeError as error:
        raise ValueError(f"not a gate: {dict(values)!r}: {error}") from error
    if gate.comparison not in COMPARE or gate.field not in _SCORES:
        raise ValueError(f"not a gate over the scores of a clip: {dict(values)!r}")
    return gate


def count_answers(
    clips: Iterable[Clip], gates: Collection[Gate] = GATES
) -> dict[str, dict[str, int]]:
    """How often each gate gave each answer; SFT gates count SFT clips only."""
    counts: dict[str, Counter[str]] = {gate.name: Counter() for gate in gates}
    for clip in clips:
        for gate in gates:
            if gate.stage == "base" or clip.tier == "sft":
                counts[gate.name][gate.answer(clip)] += 1
    return {name: dict(sorted(count.items())) for name, count in counts.items()}


def describe_gates(gates: Collection[Gate] = GATES) -> tuple[dict[str, Any], ...]:
    """The gates for the manifest: every field, and the expression."""
    return tuple(asdict(gate) | {"expression": gate.expression} for gate in gates)
