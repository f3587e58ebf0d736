"""Memory over a long source: what grows with its length is small tables, whatever is shown."""

import logging
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")

from speakervid5m.processing.curation.people.mouth_binding import speech_envelope
from speakervid5m.processing.curation.speech import audio as hearing
from speakervid5m.processing.curation.speech.audio import read_source_audio
from speakervid5m.processing.curation.vision import faces, light as measures
from speakervid5m.processing.curation.vision.cut_scores import CutScores
from speakervid5m.processing.curation.vision.faces import Faces
from speakervid5m.processing.curation.vision.frame_pass import run_frame_pass
from speakervid5m.processing.curation.vision.light import Cells
from speakervid5m.processing.models.faces.protocols import DetectedFaces
from speakervid5m.processing.models.speech.protocols import SAMPLE_RATE
from speakervid5m.processing.models.vision.frame import FPS, Frame

logger = logging.getLogger(__name__)

EIGHT_HOURS = 8 * 3600


class TwoFaces:
    """Finds two faces in every picture, as in a talk that is one wide shot."""

    def detect(self, frames: Sequence[Frame]) -> list[DetectedFaces]:
        boxes = np.array([[0.1, 0.2, 0.4, 0.7], [0.6, 0.2, 0.9, 0.7]], np.float32)
        return [DetectedFaces(boxes) for _ in frames]


def write_long(path: Path, seconds: int) -> Path:
    """Two pictures a second, tiny, and a tone."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=2, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        rows, columns = np.mgrid[0:64, 0:96]
        for number in range(seconds * 2):
            shade = ((rows * 2 + columns + number * 3) % 200).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.repeat(shade[..., None], 3, 2), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            container.mux(video.encode(frame))
            tone = 0.2 * np.sin(np.arange(number * 8000, number * 8000 + 8000) * 0.05)
            piece = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), "fltp", "mono")
            piece.sample_rate, piece.pts = 16_000, number * 8000
            container.mux(sound.encode(piece))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


def test_the_look_keeps_little_of_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What waits for its batch does not grow; with small batches it does not hide what does.
    monkeypatch.setattr(faces, "_ROWS_PER_BATCH", 256)
    monkeypatch.setattr(measures, "_ROWS_PER_BATCH", 32)
    lengths, kept = (30, 90), []
    for seconds in lengths:
        path = write_long(tmp_path / f"{seconds}.mp4", seconds)
        taps = (CutScores(), Cells(), Faces(TwoFaces()))
        tracemalloc.start()
        looked = run_frame_pass(path, taps)
        tables = [tap.finish() for tap in taps]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert looked.num_frames == seconds * FPS
        assert tables[2].num_rows == 2 * looked.num_frames
        kept.append((peak, sum(table.nbytes for table in tables)))
    per_second = np.diff(kept, axis=0)[0] / (lengths[1] - lengths[0])
    python, arrow = per_second * EIGHT_HOURS
    logger.info(f"eight hours: tables {arrow / 1e6:.0f} MB, Python {python / 1e6:.0f} MB")
    # Tables with two faces throughout; and what numpy holds, the 249 MB of cells among them.
    assert arrow < 500e6
    assert python < 249e6 + 50e6


def test_sound_of_more_than_an_hour_lies_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_long(tmp_path / "a.mp4", 30)
    whole, seconds, _ = read_source_audio(path)
    assert not isinstance(whole, np.memmap)
    monkeypatch.setattr(hearing, "_MEMORY_SECONDS", 5)
    monkeypatch.setattr(hearing, "_GROWTH_SECONDS", 2)
    mapped, same_seconds, _ = read_source_audio(path)
    assert isinstance(mapped, np.memmap)
    assert same_seconds == seconds and np.array_equal(whole, mapped)
    # Nothing of it is held in memory, nor is a copy made to tell how loud it is.
    tracemalloc.start()
    envelope = speech_envelope(mapped)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(envelope, speech_envelope(whole))
    assert peak < mapped.nbytes / 10
    assert len(mapped) == round(seconds * SAMPLE_RATE)


def test_envelopes_of_lengths_that_are_no_frames() -> None:
    rng = np.random.default_rng(0)
    for length in (0, 1, 639, 640, 641, 2000):
        samples = rng.normal(0, 0.1, length).astype(np.float32)
        padded = np.pad(samples, (0, -length % 640)).reshape(-1, 640).astype(np.float64)
        expected = np.log(np.sqrt((padded**2).mean(1)) + 3e-3)
        assert np.allclose(speech_envelope(samples), expected, atol=1e-6)
