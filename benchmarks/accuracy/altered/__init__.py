"""Rendered shows, changed as real videos come: grey, grainy, small, framed, at other rates.

rows       each alteration by name: what it does to the frame, its place, its times, the audio
reencode   a rendered show, a row --> an altered video, and the same truth on its frame
judge      altered shows, a profile --> the figures of a row
detectors  the same videos, other people's cut detectors --> cut F1

`python -m benchmarks.accuracy --altered`; see docs/accuracy.md.
"""

from .judge import altered
from .rows import ROWS

__all__ = ["ROWS", "altered"]
