"""The measures of clips and samples, constants for `tally` and the figures: columns, bins, titles.

Bins are fixed, so that two releases can be compared. Values outside fall into the first or last
bin; the true extremes are reported separately.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One number of every clip (or of every sample) and its bins."""

    name: str
    """Field of `Clip`, column of the sample, or our name for a derived number."""
    title: str
    """For a figure."""
    unit: str
    """For a figure; empty where there is none."""
    low: float
    """Lower edge of the first bin."""
    step: float
    """Width of a bin."""
    num_bins: int
    """Number of bins."""
    of: Literal["clip", "sample"] = "clip"
    """What it is a number of."""

    @property
    def high(self) -> float:
        """Upper edge of the last bin."""
        return self.low + self.step * self.num_bins


def _measure(
    name: str,
    title: str,
    unit: str,
    bins: tuple[float, float, int],
    of: Literal["clip", "sample"] = "clip",
) -> Measure:
    low, step, num_bins = bins
    return Measure(name=name, title=title, unit=unit, low=low, step=step, num_bins=num_bins, of=of)


MEASURES: tuple[Measure, ...] = (
    _measure("duration_seconds", "Duration", "seconds", (0, 0.5, 32)),
    _measure("dover", "DOVER", "fused score", (0, 0.02, 50)),
    _measure("sync_confidence", "Lip sync", "SyncNet confidence", (0, 0.25, 48)),
    _measure("face_blur", "Face sharpness", "normalised variance", (0, 0.02, 60)),
    _measure("hand_blur", "Hand sharpness", "normalised variance", (0, 0.02, 60)),
    _measure("clarity", "Clarity", "bit rate / sqrt(h w)", (0, 100, 60)),
    _measure("luminance_mean", "Luminance", "0 to 255", (0, 5, 51)),
    _measure("motion_degree", "Motion degree", "1 still to 5 lively", (1, 0.25, 17)),
    _measure("asr_avg_logprob", "Transcript", "mean log probability", (-2, 0.05, 40)),
    _measure("caption_words", "Caption length", "words", (0, 10, 40)),
    _measure("gap_seconds", "Gap before the answer", "seconds", (-2, 0.1, 60), "sample"),
    _measure("num_turns", "Turns of a run", "turns", (0, 1, 20), "sample"),
)
"""Everything that is counted into bins."""

CAPTION_FIELDS = ("motion", "expression", "camera_movement")
"""The fields of a clip whose words are its caption."""

UNKNOWN = "unknown"
