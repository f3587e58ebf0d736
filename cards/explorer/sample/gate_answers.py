"""Why a clip is in its tier: clip and gates in, an answer for each gate and a sentence out."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ....records import Clip
from ....release import Answer, Gate, ReleaseFacts, gate_from

_WORDS: Mapping[Answer, str] = {
    "pass": "passes",
    "fail": "fails",
    "unknown": "not measured",
    "not_applicable": "does not apply",
}
_COUNTED: Mapping[Answer, str] = {
    "pass": "agree",
    "fail": "disagree",
    "unknown": "not measured",
    "not_applicable": "not applicable",
}


def gates_of(facts: ReleaseFacts) -> tuple[Gate, ...]:
    """The gates of a release, with its own thresholds."""
    return tuple(gate_from(values) for values in facts.gates)


def answers_of(clip: Clip, gates: tuple[Gate, ...]) -> list[dict[str, Any]]:
    """One entry for each gate: score, threshold, answer."""
    return [
        {
            "name": gate.name,
            "stage": gate.stage,
            "field": gate.field,
            "score": getattr(clip, gate.field),
            "comparison": gate.comparison,
            "threshold": gate.threshold,
            "answer": gate.answer(clip),
            "words": _WORDS[gate.answer(clip)],
            "source": gate.source,
        }
        for gate in gates
    ]


def reason_of(clip: Clip, gates: tuple[Gate, ...]) -> str:
    """Why the clip is in its tier, in a sentence or two."""
    tier = "SFT" if clip.tier == "sft" else "pretrain"
    if not gates:
        return f"The manifest lists no gates; the clip is in {tier}."
    counts = Counter(gate.answer(clip) for gate in gates)
    if clip.origin == "official":
        answers = [
            f"{counts[answer]} {words}" for answer, words in _COUNTED.items() if counts[answer]
        ]
        return (
            f"The authors' list puts this clip in {tier}. Gates are only counted and decide "
            f"nothing: {', '.join(answers)}."
        )
    failed = [gate.name for gate in gates if gate.answer(clip) in ("fail", "unknown")]
    if clip.tier == "sft":
        return f"In SFT because all {counts['pass']} gates that apply pass."
    base = f"In pretrain: it passes the base gates, but not {', '.join(failed)}."
    return base if failed else "In pretrain, although every gate that applies passes."
