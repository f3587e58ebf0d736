"""Shots from a network's probabilities, instead of the scores of `shots`.

probability that a shot ends at each frame --> frames above one half --> shots between them
"""

import numpy as np
import pyarrow as pa

from ...models.vision.frame import Frame
from ...models.vision.protocols import ShotModel
from .shots import FoundShot, Transition

TRANSITIONS = pa.schema({"index": pa.int32(), "probability": pa.float32()})
"""A row a frame, by index from 0."""
_START: Transition = "start"
_CUT: Transition = "cut"
_FADE: Transition = "fade"
THRESHOLD = 0.5
"""Of a transition (TransNetV2)."""


class ShotProbabilities:
    """Tap: a shot model's probability for every frame.

    Args:
        model: for one video.
    """

    def __init__(self, model: ShotModel) -> None:
        self._model = model

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""
        self._model.add(frame.bgr())

    def finish(self) -> pa.Table:
        """A row a frame: `index` int32, `probability` float32 that a shot ends there."""
        probabilities = self._model.finish()
        index = np.arange(len(probabilities), dtype=np.int32)
        return pa.table(
            [pa.array(index), pa.array(probabilities, pa.float32())], schema=TRANSITIONS
        )


def shots_of(transitions: pa.Table) -> list[FoundShot]:
    """The shots: one frame above the threshold, the last of its shot, is a cut; several are a fade.

    In the publisher's code frames of a fade belong to no shot; here its middle is the boundary, so
    that shots cover every frame.

    Args:
        transitions: a table `TRANSITIONS`.
    """
    above = transitions["probability"].to_numpy() > THRESHOLD
    if not len(above):
        return []
    edges = np.flatnonzero(np.diff(above.astype(np.int8), prepend=0, append=0))
    shots: list[FoundShot] = []
    first, kind = 0, _START
    for start, end in edges.reshape(-1, 2).tolist():
        boundary = (start + end + 1) // 2
        if not first < boundary < len(above):
            continue
        shots.append(FoundShot(first, boundary, kind))
        first, kind = boundary, _CUT if end - start == 1 else _FADE
    return [*shots, FoundShot(first, len(above), kind)]
