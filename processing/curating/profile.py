"""Profiles: which backends do the stages, and what they can and cannot measure.

A score that a profile cannot measure is None, and its gate is left out by name; another
measure of the same thing stands in a column and a gate of its own.
"""

from dataclasses import dataclass

from ...release import GATES, Gate
from ..engines import Stage
from ..stages import embedded_stages


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A choice of backends."""

    name: str
    """What is typed: `--profile embedded`."""
    what: str
    """One sentence."""
    stages: tuple[Stage, ...]
    """In the paper's order."""
    own_gates: tuple[Gate, ...]
    """Gates over this profile's own measures."""
    left_out: tuple[str, ...]
    """Gates of the paper that this profile cannot answer."""

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What decides: the paper's gates that can be answered, and the profile's own."""
        return (*(gate for gate in GATES if gate.name not in self.left_out), *self.own_gates)


_OURS = "ours, on rendered shows"

_EMBEDDED_GATES = (
    Gate(
        name="lips",
        stage="base",
        field="lip_confidence",
        comparison=">=",
        threshold=0.0,
        applies_to="speaking",
        source=f"{_OURS}: a bound voice has a confidence at all",
    ),
    Gate(
        name="face_sharpness",
        stage="base",
        field="face_sharpness",
        comparison=">=",
        threshold=0.1,
        applies_to="everybody",
        source=f"{_OURS}: the paper's 0.1 for face blur, on another scale",
    ),
    Gate(
        name="sft_face_sharpness",
        stage="sft",
        field="face_sharpness",
        comparison=">",
        threshold=0.7,
        applies_to="everybody",
        source=f"{_OURS}: the paper's 0.7 for face blur, on another scale",
    ),
)

PROFILES: dict[str, Profile] = {
    "embedded": Profile(
        name="embedded",
        what="nothing to download: detectors and signal measures inside well-kept libraries",
        stages=embedded_stages(),
        own_gates=_EMBEDDED_GATES,
        left_out=(
            "sync",
            "dover",
            "face_blur",
            "hand_blur",
            "asr_logprob",
            "asr_no_speech",
            "asr_compression",
            "sft_hand_blur",
            "sft_face_blur",
            "sft_dover",
            "sft_motion",
            "sft_asr_logprob",
        ),
    )
}
"""All profiles by name."""
