"""The truth of a rendered clip in, scores as the authors' models would give them out.

A dark or blurred scene scores low; every other score is in the range of the released histograms.
The clip's name is the random seed, so its scores are the same in every dump.
"""

import random
from dataclasses import dataclass

from ..plan.truth import ShowTruth, TrueClip


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The scores of one clip."""

    dover: float
    """0 to 1."""
    face_blur: float
    """Higher is sharper."""
    hand_blur: float
    """Higher is sharper."""
    motion_degree: float
    """1 to 5."""
    asr_avg_logprob: float
    """At most 0."""
    is_sft: bool
    """By the paper's SFT rule."""


def scores_of(truth: ShowTruth, clip: TrueClip) -> Scores:
    """Scores of one clip."""
    rng = random.Random(f"scores {clip.clip_id}")
    scene = next(scene for scene in truth.scenes if scene.index == clip.scene)
    faults = {effect.kind for effect in truth.effects if effect.interval & scene.interval}
    dover, face, hand = rng.uniform(0.62, 0.8), rng.uniform(0.75, 1.0), rng.uniform(0.55, 0.9)
    if "dark" in faults:
        dover -= 0.3
    if "blurred" in faults:
        dover, face, hand = dover - 0.2, face - 0.5, hand - 0.35
    motion = rng.choices([1.5, 2.4, 3.2, 4.1], [1, 6, 8, 3])[0]
    logprob = -rng.uniform(0.1, 0.6)
    return Scores(
        dover=round(dover, 6),
        face_blur=round(face, 6),
        hand_blur=round(hand, 6),
        motion_degree=motion,
        asr_avg_logprob=round(logprob, 6),
        is_sft=dover > 0.6 and face > 0.7 and hand > 0.5 and motion > 2 and logprob > -1,
    )
