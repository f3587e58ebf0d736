"""The reference implementations that ours is held against."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn


class Vectors(nn.Module):
    """A network for torchmetrics that hands on the vectors it is handed."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, vectors: Tensor) -> Tensor:
        return vectors


def torchmetrics(module: str) -> Any:
    return pytest.importorskip(f"torchmetrics.{module}", reason="torchmetrics is not installed")


@contextmanager
def without_advice() -> Iterator[None]:
    """torchmetrics warns that it keeps features, and how large that may be."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Metric .* will save all extracted features")
        yield


def updated(metric: Any, first: Any, second: Any) -> Any:
    metric.update(torch.from_numpy(first), real=True)
    metric.update(torch.from_numpy(second), real=False)
    return metric.compute()
