"""Measures of many frames at once, in torch: the same numbers on a CPU and on a GPU.

decoded planes --> small planes --> sums of every frame, in one read
boxes of faces and hands --> patches of one size --> sharpness

This is a face: other rooms and benchmarks import from here, never from a file. It is apart from
`processing.models` because it loads torch and torchvision.

Each measure has a plain torch form, the reference. The sums of frames also have a Triton kernel;
sums are whole numbers, so both agree to the bit, also with OpenCV in the frame pass on a CPU.
"""

from ....records import lacking as _lacking

try:
    import torch  # noqa: F401
    import torchvision  # noqa: F401
except ImportError as error:
    raise _lacking(
        "measures of many frames at once need torch and torchvision", error, "loaders"
    ) from error

from .area import shrink_planes
from .frame_sums import FrameSums, Implementation, frame_sums
from .frames import Frames
from .patches import laplacian_variances, patches, sharpness

__all__ = [
    "FrameSums",
    "Frames",
    "Implementation",
    "frame_sums",
    "laplacian_variances",
    "patches",
    "sharpness",
    "shrink_planes",
]
