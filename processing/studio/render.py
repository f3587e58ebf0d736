"""A show's specification in; an mp4 (H.264 and AAC) and its truth as JSON out.

The same specification gives the same bytes: one thread and bit-exact flags throughout. Grain is
added after all effects, as by a sensor.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ...media import x264_params
from ...records import atomic_file
from .heads import Image
from .plan.script import texts_of
from .plan.show import ShowSpec, direct, script_of, source_id_of
from .plan.truth import FPS, ShowTruth
from .soundtrack import TRACK_RATE, mix, mouth_openings
from .speech_synthesis import speak
from .stage_set import FaceBox, StageSet

_FADE_FRAMES = 12
_GRAIN_SIGMA = 1.6
_DARKNESS = 0.3
_BLUR_SIGMA = 4.0


def render_show(spec: ShowSpec, folder: Path) -> ShowTruth:
    """Writes `{source_id}_{W}x{H}_full_video.mp4`, and the truth as `.json` next to it.

    The file of the truth also holds, for each frame, the boxes of the faces in pixels and how far
    each mouth is open (`faces`, `mouths`), which `ShowTruth` does not have.

    Raises:
        ImportError: the extra `demo` is not installed.
    """
    lines = script_of(spec)
    names = direct(spec, [], {}).people
    cast = {"A": names[0], "B": names[1], "C": "announcer"}
    texts = texts_of(lines)
    spoken = dict(zip(texts, speak([(cast[voice], text) for voice, text in texts]), strict=True))
    truth = direct(spec, lines, {said: sentence.seconds for said, sentence in spoken.items()})
    track = mix(
        truth.turns,
        spoken,
        num_frames=truth.num_frames,
        seed=spec.seed,
        late_frames=spec.av_offset_frames,
        noisy=spec.kind == "noisy",
    )
    mouths = {
        person: mouth_openings(truth.turns, spoken, person, truth.num_frames) for person in "AB"
    }
    faces: list[list[FaceBox]] = []
    path = folder / f"{truth.video_name}.mp4"
    with atomic_file(path) as draft:
        _encode(draft, _frames(truth, mouths, faces), track, (truth.width, truth.height))
        details = truth.to_json() | {
            "faces": [{face.person: face.box for face in frame} for frame in faces],
            "mouths": {
                person: [round(float(m), 3) for m in mouth] for person, mouth in mouths.items()
            },
        }
        path.with_suffix(".json").write_text(json.dumps(details, sort_keys=True) + "\n")
    return truth


def find_show(spec: ShowSpec, folder: Path) -> ShowTruth | None:
    """The truth of a show that is already rendered completely, or None."""
    video = folder / f"{source_id_of(spec.seed)}_{spec.width}x{spec.height}_full_video.mp4"
    if not video.exists():
        return None
    truth = ShowTruth.from_json(json.loads(video.with_suffix(".json").read_text()))
    as_asked = (
        truth.people == direct(spec, [], {}).people
        and truth.num_frames == round(spec.duration_seconds * FPS)
        and truth.av_offset_frames == spec.av_offset_frames
    )
    return truth if as_asked else None


def _frames(
    truth: ShowTruth, mouths: dict[str, NDArray[np.float64]], faces: list[list[FaceBox]]
) -> Iterator[Image]:
    cv2.setNumThreads(1)
    people = dict(zip("AB", truth.people, strict=True))
    stage = StageSet(people, (truth.width, truth.height), truth.num_frames, truth.seed)
    grain = _grain(truth.width, truth.height)
    fades = [round(shot.start_seconds * FPS) for shot in truth.shots if shot.transition == "fade"]
    shot = 0
    for number in range(truth.num_frames):
        while truth.shots[shot].stop_seconds * FPS <= number + 1e-6:
            shot += 1
        image, boxes = stage.frame(number, truth.shots[shot].kind, mouths)
        faces.append(boxes)
        yield _with_grain(_with_faults(image, number, truth, fades), grain[number % len(grain)])


def _with_faults(image: Image, number: int, truth: ShowTruth, fades: list[int]) -> Image:
    for fade in fades:
        distance = abs(number - fade)
        if distance < _FADE_FRAMES:
            image = (image * (distance / _FADE_FRAMES)).astype(np.uint8)
    for effect in truth.effects:
        if effect.start_seconds <= number / FPS + 1e-6 < effect.stop_seconds:
            if effect.kind == "dark":
                image = (image * _DARKNESS).astype(np.uint8)
            else:
                image = np.asarray(cv2.GaussianBlur(image, (0, 0), _BLUR_SIGMA), np.uint8)
    return image


def _grain(width: int, height: int) -> list[NDArray[np.int16]]:
    rng = np.random.default_rng(5)
    return [
        rng.normal(0, _GRAIN_SIGMA, (height, width)).round().astype(np.int16) for _ in range(12)
    ]


def _with_grain(image: Image, grain: NDArray[np.int16]) -> Image:
    """(H * 3/2, W) planar 4:2:0 of the frame, with grain on its luma."""
    planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
    luma = planes[: grain.shape[0]]
    luma[:] = cv2.add(luma.astype(np.int16), grain).clip(0, 255).astype(np.uint8)
    return planes


def _encode(
    path: Path, frames: Iterator[Image], track: NDArray[np.float32], size: tuple[int, int]
) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.thread_count = 1
        video.codec_context.options = {
            "crf": "20",
            "preset": "veryfast",
            "flags": "+bitexact",
            "x264-params": x264_params(),
        }
        audio = container.add_stream("aac", rate=TRACK_RATE, layout="mono")
        audio.codec_context.bit_rate = 96_000
        audio.codec_context.options = {"flags": "+bitexact"}
        each = TRACK_RATE // FPS
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            samples = track[number * each : (number + 1) * each][None]
            audio_frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "mono")
            audio_frame.sample_rate, audio_frame.pts = TRACK_RATE, number * each
            audio_frame.time_base = Fraction(1, TRACK_RATE)
            container.mux(audio.encode(audio_frame))
        container.mux(video.encode())
        container.mux(audio.encode())
