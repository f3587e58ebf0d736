"""All eight ways in which a frame may be stored, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.media import MediaError, probe
from speakervid5m.media.orientation import Orientation
from tests.media.rendered import WHOLE, lumas, one_clip, request
from tests.media.tracked import VideoTrack, write

Matrix = tuple[float, float, float, float]
MATRICES: dict[tuple[int, bool], Matrix] = {
    (0, False): (1, 0, 0, 1),
    (90, False): (0, 1, -1, 0),
    (180, False): (-1, 0, 0, -1),
    (270, False): (0, -1, 1, 0),
    (0, True): (-1, 0, 0, 1),
    (90, True): (0, 1, 1, 0),
    (180, True): (1, 0, 0, -1),
    (270, True): (0, -1, -1, 0),
}
"""Clockwise turn and then a mirror, as FFmpeg 5.1 and 8.1 show a file with this matrix."""


def picture() -> NDArray[np.uint8]:
    """(H, W, 3) that looks like none of its mirrors and turns."""
    shown = np.full((96, 160, 3), 20, np.uint8)
    shown[:48, :40] = 230
    shown[72:, 120:] = 130
    return shown


def with_matrix(path: Path, matrix: Matrix) -> None:
    """Writes a display matrix into an mp4's first track."""
    a, b, c, d = matrix
    numbers = [round(one * 65536) for one in (a, b, 0, c, d, 0, 0, 0)] + [1 << 30]
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16
    data[at : at + 36] = b"".join((one & 0xFFFFFFFF).to_bytes(4, "big") for one in numbers)
    path.write_bytes(data)


def stored(path: Path, shown: NDArray[np.uint8], matrix: Matrix) -> Path:
    write(path, [VideoTrack(rgb=np.ascontiguousarray(shown), seconds=0.4)])
    with_matrix(path, matrix)
    return path


@pytest.mark.parametrize(("rotation", "mirrored"), MATRICES)
def test_every_orientation_is_cut_upright(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    before = picture()[:, ::-1] if mirrored else picture()
    path = tmp_path / "a.mp4"
    stored(path, np.rot90(before, rotation // 90), MATRICES[rotation, mirrored])
    info = probe(path)
    assert info.orientation == Orientation(rotation, mirrored)
    assert (info.width, info.height) == (160, 96)
    clip = one_clip(path, request("a", 0.0, 0.2, bbox=WHOLE, muted=None))
    assert clip.video is not None
    for luma in lumas(clip.video):
        assert np.abs(luma.astype(int) - picture()[..., 0]).mean() < 3


@pytest.mark.parametrize("degrees", [30, 45, 135, 271.6])
def test_another_angle_is_refused_by_name(tmp_path: Path, degrees: float) -> None:
    turn = math.radians(degrees)
    matrix = (math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn))
    path = stored(tmp_path / "a.mp4", picture(), matrix)
    with pytest.raises(MediaError, match=f"turned by {round(degrees)} degrees") as caught:
        probe(path)
    assert caught.value.reason == "unsupported_video"


@pytest.mark.parametrize("matrix", [(0, 0, 0, 0), (1, 0, 0, 0), (0.9999, 0.017, -0.017, 0.9999)])
def test_what_ffmpeg_ignores_is_upright(tmp_path: Path, matrix: Matrix) -> None:
    path = stored(tmp_path / "a.mp4", picture(), matrix)
    assert probe(path).orientation == Orientation(0, mirrored=False)
