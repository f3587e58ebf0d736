"""Sums of frames equal OpenCV's and PySceneDetect's, on the same pictures."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import scenedetect
import torch

from speakervid5m.processing.curation.vision.cut_scores import (
    content_score,
    shrunk_for_scores,
    to_hsv,
)
from speakervid5m.processing.curation.vision.light import cell_means
from speakervid5m.processing.models.kernels import Frames, FrameSums, frame_sums
from speakervid5m.processing.models.kernels.frame_sums import scored_size
from speakervid5m.processing.models.kernels.opencv_rules import bgr_to_hsv

from .pictures import Planes, as_nv12, made, planar

SIZES = [(360, 640), (98, 162), (266, 360), (36, 64), (18, 32)]


def bgr_of(planes: Planes) -> list[Planes]:
    return [cv2.cvtColor(one, cv2.COLOR_YUV2BGR_I420) for one in planes]


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[1]}x{size[0]}")
def case(request: pytest.FixtureRequest) -> tuple[Planes, FrameSums]:
    planes = made(6, *request.param)
    return planes, frame_sums(planar(planes))


def test_scores_equal_pyscenedetects(case: tuple[Planes, FrameSums]) -> None:
    planes, sums = case
    detector = scenedetect.ContentDetector()
    expected = [
        detector._calculate_frame_score(
            scenedetect.FrameTimecode(number, fps=25.0), shrunk_for_scores(bgr)
        )
        for number, bgr in enumerate(bgr_of(planes))
    ]
    assert sums.content_scores()[1:].tolist() == pytest.approx(expected[1:], rel=1e-12)
    assert sums.content_scores()[0] == 0
    assert max(expected) > 20


def test_scores_equal_those_of_the_stage_to_the_bit(case: tuple[Planes, FrameSums]) -> None:
    planes, sums = case
    hsv = [to_hsv(shrunk_for_scores(bgr)) for bgr in bgr_of(planes)]
    expected = [0.0, *(content_score(one, other) for one, other in pairwise(hsv))]
    assert sums.content_scores().tolist() == expected
    assert sums.colour.tolist() == [list(map(int, cv2.sumElems(one)[:3])) for one in hsv]
    assert sums.num_scored == hsv[0].shape[0] * hsv[0].shape[1]


def test_light_and_its_histogram_equal_opencvs(case: tuple[Planes, FrameSums]) -> None:
    planes, sums = case
    lumas = planes[:, : planes.shape[1] * 2 // 3]
    for number, luma in enumerate(lumas):
        measures = cv2.calcHist([np.ascontiguousarray(luma)], [0], None, [256], [0, 256])
        assert np.array_equal(sums.histogram[number].numpy(), measures.ravel())
        assert np.float32(sums.luma_means()[number]) == np.float32(cv2.mean(luma)[0])
    changes = [cv2.mean(cv2.absdiff(one, other))[0] for one, other in pairwise(lumas)]
    assert sums.changes().tolist() == pytest.approx([0.0, *changes], rel=1e-12)


def test_laplacians_equal_opencvs(case: tuple[Planes, FrameSums]) -> None:
    planes, sums = case
    for number, luma in enumerate(planes[:, : planes.shape[1] * 2 // 3]):
        edges = cv2.Laplacian(luma, cv2.CV_64F)
        assert sums.laplacian[number].tolist() == [int(edges.sum()), int((edges**2).sum())]
        assert float(sums.laplacian_variances()[number]) == pytest.approx(edges.var(), abs=1e-6)


def test_cells_and_thumbnails_equal_opencvs(case: tuple[Planes, FrameSums]) -> None:
    planes, sums = case
    height, width = planes.shape[1] * 2 // 3, planes.shape[2]
    # Sums of whole pixels are exact on both sides; shares of pixels OpenCV sums in float32.
    apart = 0.0 if height % 18 == 0 and width % 32 == 0 else 1e-4
    lumas = planes[:, :height]
    for number, luma in enumerate(lumas):
        before = lumas[max(0, number - 1)]
        found = sums.cell_means()[number].flatten().numpy()
        assert np.abs(found - cell_means(luma)).max() <= apart
        found = sums.cell_changes()[number].flatten().numpy()
        assert np.abs(found - cell_means(cv2.absdiff(luma, before))).max() <= apart
        small = cv2.resize(luma, (32, 18), interpolation=cv2.INTER_AREA)
        assert np.array_equal(sums.thumbnails()[number].numpy(), small)


def test_nv12_strides_and_parts_do_not_matter(case: tuple[Planes, FrameSums]) -> None:
    planes, whole = case
    nv12 = Frames.nv12(torch.from_numpy(as_nv12(planes)))
    padded = torch.zeros(*planes.shape[:2], planes.shape[2] + 24, dtype=torch.uint8)
    padded[..., : planes.shape[2]] = torch.from_numpy(as_nv12(planes))
    height = planes.shape[1] * 2 // 3
    chroma = padded[:, height:, : planes.shape[2]]
    strided = Frames(
        luma=padded[:, :height, : planes.shape[2]], blue=chroma[..., ::2], red=chroma[..., 1::2]
    )
    for frames in (nv12, strided):
        parts = [frame_sums(frames[:2]), frame_sums(frames[2:], frames[1:2])]
        for name in ("histogram", "cells", "change", "laplacian", "colour", "colour_change"):
            joined = torch.cat([getattr(part, name) for part in parts])
            assert torch.equal(joined, getattr(whole, name)), name


def test_every_colour_has_opencvs_hue_saturation_and_value() -> None:
    levels = np.arange(256, dtype=np.uint8)
    for blue in range(0, 256, 17):
        bgr = np.empty((256, 256, 3), np.uint8)
        bgr[..., 0], bgr[..., 1], bgr[..., 2] = blue, levels[:, None], levels
        found = bgr_to_hsv(*torch.from_numpy(bgr).int().unbind(-1))
        assert np.array_equal(torch.stack(found, -1).numpy(), cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV))


def test_scored_sizes_are_pyscenedetects() -> None:
    assert scored_size(360, 640) == (144, 256)
    assert scored_size(120, 200) == (120, 200)
    assert scored_size(2160, 3840) == (144, 256)


def test_what_does_not_fit_is_refused() -> None:
    frames = planar(made(2, 36, 64))
    with pytest.raises(ValueError, match="single frame before"):
        frame_sums(frames, planar(made(1, 36, 32)))
    with pytest.raises(ValueError, match="a cell has a pixel"):
        frame_sums(frames, rows=37)
    with pytest.raises(ValueError, match="numba"):
        frame_sums(frames, implementation="numba")  # type: ignore[arg-type]
    luma = torch.zeros(1, 36, 64, dtype=torch.uint8)
    with pytest.raises(ValueError, match="H and W even"):
        Frames(luma=luma[:, :35], blue=luma[:, ::2, ::2], red=luma[:, ::2, ::2])
    with pytest.raises(ValueError, match="uint8"):
        Frames(luma=luma.int(), blue=luma[:, ::2, ::2], red=luma[:, ::2, ::2])
    assert repr(frames) == "Frames(2 of 64x36 on cpu)"
