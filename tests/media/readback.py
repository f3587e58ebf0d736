"""Files read back whole: every frame by its number, the sound by its likeness to what was played.

    Kind --render--> file --cut, all along--> clips --outcomes--> {"right": 7, "not_shown": 2}

A clip whose frames or sound are another moment's, or which is silent where something sounds, fails
the test, and so does a reject of what the source has. What was rejected is counted by its reason.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from speakervid5m.processing.assembly.cut_clips import CutClip, CutReject
from tests.media.rendered import Kind, Packet, cut, heard, indices_of, request, samples_of

MISSING_SECONDS = 0.1
"""How much of what a clip needs a source may not have (design)."""
LATE_SECONDS = 0.0015
"""Containers round the times of sound to milliseconds, some twice."""
_NEAR_SECONDS = 0.0015
"""Containers round the times of frames to milliseconds."""
_ALIKE = 0.9
"""Least likeness of sound that went through a codec and a resampler."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a file shows and plays, on the source's clock."""

    frames: tuple[tuple[float, int], ...]
    """When each frame begins to be shown, and its number; in order."""
    end_seconds: float
    """When the last frame ends."""
    tone_zero: float = 0.0
    """When the tones' second 0 sounds."""
    sound: tuple[float, float] | None = None
    """From when to when something sounds; None without sound."""
    lost: tuple[float, float] | None = None
    """From when to when it is not to be used, since a part of the file is lost."""


def truth_of(
    path: Path,
    kind: Kind,
    *,
    frames: Sequence[int] | None = None,
    stored_from: int = 0,
) -> Truth:
    """What a file that was rendered as `kind` shows and plays.

    Args:
        path: the file; its earliest stream begins at source time 0.
        kind: as which it was rendered.
        frames: numbers of the frames that can be shown; all if left out.
        stored_from: number of the first frame that is in the file.
    """
    with av.open(str(path)) as container:
        begin = (container.start_time or 0) / av.time_base
        stamps = [float((p.pts or 0) * p.time_base) for p in container.demux(video=0) if p.size]
    zero = min(stamps) - begin - float(kind.shown[stored_from])
    numbers = range(len(kind.shown)) if frames is None else frames
    return Truth(
        frames=tuple((zero + float(kind.shown[number]), number) for number in numbers),
        end_seconds=zero + float(kind.shown[-1] + 1 / kind.fps),
        tone_zero=zero,
        sound=(zero + kind.sound_starts, zero + kind.seconds) if kind.layout else None,
    )


def outcomes(
    path: Path,
    truth: Truth,
    *,
    seconds: float = 1.0,
    every: float = 0.7,
    beyond: float = 1.5,
) -> Counter[str]:
    """Cuts clips all along a file, holds each against the truth, and counts what came of them.

    Every third clip is cut once more by itself, and must have the same bytes.

    Args:
        path: the file.
        truth: what it shows and plays.
        seconds: of each clip.
        every: seconds from the start of one to the start of the next.
        beyond: seconds behind the last frame up to which clips are asked for.

    Raises:
        AssertionError: a clip is not what is shown and played then, or was rejected though it is.
    """
    starts = np.arange(0.0, truth.end_seconds + beyond - seconds, every).round(3).tolist()
    muted = () if truth.sound else None
    asked = [
        request(f"{number:03d}", start, start + seconds, muted=muted)
        for number, start in enumerate(starts)
    ]
    results = cut(path, asked)
    assert [result.clip_id for result in results] == [one.clip_id for one in asked]
    count: Counter[str] = Counter()
    for number, (one, result) in enumerate(zip(asked, results, strict=True)):
        if isinstance(result, CutReject):
            assert not is_whole(truth, one.start_seconds, seconds), result
            count[result.reason] += 1
        else:
            check_frames(result, one.start_seconds, truth)
            check_sound(result, one.start_seconds, truth)
            count["right"] += 1
        if number % 3 == 0:
            assert [result] == cut(path, [one]), f"{one.start_seconds}: its bytes, cut alone"
    return count


def is_whole(truth: Truth, start: float, seconds: float) -> bool:
    """Whether a source has, beyond doubt, what a clip needs."""
    stop = start + seconds
    if truth.lost and start < truth.lost[1] and truth.lost[0] < stop:
        return False
    spans = [(truth.frames[0][0], truth.end_seconds), *([truth.sound] if truth.sound else [])]
    missing = [max(0.0, begin - start) + max(0.0, stop - end) for begin, end in spans]
    return max(missing) < MISSING_SECONDS - 1 / 25


def check_frames(clip: CutClip, start: float, truth: Truth) -> None:
    """Asserts that every frame of a clip of the left half is the one that is shown then."""
    times = np.array([time for time, _ in truth.frames])
    numbers = [number for _, number in truth.frames]
    missing = 0
    found = indices_of(clip.video)
    assert len(found) == clip.num_frames
    for k, index in enumerate(found):
        at = start + k / 25
        near = [at - _NEAR_SECONDS, at + _NEAR_SECONDS]
        shown = [int(i) for i in np.searchsorted(times, near, side="right") - 1]
        if max(shown) < 0 or at > truth.end_seconds + _NEAR_SECONDS:
            missing += 1
            continue
        right = [numbers[i] for i in shown if i >= 0]
        assert index in right, f"at {at:.3f} s frame {index} is shown, {right} would be right"
    assert missing / 25 <= MISSING_SECONDS, f"{start}: {missing} frames that the source has not"


def check_sound(clip: CutClip, start: float, truth: Truth) -> None:
    """Asserts that a clip sounds as its source does then, and that something does."""
    if truth.sound is None:
        assert clip.audio is None
        return
    samples, rate = samples_of(clip.audio)
    assert len(samples) == clip.num_frames * rate // 25
    stop = start + len(samples) / rate
    begins, ends = max(start, truth.sound[0]), min(stop, truth.sound[1])
    missing = len(samples) / rate - max(0.0, ends - begins)
    assert missing <= MISSING_SECONDS + LATE_SECONDS, f"{start}: {missing:.2f} s have no sound"
    inside = samples[round((begins - start) * rate) : round((ends - start) * rate)]
    late, likeness = heard(inside, rate, begins - truth.tone_zero)
    assert abs(late) <= LATE_SECONDS, f"{start}: the sound is {late:.4f} s late"
    assert likeness > _ALIKE, f"{start}: likeness {likeness:.3f}"


def best_effort(path: Path, kind: Kind) -> Truth:
    """What `ffprobe` says of a file whose container has no time at which frames are shown.

    Its frames come out in their order, and its sound begins at 0. The last frames, of which
    ffprobe knows no time, follow as fast as those before them.
    """
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("the program ffprobe is not installed: `make system` does that")
    entries = ("-select_streams", "v", "-show_entries", "frame=best_effort_timestamp_time")
    said = subprocess.run(
        [program, "-v", "error", *entries, "-of", "csv=p=0", str(path)],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.replace(",", "")
    times: list[float] = []
    for word in said.split():
        times.append(float(word) if word != "N/A" else 2 * times[-1] - times[-2])
    assert len(times) == len(kind.shown)
    return Truth(
        frames=tuple((time, number) for number, time in enumerate(times)),
        end_seconds=times[-1] + float(1 / kind.fps),
        sound=(0.0, kind.seconds) if kind.layout else None,
    )


def remux(path: Path, to: Path, *, keep: Callable[[Packet], bool] | None = None) -> Path:
    """Writes the packets of a file into another, all or those that are to be kept."""
    with av.open(str(path)) as given, av.open(str(to), "w") as out:
        streams = {one.index: out.add_stream_from_template(one) for one in given.streams}
        for packet in given.demux():
            if packet.size and (keep is None or keep(packet)):
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    return to


def joined(to: Path, parts: Sequence[tuple[Path, int]]) -> Path:
    """Writes one file with streams of several: of each part a file, and which of its streams."""
    packets: list[Packet] = []
    with ExitStack() as opened, av.open(str(to), "w") as out:
        for path, index in parts:
            given = opened.enter_context(av.open(str(path)))
            stream = out.add_stream_from_template(given.streams[index])
            for packet in given.demux(given.streams[index]):
                if packet.size:
                    packet.stream = stream
                    packets.append(packet)
        for packet in sorted(packets, key=lambda one: (one.dts or 0) * one.time_base):
            out.mux(packet)
    return to


def without_first_key(path: Path, to: Path) -> Path:
    """Writes a file whose frames begin between key frames: the first one is left out."""
    dropped: list[Packet] = []

    def keep(packet: Packet) -> bool:
        if packet.stream.type == "video" and not dropped:
            dropped.append(packet)
            return False
        return True

    return remux(path, to, keep=keep)
