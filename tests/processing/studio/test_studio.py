"""Rendered shows: the same bytes in two processes, and what is heard and seen is what is true."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.processing.studio import FPS, ShowSpec, ShowTruth, plan_show
from speakervid5m.records import Interval

pytest.importorskip("cv2", reason="the extra demo is not installed")
pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
from speakervid5m.processing.studio.render import find_show, render_show

SPEC = ShowSpec(seed=12, duration_seconds=20, width=320, height=180, av_offset_frames=4)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> tuple[ShowTruth, Path]:
    folder = tmp_path_factory.mktemp("show")
    return render_show(SPEC, folder), folder


def video_of(truth: ShowTruth, folder: Path) -> Path:
    return folder / f"{truth.video_name}.mp4"


def test_two_processes_render_the_same_bytes(show: tuple[ShowTruth, Path], tmp_path: Path) -> None:
    truth, folder = show
    code = (
        "import sys; from pathlib import Path;"
        "from speakervid5m.processing.studio import ShowSpec;"
        "from speakervid5m.processing.studio.render import render_show;"
        "render_show(ShowSpec(seed=12, duration_seconds=20, width=320, height=180,"
        " av_offset_frames=4), Path(sys.argv[1]))"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=True)
    digests = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in one.iterdir()}
        for one in (folder, tmp_path)
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2
    assert find_show(SPEC, folder) == truth
    assert find_show(SPEC, tmp_path / "nowhere") is None


def frames(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path), "r") as container:
        found = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return np.stack(found).astype(np.uint8)


def sound(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path), "r") as container:
        rate = container.streams.audio[0].rate
        pieces = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(pieces).astype(np.float32), rate


def test_pictures_change_at_the_cuts_and_nowhere_else(show: tuple[ShowTruth, Path]) -> None:
    truth, folder = show
    pictures = frames(video_of(truth, folder)).astype(np.int16)
    assert len(pictures) == truth.num_frames
    change = np.abs(np.diff(pictures, axis=0)).mean((1, 2))
    cuts = {round(shot.start_seconds * FPS) for shot in truth.shots[1:]}
    hard = {round(shot.start_seconds * FPS) for shot in truth.shots[1:] if shot.transition == "cut"}
    found = {int(number) + 1 for number in np.flatnonzero(change > 12)}
    assert hard <= found
    # A fade or a fault of a scene changes the light; apart from them only cuts do.
    edges = {round(one * FPS) for e in truth.effects for one in (e.start_seconds, e.stop_seconds)}
    faded = {one for cut in cuts - hard for one in range(cut - 13, cut + 14)}
    assert found <= hard | faded | edges


def test_sound_is_where_the_turns_are_and_as_late_as_said(show: tuple[ShowTruth, Path]) -> None:
    truth, folder = show
    samples, rate = sound(video_of(truth, folder))
    late = SPEC.av_offset_frames / FPS

    def loudness(start: float, stop: float) -> float:
        piece = samples[int((start + late) * rate) : int((stop + late) * rate)]
        return float(np.sqrt(np.mean(piece**2)))

    spoken = [loudness(turn.start_seconds, turn.stop_seconds) for turn in truth.turns]
    silence: tuple[Interval, ...] = (Interval(0.0, truth.duration_seconds - late),)
    for turn in truth.turns:
        silence = tuple(part for one in silence for part in without(one, turn.interval))
    gaps = [
        loudness(one.start_seconds + 0.05, one.stop_seconds - 0.05)
        for one in silence
        if one.duration_seconds > 0.25
    ]
    assert gaps
    assert min(spoken) > 5 * max(gaps)


def without(whole: Interval, part: Interval) -> list[Interval]:
    pieces = [
        (whole.start_seconds, min(whole.stop_seconds, part.start_seconds)),
        (max(whole.start_seconds, part.stop_seconds), whole.stop_seconds),
    ]
    return [Interval(start, stop) for start, stop in pieces if start < stop]


def test_mouths_move_with_the_voice_and_listeners_do_not_talk(
    show: tuple[ShowTruth, Path],
) -> None:
    truth, folder = show
    details = json.loads(video_of(truth, folder).with_suffix(".json").read_text())
    mouths = {person: np.array(details["mouths"][person]) for person in "AB"}
    compared = 0
    for turn in truth.turns:
        meanwhile = any(one.interval & turn.interval for one in truth.turns if one != turn)
        if turn.voice not in "AB" or turn.interval.duration_seconds < 1 or meanwhile:
            continue
        compared += 1
        span = slice(round(turn.start_seconds * FPS), round(turn.stop_seconds * FPS))
        other = "B" if turn.voice == "A" else "A"
        assert mouths[turn.voice][span].std() > 2 * mouths[other][span].std()
    assert compared


def test_a_face_detector_finds_the_faces_where_they_are(show: tuple[ShowTruth, Path]) -> None:
    import cv2

    truth, folder = show
    path = video_of(truth, folder)
    details = json.loads(path.with_suffix(".json").read_text())
    folder_of_cascades: str = vars(cv2)["data"].haarcascades
    cascade = cv2.CascadeClassifier(f"{folder_of_cascades}haarcascade_frontalface_alt2.xml")
    pictures = frames(path)
    lost = {
        number
        for effect in truth.effects
        for number in range(round(effect.start_seconds * FPS), round(effect.stop_seconds * FPS))
    }
    lost |= {
        number
        for shot in truth.shots
        if shot.transition == "fade"
        for number in range(
            round(shot.start_seconds * FPS) - 14, round(shot.start_seconds * FPS) + 14
        )
    }
    shown = found = wrong = 0
    for number in range(0, truth.num_frames, 10):
        if number in lost:
            continue
        boxes = cascade.detectMultiScale(pictures[number], 1.1, 3, minSize=(20, 20))
        true = list(details["faces"][number].values())
        shown += len(true)
        hits = [
            any(x1 < x + w / 2 < x2 and y1 < y + h / 2 < y2 for x, y, w, h in boxes)
            for x1, y1, x2, y2 in true
        ]
        found += sum(hits)
        wrong += max(0, len(boxes) - len(true))
    assert shown > 20
    assert found / shown > 0.9
    assert wrong <= shown * 0.05


def test_plans_hold_everything_that_the_issue_names() -> None:
    plans = [plan_show(ShowSpec(seed=seed, duration_seconds=120)) for seed in range(20)]
    shots = [shot for plan in plans for shot in plan.shots]
    assert {shot.kind for shot in shots} == {"wide", "close_a", "close_b", "cutaway"}
    assert {shot.transition for shot in shots} == {"cut", "fade"}
    assert {effect.kind for plan in plans for effect in plan.effects} == {"dark", "blurred"}
    assert {turn.voice for plan in plans for turn in plan.turns} == {"A", "B", "C"}
    assert any(turn.backchannel for plan in plans for turn in plan.turns)
    assert {clip.role for plan in plans for clip in plan.clips} == {
        "speaking",
        "listening",
        "unbound",
    }
    listening = [one for plan in plans for one in plan.samples.listening]
    assert {one.speaker is None for one in listening} == {True, False}
    assert any(plan.source_id.startswith("-") for plan in plans)
    assert any("_" in plan.source_id for plan in plans)
    assert len({plan.source_id for plan in plans}) == len(plans)
    for plan in plans:
        assert ShowTruth.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize("changed", [{"duration_seconds": 1}, {"width": 321}, {"height": 179}])
def test_shows_that_cannot_be(changed: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least 5 s and an even size"):
        ShowSpec(seed=0, **changed)  # type: ignore[arg-type]
