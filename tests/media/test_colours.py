"""Colours come back as they were, from any pixel format, matrix and range."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.media import EncodeSettings, MediaError, probe
from speakervid5m.media.colours import check_colours, planes_420
from speakervid5m.processing.assembly.cut_clips import CutClip, CutSettings
from tests.media.rendered import WHOLE, cut, request
from tests.media.tracked import VideoTrack, write

GREYS = (5, 20, 64, 192, 240)
SATURATED = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 30, 120))
COLOURS = [(value,) * 3 for value in GREYS] + list(SATURATED)
TOLERANCE = 4
"""Levels of 255: two of 8-bit 4:2:0, two of the encoder."""

KINDS: dict[str, tuple[str, VideoTrack]] = {}


def bars() -> NDArray[np.uint8]:
    return np.repeat(np.array(COLOURS, np.uint8)[None], 32, axis=1).repeat(96, axis=0)


def kind(name: str, extension: str, codec: str, form: str, **more: object) -> None:
    track = VideoTrack(rgb=bars(), codec=codec, pixel_format=form, seconds=0.2, **more)  # type: ignore[arg-type]
    KINDS[name] = (extension, track)


kind("x264 RGB", "mp4", "libx264rgb", "rgb24")
kind("FFV1 RGB", "mkv", "ffv1", "bgr0")
kind("FFV1 RGB of 10 bits", "mkv", "ffv1", "gbrp10le")
kind("FFV1 with alpha", "mkv", "ffv1", "yuva420p")
kind("PNG", "mov", "png", "rgb24")
kind("PNG with alpha", "mov", "png", "rgba")
kind("BT.601", "mp4", "libx264", "yuv420p", space=5)
kind("BT.709", "mp4", "libx264", "yuv420p", space=1)
kind("BT.2020", "mp4", "libx264", "yuv420p", space=9)
kind("BT.2020 of 10 bits", "mp4", "libx264", "yuv420p10le", space=9)
kind("full range", "mp4", "libx264", "yuv420p", space=1, full_range=True)
kind("full range of 10 bits", "mp4", "libx264", "yuv420p10le", space=1, full_range=True)
kind("full range 4:4:4", "mp4", "libx264", "yuv444p", space=1, full_range=True)
kind("MJPEG", "avi", "mjpeg", "yuvj444p", full_range=True)


def colours_of(rgb: NDArray[Any]) -> NDArray[np.int64]:
    """The middle of every bar."""
    return rgb[48, 16::32].astype(np.int64)


@pytest.mark.parametrize(("extension", "track"), KINDS.values(), ids=KINDS)
def test_colours_come_back(tmp_path: Path, extension: str, track: VideoTrack) -> None:
    path = write(tmp_path / f"a.{extension}", [track])
    settings = CutSettings(encode=EncodeSettings(crf=4, preset="ultrafast"))
    (clip,) = cut(path, [request("a", 0.0, 0.12, bbox=WHOLE, muted=None)], settings=settings)
    assert isinstance(clip, CutClip) and clip.video is not None
    (tmp_path / "clip.mp4").write_bytes(clip.video)
    for name in (path, tmp_path / "clip.mp4"):
        with av.open(str(name)) as container:
            shown = next(container.decode(video=0))
            off = colours_of(shown.to_ndarray(format="rgb24")) - COLOURS
        # The source itself first: MJPEG is a lossy one.
        assert np.abs(off).max() <= TOLERANCE, (name.name, off.tolist())
    assert int(shown.colorspace) in (1, 2, 5, 6) and shown.format.name in ("yuv420p", "yuvj420p")


@pytest.mark.parametrize("form", ["gray", "gray16le", "ya8"])
def test_grey_is_grey(form: str) -> None:
    frame = av.VideoFrame.from_ndarray(bars(), format="rgb24")
    frame = frame.reformat(format=form, src_color_range=2, dst_color_range=2)
    frame.colorspace = 0
    shown = planes_420(frame).to_ndarray(format="rgb24")
    assert np.abs(colours_of(shown)[: len(GREYS)] - np.array(GREYS)[:, None]).max() <= 2


def test_a_matrix_that_is_not_known_is_refused_by_name() -> None:
    frame = av.VideoFrame(64, 32, "yuv420p")
    frame.colorspace = 8
    with pytest.raises(MediaError, match="colour space 8") as caught:
        check_colours(frame)
    assert caught.value.reason == "unsupported_video"


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_told(tmp_path: Path, transfer: int, name: str) -> None:
    track = VideoTrack(
        rgb=bars(), pixel_format="yuv420p10le", space=9, transfer=transfer, seconds=0.2
    )
    (choice,) = probe(write(tmp_path / "a.mp4", [track])).choices
    assert choice.startswith(f"video: HDR ({name})")
