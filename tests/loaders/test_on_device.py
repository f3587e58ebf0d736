"""Clips decoded in a GPU's memory: on one, and in the same code on a CPU that stands in for it."""

import importlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from speakervid5m.loaders import Loader, VideoSpec
from speakervid5m.media.decoding import backends
from speakervid5m.records import trouble_of
from speakervid5m.release import Release

from .conftest import assert_same

SPECS: list[dict[str, Any]] = [
    {"fps": 8, "num_frames": 4, "height": 24, "width": 40},
    {"fps": 8, "num_frames": 3, "height": 20, "width": 20, "fit": "crop"},
    {"num_frames": 2},
]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the backend, with a CPU where it asks for a GPU."""
    pytest.importorskip("torchcodec", reason="the extra loaders is not installed")
    if reason := backends.available_backends()["torchcodec"]:
        pytest.skip(reason)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "3")
    name = "speakervid5m.media.decoding.torchcodec_cuda"
    monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module(name)
    assert module.Reader.device == "cuda:1"
    monkeypatch.setattr(module.Reader, "device", "cpu")
    known = backends._load
    monkeypatch.setattr(backends, "_load", lambda name: module if "cuda" in name else known(name))
    trouble_of.cache_clear()
    yield module
    trouble_of.cache_clear()
    # Another test asks for it anew, and is told that there is no GPU.
    sys.modules.pop(name, None)


def batches(release: Release, backend: str, spec: dict[str, Any]) -> list[Any]:
    video = VideoSpec(backend=backend, **spec)  # type: ignore[arg-type]
    loader = Loader(release["dialogue_sft"], batch_size=2, video=video, audio=None, shuffle=False)
    return list(loader)[:2]


@pytest.mark.parametrize("spec", SPECS)
def test_batches_are_those_of_the_cpu(
    release: Release, spec: dict[str, Any], stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    plain = stand_in.Reader.tensor

    def tensor(self: Any, indices: list[int]) -> Any:
        asked.append(len(indices))
        return plain(self, indices)

    monkeypatch.setattr(stand_in.Reader, "tensor", tensor)
    found = batches(release, "torchcodec-cuda", spec)
    assert asked, "pictures are taken where they are decoded"
    for one, other in zip(found, batches(release, "torchcodec", spec), strict=True):
        assert_same(one, other)


@pytest.mark.usefixtures("stand_in")
def test_a_decoder_that_falls_back_is_named_in_the_log(
    release: Release, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Fallback:
        def __bool__(self) -> bool:
            return True

        def __str__(self) -> str:
            return "Video not supported"

    whole = backends._load("torchcodec").VideoDecoder  # type: ignore[attr-defined]
    monkeypatch.setattr(whole, "cpu_fallback", Fallback())
    with caplog.at_level(logging.WARNING):
        batches(release, "torchcodec-cuda", SPECS[0])
    assert "decoded on the CPU, not by NVDEC: Video not supported" in caplog.text


@pytest.mark.cuda
@pytest.mark.parametrize("spec", SPECS)
def test_batches_of_a_gpu_are_near_those_of_the_cpu(release: Release, spec: dict[str, Any]) -> None:
    """The same frames and places; colours by another filter of chroma."""
    found = batches(release, "torchcodec-cuda", spec)
    for one, other in zip(found, batches(release, "torchcodec", spec), strict=True):
        for role in ("initiator", "responder"):
            mine, its = (getattr(batch, role).video for batch in (one, other))
            assert mine.frames.device.type == "cpu" and mine.frames.shape == its.frames.shape
            assert torch.equal(mine.mask, its.mask)
            assert (mine.frames.float() - its.frames.float()).abs().mean() < 4


@pytest.mark.cuda
def test_batches_are_pinned_and_sent(release: Release) -> None:
    batch = batches(release, "torchcodec-cuda", SPECS[0])[0].pin_memory()
    assert batch.responder.video.frames.is_pinned()
    assert batch.to("cuda", non_blocking=True).responder.video.frames.is_cuda
