"""Gates over measures that are not the paper's: another model's score has a gate of its own."""

from ...release import Gate

_OURS = "ours, on rendered shows"

LIPS = Gate(
    name="lips",
    stage="base",
    field="lip_confidence",
    comparison=">=",
    threshold=0.0,
    applies_to="speaking",
    source=f"{_OURS}: a bound voice has a confidence at all",
)
FACE_SHARPNESS = Gate(
    name="face_sharpness",
    stage="base",
    field="face_sharpness",
    comparison=">=",
    threshold=0.1,
    applies_to="everybody",
    source=f"{_OURS}: the paper's 0.1 for face blur, on another scale",
)
SFT_FACE_SHARPNESS = Gate(
    name="sft_face_sharpness",
    stage="sft",
    field="face_sharpness",
    comparison=">",
    threshold=0.7,
    applies_to="everybody",
    source=f"{_OURS}: the paper's 0.7 for face blur, on another scale",
)
LANGUAGE = Gate(
    name="language",
    stage="base",
    field="language_share",
    comparison=">=",
    threshold=0.5,
    applies_to="speaking",
    source="the paper drops language mismatch and does not say how; ours: a language in which less "
    "than half of the source is heard was mistaken for another",
)
