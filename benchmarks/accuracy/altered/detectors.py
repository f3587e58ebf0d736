"""Other cut detectors on the same videos: PySceneDetect's four, with their own defaults.

altered shows --> each detector --> cut F1 at one frame, by name
"""

from collections.abc import Callable, Sequence

import pyarrow as pa
import scenedetect
from scenedetect.detectors import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
    ThresholdDetector,
)

from speakervid5m.processing.curation import run_frame_pass, shrunk_for_scores
from speakervid5m.processing.models import FPS, Frame

from ..scores import NOTHING, score_cuts
from ..shows import Show

DETECTORS: dict[str, Callable[[], scenedetect.SceneDetector]] = {
    "AdaptiveDetector": AdaptiveDetector,
    "ContentDetector": ContentDetector,
    "HistogramDetector": HistogramDetector,
    "HashDetector": HashDetector,
    "AdaptiveDetector, ThresholdDetector": AdaptiveDetector,
}
"""By name; the last also has the detector of fades, as `detect-adaptive detect-threshold`."""


class _Detected:
    """Tap: what each detector says of the frames that our stages get."""

    def __init__(self) -> None:
        self.cuts: dict[str, list[int]] = {name: [] for name in DETECTORS}
        self._detectors = [(name, make()) for name, make in DETECTORS.items()]
        self._detectors.append(("AdaptiveDetector, ThresholdDetector", ThresholdDetector()))

    def add_frame(self, frame: Frame) -> None:
        """Gives the frame to every detector, scaled as PySceneDetect scales it."""
        time = scenedetect.FrameTimecode(frame.index, fps=float(FPS))
        image = shrunk_for_scores(frame.bgr())
        for name, detector in self._detectors:
            self.cuts[name] += [cut.frame_num for cut in detector.process_frame(time, image)]

    def finish(self) -> pa.Table:
        """Nothing is stored."""
        return pa.table({})


def other_detectors(shows: Sequence[Show]) -> dict[str, float]:
    """Cut F1 at one frame of each detector over all shows."""
    scores = dict.fromkeys(DETECTORS, NOTHING)
    for show in shows:
        tap = _Detected()
        run_frame_pass(show.path, [tap])
        for name, cuts in tap.cuts.items():
            scores[name] += score_cuts(sorted(set(cuts)), show.cuts, show.fades)
    return {name: score.f1 for name, score in scores.items()}
