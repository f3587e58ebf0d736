"""Filters of a mel spectrum: edges, evenly spaced in mels, in; triangles between them out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def triangles(frequencies: NDArray[Any], edges: Floats) -> Floats:
    """(n - 2, f) filters: each rises from an edge to the next and falls to the one after.

    Args:
        frequencies: (f,) of a spectrum, in the unit in which the sides are straight.
        edges: (n,) ascending, in the same unit.
    """
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))
