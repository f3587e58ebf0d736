"""PSNR and SSIM of a reply's frames and the truth's: exact, and not for ranking.

frames (T, H, W, C) of both --> a number a frame

Two good answers to one question differ in every pixel, and the first frame held for the whole reply
scores higher than a reply that moves. Report them; rank nobody by them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from .errors import BadValuesError, TooFewSamplesError

SIGMA, RADIUS = 1.5, 5
"""Of SSIM's Gaussian window, 11 x 11 pixels (Wang et al. 2004, doi 10.1109/TIP.2003.819861)."""
K1, K2 = 0.01, 0.03
"""Of SSIM's constants (k L)^2, L = 1 (Wang et al. 2004)."""


def psnr(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """(T,) decibels: 10 log10(1 / mean squared error), values in 0 to 1; infinite where equal.

    Args:
        first: (T, H, W, C) uint8, or floats in 0 to 1.
        second: the same shape.

    Raises:
        BadValuesError: another shape or type, values out of range.
    """
    left, right = _frames(first, second)
    errors = [np.mean((_unit(a) - _unit(b)) ** 2) for a, b in zip(left, right, strict=True)]
    with np.errstate(divide="ignore"):
        return np.asarray(-10 * np.log10(errors))


def ssim(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """(T,) structural similarity: mean over channels and all pixels that have a whole window.

    Covariances are weighted by the window, without Bessel's correction, as Wang et al. have them;
    each channel for itself.

    Raises:
        BadValuesError: another shape or type, values out of range.
        TooFewSamplesError: frames smaller than the window.
    """
    left, right = _frames(first, second)
    size = 2 * RADIUS + 1
    if min(left.shape[1:3]) < size:
        raise TooFewSamplesError(
            f"frames of {left.shape[2]}x{left.shape[1]} pixels; SSIM needs {size}x{size} at least"
        )
    return np.array([_ssim(_unit(a), _unit(b)) for a, b in zip(left, right, strict=True)])


def _ssim(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Of one frame.

    The mean of (2 mu_x mu_y + C1) (2 s_xy + C2) / ((mu_x^2 + mu_y^2 + C1) (s_x^2 + s_y^2 + C2)).
    """
    mean_x, mean_y = _windowed(x), _windowed(y)
    square_x, square_y, product = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    spread = _windowed(x * x + y * y) - square_x - square_y
    shared = _windowed(x * y) - product
    c1, c2 = K1**2, K2**2
    ratio = (2 * product + c1) * (2 * shared + c2) / ((square_x + square_y + c1) * (spread + c2))
    return float(ratio.mean())


def _windowed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted mean around each pixel of (H, W, C) that has a whole window."""
    offsets = np.arange(-RADIUS, RADIUS + 1)
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    inside = slice(RADIUS, -RADIUS)
    rows = ndimage.correlate1d(values, weights, axis=0)[inside]
    return np.asarray(ndimage.correlate1d(rows, weights, axis=1)[:, inside])


def _frames(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.generic], ...]:
    left, right = np.asarray(first), np.asarray(second)
    if left.shape != right.shape or left.ndim != 4 or not left.size:
        raise BadValuesError(
            f"frames {left.shape} and {right.shape}; both are (T, H, W, C) of one size: cut to the "
            "shorter, resize the truth to the reply's size, and say so"
        )
    for frames in (left, right):
        if frames.dtype != np.uint8 and (
            frames.dtype.kind != "f" or not (frames.min() >= 0 and frames.max() <= 1)
        ):
            raise BadValuesError(
                f"frames of type {frames.dtype}; uint8, or floats in 0 to 1, are allowed"
            )
    return left, right


def _unit(frame: NDArray[np.generic]) -> NDArray[np.float64]:
    """One frame in 0 to 1."""
    values = frame.astype(np.float64)
    return values / 255 if frame.dtype == np.uint8 else values
