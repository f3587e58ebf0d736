from typing import Any

import pytest
import torch

from speakervid5m.loaders import AudioSpec, VideoSpec
from speakervid5m.loaders.decoding.resize import fit_frames
from speakervid5m.loaders.specs.clip_specs import Fit
from speakervid5m.loaders.specs.windows import ClipWindow, choose_window


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"fps": 0}, "fps must be more than 0 and at most 240, got 0"),
        ({"fps": float("nan")}, "fps must be more than 0"),
        ({"height": 4}, "give both"),
        ({"height": 0, "width": 4}, "height must be a whole number from 1 to 4096, got 0"),
        ({"height": 4, "width": 4.5}, "width must be a whole number"),
        ({"fit": "squash"}, "fit must be one of pad, crop, stretch, got 'squash'"),
        ({"window": "end"}, "window must be one of start, center, random"),
        ({"num_frames": 4, "seconds": 1.0}, "give one"),
        ({"num_frames": True}, "num_frames must be a whole number"),
        ({"seconds": -1.0}, "seconds must be more than 0"),
        ({"backend": "opencv"}, "backend must be one of torchcodec, pyav, decord"),
    ],
)
def test_impossible_videos_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VideoSpec(**fields)


@pytest.mark.parametrize(
    "fields", [{"sample_rate": 0}, {"sample_rate": 96_000}, {"seconds": 0.0}, {"window": ""}]
)
def test_impossible_sounds_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        AudioSpec(**fields)


def chosen(video: VideoSpec, num_frames: int, drawn: int = 0, first: int = 0) -> ClipWindow:
    return choose_window(video, clip_fps=25.0, first=first, stop=num_frames, drawn=drawn)


def test_a_whole_clip_gives_all_its_frames() -> None:
    window = chosen(VideoSpec(), 50)
    assert window.indices(25.0, 50) == list(range(50))
    assert window.num_samples(16_000) == 32_000


def test_a_lower_rate_takes_the_picture_that_is_shown_then() -> None:
    window = chosen(VideoSpec(fps=8), 50)
    # 1 / 8 s is 3.125 frames.
    assert window.indices(25.0, 50) == [0, 3, 6, 9, 12, 15, 18, 21, 25, 28, 31, 34, 37, 40, 43, 46]
    assert window.duration_seconds == 2.0


def test_a_higher_rate_repeats_pictures() -> None:
    assert chosen(VideoSpec(fps=50), 3).indices(25.0, 3) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(("place", "first"), [("start", 0), ("center", 15), ("random", 30)])
def test_windows_stand_where_they_should(place: Any, first: int) -> None:
    window = chosen(VideoSpec(num_frames=20, window=place), 50, drawn=(1 << 64) - 1)
    assert window.indices(25.0, 50) == list(range(first, first + 20))
    assert window.start_seconds == first / 25


def test_random_windows_reach_every_place_and_stay_inside() -> None:
    video = VideoSpec(fps=8, num_frames=8, window="random")
    step = (1 << 64) // 1000
    begins = set()
    for number in range(1000):
        indices = chosen(video, 50, drawn=number * step).indices(25.0, 50)
        assert len(indices) == 8 and indices[-1] < 50
        begins.add(indices[0])
    assert begins == set(range(26)), "eight frames of 8 fps span 25 frames"


def test_a_clip_that_is_shorter_is_taken_whole() -> None:
    window = chosen(VideoSpec(seconds=2.0, window="random"), 30, drawn=1 << 63)
    assert (window.start_seconds, window.num_frames) == (0.0, 30)


def test_seconds_and_frames_mean_the_same() -> None:
    assert chosen(VideoSpec(fps=8, seconds=1.5), 50) == chosen(VideoSpec(fps=8, num_frames=12), 50)


def test_windows_keep_within_a_part_of_the_clip() -> None:
    assert chosen(VideoSpec(num_frames=5), 20, first=10).indices(25.0, 50) == list(range(10, 15))
    assert chosen(VideoSpec(), 20, first=10).indices(25.0, 50) == list(range(10, 20))


def picture(height: int, width: int) -> torch.Tensor:
    frames = torch.full((1, 3, height, width), 200, dtype=torch.uint8)
    frames[..., : width // 4] = 50
    return frames


def test_pad_keeps_the_whole_picture_on_black() -> None:
    fitted = fit_frames(picture(48, 64), 60, 64, "pad")
    assert fitted.shape == (1, 3, 60, 64)
    assert torch.equal(fitted[..., 6:54, :], picture(48, 64))
    assert not fitted[..., :6, :].any() and not fitted[..., 54:, :].any()


def test_crop_keeps_the_centre() -> None:
    fitted = fit_frames(picture(48, 64), 48, 32, "crop")
    assert torch.equal(fitted, picture(48, 64)[..., 16:48])


def test_stretch_keeps_the_quarter_a_quarter() -> None:
    fitted = fit_frames(picture(48, 64), 24, 128, "stretch")
    assert fitted.shape == (1, 3, 24, 128)
    assert (fitted[..., :30] == 50).all() and (fitted[..., 34:] == 200).all()


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (7, 5)])
def test_odd_shapes_fit_without_large_pictures_between(fit: Fit, size: tuple[int, int]) -> None:
    assert fit_frames(picture(*size), 24, 32, fit).shape == (1, 3, 24, 32)
