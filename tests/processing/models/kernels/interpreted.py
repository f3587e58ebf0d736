"""Run by `test_frame_sums_triton.py` in a process of its own, with TRITON_INTERPRET=1.

Triton reads that variable when it is imported, so it cannot be set in the middle of a session.
"""

import os

import numpy as np
import pytest
import torch

from speakervid5m.processing.models.kernels import Frames, FrameSums, frame_sums

from .pictures import as_nv12, made, planar

assert os.environ.get("TRITON_INTERPRET") == "1", "run by test_frame_sums_triton.py alone"

NAMES = ("histogram", "cells", "change", "laplacian", "colour", "colour_change")


def same(found: FrameSums, expected: FrameSums) -> None:
    for name in NAMES:
        assert torch.equal(getattr(found, name), getattr(expected, name)), name
    assert found.num_scored == expected.num_scored


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [(26, 38, 2, 2), (20, 300, 1, 2), (2, 2, 1, 1)],
)
def test_the_kernel_equals_the_reference(height: int, width: int, rows: int, columns: int) -> None:
    planes = made(3, height, width, seed=height)
    frames = planar(planes)
    same(
        frame_sums(frames, rows=rows, columns=columns, implementation="triton"),
        frame_sums(frames, rows=rows, columns=columns, implementation="torch"),
    )


def test_nv12_and_the_picture_before() -> None:
    planes = made(3, 24, 36, seed=5)
    nv12 = Frames.nv12(torch.from_numpy(as_nv12(planes)))
    expected = frame_sums(planar(planes), rows=1, columns=2)
    found = frame_sums(nv12[1:], planar(planes)[:1], rows=1, columns=2, implementation="triton")
    for name in NAMES:
        assert torch.equal(getattr(found, name), getattr(expected, name)[1:]), name


def test_extreme_pictures() -> None:
    planes = np.zeros((3, 36, 20), np.uint8)
    planes[1] = 255
    planes[2, ::2, ::2] = 255
    frames = planar(planes)
    same(
        frame_sums(frames, rows=2, columns=1, implementation="triton"),
        frame_sums(frames, rows=2, columns=1, implementation="torch"),
    )
