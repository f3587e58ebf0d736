"""The paper's own statistics, constants for the card: printed beside ours, labelled as the paper's.

From arXiv 2507.09862, the project page and its figures. Shares are the printed ones, in percent.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperCount:
    """The size of a branch or a tier as published."""

    num_samples: int
    """Samples; rounded where the paper rounds."""
    hours: float
    """Hours of clips."""
    num_people: int | None = None
    """Identities; None where not published."""


BRANCHES: Mapping[str, PaperCount] = {
    "single": PaperCount(num_samples=5_218_000, hours=8_743, num_people=83_756),
    "dialogue": PaperCount(num_samples=770_000, hours=1_800, num_people=16_000),
}
"""By branch; listening and multi-turn are not published."""

TIERS: Mapping[str, PaperCount] = {
    "sft": PaperCount(num_samples=571_000, hours=1_368),
    "pretrain": PaperCount(num_samples=4_647_000, hours=7_375),
}
"""By tier of single clips; the pretraining count is the difference of the published ones."""

SOURCES = "153K videos, 64,386 hours, collected by hand from YouTube"

DURATION = {"3 to 5 s": 10, "5 to 10 s": 40, "10 to 15 s": 50}
RESOLUTION = {"over 1080p": 3, "1080p": 90, "720p": 5, "under 720p": 2}
ENGLISH = 82
"""Percent of English, by reports about the camera-ready paper."""

MODES = {"dover": 0.62, "sync_confidence": 5.5, "face_blur": 0.9, "hand_blur": 0.7}
"""Where the paper's histograms peak, read off its figure."""
CAPTION_WORDS = (170, 180)
"""Where the paper's histogram of caption words peaks."""
