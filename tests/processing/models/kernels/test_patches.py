"""Patches of faces and hands: sharpness falls with blur, whatever light and contrast."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from speakervid5m.processing.models.faces import appearance
from speakervid5m.processing.models.kernels import laplacian_variances, patches, sharpness

SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)


def face(size: int = 160, seed: int = 0) -> NDArray[np.uint8]:
    """Something with edges and texture at several scales, and a little grain."""
    rng = np.random.default_rng(seed)
    found = np.full((size, size), 120.0, np.float32)
    for scale in (5, 11, 23, 47):
        noise = rng.normal(0, 1, (scale, scale)).astype(np.float32)
        found += 14 * cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    cv2.circle(found, (size // 3, size // 3), size // 12, 30.0, -1)
    cv2.circle(found, (2 * size // 3, size // 3), size // 12, 30.0, -1)
    cv2.ellipse(found, (size // 2, 3 * size // 4), (size // 6, size // 16), 0, 0, 360, 60.0, -1)
    found += rng.normal(0, 1.6, found.shape)
    return np.clip(found, 0, 255).astype(np.uint8)


def blurred(picture: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return picture if sigma == 0 else np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma))


def tensor(pictures: list[NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.stack(pictures))


def whole(size: int, number: int) -> tuple[Tensor, Tensor]:
    return torch.tensor([[0.0, 0.0, size, size]]).repeat(number, 1), torch.arange(number)


def test_the_variance_is_opencvs_on_the_same_patch() -> None:
    found = patches(tensor([face(seed=1), face(seed=2)]), *whole(160, 2))
    assert found.shape == (2, 128, 128)
    expected = [cv2.Laplacian(one.double().numpy(), cv2.CV_64F).var() for one in found]
    assert laplacian_variances(found).tolist() == pytest.approx(expected, rel=1e-12)
    patch = face(128)
    expected_one = cv2.Laplacian(patch, cv2.CV_64F).var()
    assert laplacian_variances(tensor([patch]))[0].item() == pytest.approx(expected_one, rel=1e-12)


def test_the_score_is_that_of_the_stage_on_the_same_patch() -> None:
    shown = [blurred(face(128, seed), sigma) for seed in (1, 2) for sigma in SIGMAS]
    expected = [appearance.face_sharpness(one) for one in shown]
    assert sharpness(tensor(shown)).tolist() == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [96, 160, 300])
def test_sharpness_falls_with_every_step_of_blur(seed: int, size: int) -> None:
    shown = tensor([blurred(face(size, seed), sigma) for sigma in SIGMAS])
    scores = sharpness(patches(shown, *whole(size, len(SIGMAS)))).numpy()
    assert (np.diff(scores) < 0).all(), scores
    assert scores[0] > 0.7 > 0.5 > scores[-1]


def test_light_and_contrast_do_not_matter() -> None:
    one = face(seed=3).astype(np.float32)
    shown = torch.from_numpy(np.stack([one, 0.3 * one, 0.5 * one + 100]))
    scores = sharpness(patches(shown, *whole(160, 3)))
    assert scores.tolist() == pytest.approx([float(scores[0])] * 3, abs=0.02)


def test_flat_patches_have_no_sharpness() -> None:
    assert sharpness(torch.full((2, 128, 128), 77.0)).tolist() == [0.0, 0.0]


def test_boxes_are_cut_out_of_their_pictures() -> None:
    shown = torch.zeros(2, 60, 80)
    shown[1] = torch.arange(80.0)
    found = patches(
        shown, torch.tensor([[10.0, 20, 50, 40], [10, 20, 50, 40]]), torch.tensor([1, 0])
    )
    assert found[1].abs().max() == 0
    # Column c of the patch is x = 10 + 40 (c + 1/2) / 128 of the picture, whose value is x - 1/2.
    assert torch.allclose(found[0], 9.5 + 40 * (torch.arange(128) + 0.5) / 128, atol=1e-3)
    assert patches(shown, torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)).shape[0] == 0
    colours = torch.rand(2, 3, 60, 80)
    assert patches(colours, torch.tensor([[0.0, 0, 8, 8]]), torch.tensor([1])).shape == (
        1, 3, 128, 128,
    )  # fmt: skip


def test_beyond_the_picture_its_edge_goes_on() -> None:
    shown = torch.full((1, 40, 40), 200.0)
    found = patches(shown, torch.tensor([[-20.0, -10, 30, 55]]), torch.tensor([0]))
    assert found.min() == found.max() == 200


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(K, 4\)"):
        patches(torch.zeros(1, 4, 4), torch.zeros(2, 4), torch.zeros(1, dtype=torch.int64))
    one = torch.zeros(1, dtype=torch.int64)
    for side in (1e9, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="beyond frames of 4x4"):
            patches(torch.zeros(1, 4, 4), torch.tensor([[0.0, 0, side, 4]]), one)
    with pytest.raises(ValueError, match="from 0 to 1 of 1"):
        patches(torch.zeros(1, 4, 4), torch.ones(2, 4), torch.tensor([0, 1]))


@pytest.mark.cuda
def test_a_gpu_gives_the_same_scores() -> None:
    shown = tensor([blurred(face(160, seed), sigma) for seed in (1, 2) for sigma in SIGMAS])
    boxes, numbers = whole(160, len(shown))
    boxes += torch.rand(boxes.shape, generator=torch.Generator().manual_seed(0)) * 20 - 10
    expected = sharpness(patches(shown, boxes, numbers))
    found = sharpness(patches(shown.cuda(), boxes.cuda(), numbers.cuda())).cpu()
    # RoIAlign sums float32 in another order there.
    assert torch.allclose(found, expected, atol=1e-3)
