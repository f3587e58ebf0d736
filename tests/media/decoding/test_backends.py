"""Several backends, one contract: the same frames, the same times, the same pixels."""

import subprocess
import sys

import av
import numpy as np
import pytest
import torch
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from speakervid5m.media import (
    BACKENDS,
    Backend,
    ClipEncoder,
    DeviceReader,
    EncodeSettings,
    MediaError,
    available_backends,
    default_backend,
    open_video,
)
from speakervid5m.media.decoding import backends
from speakervid5m.media.frames import gpu_reader
from speakervid5m.records import trouble_of

MEAN_TOLERANCE = 0.5
"""Mean difference of pixel values between backends; 0.0 measured with FFmpeg 5.1 and 8.1."""
WORST_TOLERANCE = 8
"""Largest difference of a pixel value; 0 measured. Leaves room for other colour converters."""
COLOUR_TOLERANCE = 4.0
"""Mean difference from the painted colours; 1.9 measured, the wrong matrix makes 8 and more."""

CUDA_TOLERANCE = 1.25
"""Mean difference on a GPU, whose planes are the same but whose chroma is spread by another
filter; not measured yet. Half of the least by which neighbouring frames differ."""
EVERY = [
    pytest.param(name, marks=pytest.mark.cuda) if name.endswith("-cuda") else name
    for name in BACKENDS
]

NUM_FRAMES = 60
ORDERS = [list(range(NUM_FRAMES)), [59, 0, 30], [7, 7, 7], [26, 25, 24, 1], [49, 50, 51], []]


def require(backend: Backend) -> None:
    if reason := available_backends()[backend]:
        pytest.skip(f"{backend} does not load: {reason}")


def painted(number: int) -> NDArray[np.uint8]:
    colours = np.random.default_rng(0).integers(20, 235, (4, 6, 3), dtype=np.uint8)
    moved = np.roll(np.kron(colours, np.ones((32, 32, 1), np.uint8)), 4 * number, axis=1)
    return np.ascontiguousarray(moved)


def encoded(*, space: Colorspace = Colorspace.ITU709, full_range: bool = False) -> bytes:
    encoder: ClipEncoder | None = None
    for number in range(NUM_FRAMES):
        frame = av.VideoFrame.from_ndarray(painted(number), format="rgb24").reformat(
            format="yuv420p", dst_colorspace=space, dst_color_range=2 if full_range else 1
        )
        frame.colorspace, frame.color_range = int(space), 2 if full_range else 1
        encoder = encoder or ClipEncoder(
            frame, fps=25, sample_rate=None, settings=EncodeSettings(crf=8)
        )
        encoder.add(frame)
    assert encoder is not None
    return encoder.finish(None)


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encoded()


@pytest.fixture(scope="module")
def reference(clip: bytes) -> NDArray[np.uint8]:
    with open_video(clip, backend="pyav") as reader:
        return reader.frames(range(NUM_FRAMES))


@pytest.mark.parametrize("backend", EVERY)
def test_frames_and_pixels_agree(
    clip: bytes, reference: NDArray[np.uint8], backend: Backend
) -> None:
    require(backend)
    with open_video(clip, backend=backend) as reader:
        assert (reader.num_frames, reader.width, reader.height) == (NUM_FRAMES, 192, 128)
        for order in ORDERS:
            pixels = reader.frames(order)
            assert pixels.dtype == np.uint8 and pixels.shape == (len(order), 128, 192, 3)
            if order:
                apart = np.abs(pixels.astype(np.int16) - reference[order])
                if backend == "torchcodec-cuda":
                    assert apart.mean() <= CUDA_TOLERANCE
                else:
                    assert apart.mean() <= MEAN_TOLERANCE and apart.max() <= WORST_TOLERANCE


def test_neighbouring_frames_differ_by_more_than_the_tolerance(
    reference: NDArray[np.uint8],
) -> None:
    apart = np.abs(reference[1:].astype(np.int16) - reference[:-1])
    assert apart.mean(axis=(1, 2, 3)).min() > 5 * MEAN_TOLERANCE


@pytest.mark.parametrize("backend", EVERY)
@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601])
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_are_those_that_were_painted(
    backend: Backend, space: Colorspace, full_range: bool
) -> None:
    require(backend)
    with open_video(encoded(space=space, full_range=full_range), backend=backend) as reader:
        found = reader.frames([0, 31]).astype(np.int16)
    for number, pixels in zip((0, 31), found, strict=True):
        assert np.abs(pixels - painted(number)).mean() < COLOUR_TOLERANCE


@pytest.mark.parametrize("backend", EVERY)
@pytest.mark.parametrize("index", [-1, NUM_FRAMES, 10_000])
def test_an_index_outside_is_an_error(clip: bytes, backend: Backend, index: int) -> None:
    require(backend)
    with open_video(clip, backend=backend) as reader:
        with pytest.raises(IndexError, match=str(index)):
            reader.frames([0, index])
        assert reader.frames([0]).shape[0] == 1, "the reader is still good"


@pytest.mark.parametrize("backend", EVERY)
@pytest.mark.parametrize("damage", ["empty", "text", "half", "last bytes", "header", "zeros"])
def test_damaged_bytes_are_media_errors(clip: bytes, backend: Backend, damage: str) -> None:
    require(backend)
    third = len(clip) // 3
    data = {
        "empty": b"",
        "text": b"hello " * 200,
        "half": clip[: len(clip) // 2],
        "last bytes": clip[:-200],
        "header": clip[: clip.index(b"mdat") + 4],
        "zeros": clip[:third] + bytes(third) + clip[2 * third :],
    }[damage]
    with pytest.raises(MediaError), open_video(data, backend=backend) as reader:
        reader.frames(range(reader.num_frames))


@pytest.mark.cuda
def test_pictures_stay_on_the_gpu(clip: bytes) -> None:
    with open_video(clip, backend="torchcodec-cuda") as reader:
        assert isinstance(reader, DeviceReader)
        pixels = reader.tensor([5, 0, 5])
        assert pixels.is_cuda and pixels.shape == (3, 128, 192, 3)
        assert np.array_equal(pixels.cpu().numpy(), reader.frames([5, 0, 5]))
        assert reader.tensor([]).shape == (0, 128, 192, 3)


@pytest.mark.cuda
def test_clips_of_one_coded_size_keep_their_own_crop() -> None:
    """532 and 530 rows are both coded as 544: torchcodec issue 1704."""
    pictures = {}
    for height in (532, 530):
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(np.resize(painted(0), (height, 192, 3))), format="rgb24"
        ).reformat(format="yuv420p")
        encoder = ClipEncoder(frame, fps=25, sample_rate=None, settings=EncodeSettings(crf=8))
        encoder.add(frame)
        data = encoder.finish(None)
        for backend in ("pyav", "torchcodec-cuda"):
            with open_video(data, backend=backend) as reader:
                pictures[height, backend] = reader.frames([0]).astype(np.int16)
    for height in (532, 530):
        apart = np.abs(pictures[height, "pyav"] - pictures[height, "torchcodec-cuda"])
        assert apart[0, :16].mean() <= CUDA_TOLERANCE and apart.mean() <= CUDA_TOLERANCE


def test_without_a_gpu_it_says_so() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ImportError, match="needs an NVIDIA GPU"):
        open_video(b"", backend="torchcodec-cuda")


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(ValueError, match="opencv"):
        open_video(b"", backend="opencv")  # type: ignore[arg-type]


def test_the_default_loads() -> None:
    assert available_backends()[default_backend()] is None


def test_without_torchcodec_pyav_is_the_default() -> None:
    code = (
        "import sys; sys.modules['torchcodec'] = None; sys.modules['decord'] = None\n"
        "from speakervid5m.media import available_backends, default_backend\n"
        "found = available_backends()\n"
        "assert default_backend() == 'pyav' and found['pyav'] is None\n"
        "assert 'pip install' in found['torchcodec'] and 'pip install' in found['decord']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_torchcodec_that_fails_at_its_first_decoder_is_left_alone(
    clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does without FFmpeg's libraries, which is no fault of a clip."""
    module = pytest.importorskip("speakervid5m.media.decoding.torchcodec")

    def lost(*_: object, **__: object) -> None:
        raise RuntimeError("Could not load libtorchcodec. Likely causes:\n 1. FFmpeg")

    monkeypatch.setattr(module, "VideoDecoder", lost)
    trouble_of.cache_clear()
    default_backend.cache_clear()
    try:
        assert default_backend() == "pyav"
        with open_video(clip) as reader:
            assert reader.num_frames == NUM_FRAMES
        said = r"not decode \(Could not load libtorchcodec\. Likely causes\): .*apt-get install ffm"
        with pytest.raises(ImportError, match=said):
            open_video(clip, backend="torchcodec")
        with pytest.raises(ImportError, match=said):
            gpu_reader._decoders()
    finally:
        trouble_of.cache_clear()
        default_backend.cache_clear()


def test_a_backend_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    load = backends._load

    def counted(name: Backend) -> object:
        tried.append(name)
        return load(name)

    monkeypatch.setattr(backends, "_load", counted)
    trouble_of.cache_clear()
    for _ in range(3):
        assert available_backends()["pyav"] is None
    assert tried == list(BACKENDS)
