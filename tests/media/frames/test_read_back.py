"""Sources of every kind, read back whole: 0 wrong frames or silent speech, the rest named."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media.readback import Truth, best_effort, joined, outcomes, truth_of
from tests.media.rendered import Kind, render
from tests.media.test_orientation import MATRICES, with_matrix
from tests.media.tracked import of_unknown_codec

CODECS = {
    "h264": Kind(),
    "hevc": Kind(codec="libx265", options={"x265-params": "log-level=none:pools=1"}),
    "vp9": Kind(codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}),
    "mpeg4": Kind(codec="mpeg4", options={"bf": "2", "b": "2000000"}),
}
CONTAINERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mp4": ("aac", ("h264", "hevc", "vp9", "mpeg4")),
    "mkv": ("aac", ("h264", "hevc", "vp9", "mpeg4")),
    "ts": ("aac", ("h264", "hevc", "mpeg4")),
    "webm": ("libopus", ("vp9",)),
    "avi": ("pcm_s16le", ("h264", "vp9", "mpeg4")),
}
"""With the codec of their sound, and those of video that they hold. AVI stores no time at which
frames are shown."""
IRREGULAR = tuple(
    Fraction(int(time), 1000)
    for time in np.concatenate([[0], np.cumsum(np.random.default_rng(0).integers(5, 90, 80))])
)
TIMES: dict[str, dict[str, Any]] = {
    "constant": {},
    "variable": {"times": IRREGULAR, "time_base": Fraction(1, 1000)},
    "late video": {"times": tuple(2 + Fraction(index, 25) for index in range(50))},
    "late audio": {"sound_starts": 1.2},
    "edit list": {"begins": Fraction(-12, 25), "container": {"avoid_negative_ts": "disabled"}},
}
IN_EVERY_RUN = {
    "mp4-h264-edit list",
    "mp4-mpeg4-late video",
    "mkv-hevc-variable",
    "ts-h264-late video",
    "ts-mpeg4-variable",
    "webm-vp9-late video",
    "mkv-h264-late audio",
    "avi-h264-constant",
    "avi-mpeg4-variable",
}
TABLE = [
    f"{container}-{codec}-{times}"
    for container, (_, codecs) in CONTAINERS.items()
    for codec in codecs
    for times in TIMES
    # Other containers begin at a frame that they store, and AVI's audio at its first frame.
    if (times != "edit list" or container == "mp4")
    and (times != "late audio" or container != "avi")
]


@pytest.mark.parametrize(
    "name",
    [
        name if name in IN_EVERY_RUN else pytest.param(name, marks=pytest.mark.slow)
        for name in TABLE
    ],
)
def test_every_clip_is_right_or_rejected_by_name(tmp_path: Path, name: str) -> None:
    container, codec, times = name.split("-")
    kind = replace(CODECS[codec], sound_codec=CONTAINERS[container][0], **TIMES[times])
    path = render(tmp_path / f"a b.{container}", kind)
    truth = best_effort(path, kind) if container == "avi" else truth_of(path, kind)
    found = outcomes(path, truth)
    assert found["right"] >= 2
    assert set(found) <= {"right", "not_shown", "audio_missing", "range_outside_source"}


def stored_long_before(folder: Path) -> tuple[Path, Truth]:
    """Frames reordered over 30 s: the one after them is stored before all their audio."""
    times = tuple(Fraction(n, 25) for n in (*range(238), *range(1000, 1100)))
    kind = Kind(seconds=44.0, times=times, time_base=Fraction(1, 1000))
    path = render(folder / "a.mkv", kind)
    return path, truth_of(path, kind)


def still(folder: Path) -> tuple[Path, Truth]:
    """Audio that is sought where no key frame is for 20 s."""
    stills = tuple(Fraction(second) for second in (0, 20, 40))
    kind = Kind(seconds=45.0, times=stills, time_base=Fraction(1, 25), options={"bf": "0"})
    path = render(folder / "a.mkv", kind)
    return path, replace(truth_of(path, kind), end_seconds=45.0)


def late_and_short(folder: Path) -> tuple[Path, Truth]:
    """Audio that begins 0.6 s before its frames, and ends 1.5 s before them."""
    times = tuple(Fraction(3, 5) + Fraction(index, 25) for index in range(85))
    kind = Kind(seconds=2.5, times=times)
    path = render(folder / "a.mp4", kind)
    return path, truth_of(path, kind)


def turned(rotation: int) -> Callable[[Path], tuple[Path, Truth]]:
    """Stored mirrored, and turned before that."""

    def made(folder: Path) -> tuple[Path, Truth]:
        kind = Kind(stored_turns=rotation // 90, stored_mirrored=True)
        path = render(folder / "a.mp4", kind)
        with_matrix(path, MATRICES[rotation, True])
        return path, truth_of(path, kind)

    return made


def of_rgb(folder: Path) -> tuple[Path, Truth]:
    """Frames of RGB."""
    kind = Kind(codec="libx264rgb", pixel_format="rgb24")
    path = render(folder / "a.mp4", kind)
    return path, truth_of(path, kind)


def behind_others(folder: Path) -> tuple[Path, Truth]:
    """A small video and a silent track stand before those that are meant, of 5.1."""
    kind = Kind(layout="5.1")
    whole = render(folder / "whole.mkv", kind)
    small = render(folder / "small.mkv", Kind(width=64, height=32, loudness=0.0))
    path = joined(folder / "a.mkv", [(small, 0), (whole, 0), (small, 1), (whole, 1)])
    return path, truth_of(whole, kind)


def beside_an_unknown_codec(folder: Path) -> tuple[Path, Truth]:
    """The first audio track is of a codec that FFmpeg does not know."""
    whole = render(folder / "whole.mp4", Kind())
    path = joined(folder / "a.mp4", [(whole, 0), (whole, 1), (whole, 1)])
    of_unknown_codec(path, 0)
    return path, truth_of(path, Kind())


@pytest.mark.parametrize(
    ("made", "every", "reasons"),
    [
        (stored_long_before, 4.3, set()),
        pytest.param(still, 4.3, set(), marks=pytest.mark.slow),
        (late_and_short, 0.3, {"not_shown", "audio_missing", "range_outside_source"}),
        *((turned(rotation), 1.7, {"range_outside_source"}) for rotation in (0, 90, 180, 270)),
        (of_rgb, 1.1, {"range_outside_source"}),
        (behind_others, 1.1, {"range_outside_source"}),
        (beside_an_unknown_codec, 1.1, {"range_outside_source"}),
    ],
    ids=[
        "stored long before", "still", "late and short", "mirrored", "mirrored and turned right",
        "upside down", "mirrored and turned left", "RGB", "behind others", "unknown codec",
    ],
)  # fmt: skip
def test_a_file_of_every_fault(
    tmp_path: Path,
    made: Callable[[Path], tuple[Path, Truth]],
    every: float,
    reasons: set[str],
) -> None:
    """Those whose times mislead are in `test_frame_times`."""
    found = outcomes(*made(tmp_path), every=every)
    assert found["right"] >= 2 and set(found) == {"right", *reasons}
