"""Sources of every kind, read back whole: 0 wrong frames or silent speech, the rest named."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media.readback import best_effort, outcomes, truth_of
from tests.media.rendered import Kind, render

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
