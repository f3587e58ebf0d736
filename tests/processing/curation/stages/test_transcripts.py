"""Clean speech, and what is made of a recogniser's answers, on a short video."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.media import read_audio
from speakervid5m.processing.assembly.catalogue import request_of
from speakervid5m.processing.assembly.cut_clips import CutClip, CutCounts, CutSettings, cut_source
from speakervid5m.processing.curation.clips.clean_speech import clean_speech
from speakervid5m.processing.curation.stages.transcripts import _transcripts, plain_text
from speakervid5m.processing.engines import Source, Tables, WrongResult
from speakervid5m.processing.models.speech.faster_whisper import over_segments
from speakervid5m.processing.models.speech.protocols import Transcript
from speakervid5m.records import Segment, clips_of
from tests.processing.curation.made_clips import clip, table
from tests.processing.shows import write_video


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    write_video(path, 128, 72, 400, seed=1)
    return Source(source_id="abcdefghijk", path=path, digest="0", name=path.name)


CLIPS = [clip(0, 1.0, 5.0), clip(1, 5.2, 9.0), clip(2, 9.0, 12.0), clip(3, 12.0, 15.5)]


def test_a_recogniser_hears_what_the_release_holds_and_nothing_is_seen(source: Source) -> None:
    listener = replace(
        CLIPS[0], clip_id="abcdefghijk_128x72_full_video_000_A_None_01", role="listening"
    )
    heard = {one.clip.clip_id: one.samples for one in clean_speech(source, [*CLIPS, listener])}
    assert list(heard) == [one.clip_id for one in CLIPS]
    for cut in cut_source(source.path, [request_of(one) for one in CLIPS], CutSettings()):
        assert isinstance(cut, CutClip)
        assert cut.audio is not None
        np.testing.assert_array_equal(heard[cut.clip_id], read_audio(cut.audio, sample_rate=16_000))
    first = heard[CLIPS[0].clip_id]
    assert not first[:16_000].any(), "where the other voice sounds"
    assert np.abs(first[17_000:]).max() > 0.1
    counts = CutCounts()
    sounds = [replace(request_of(one), bbox=None) for one in CLIPS]
    assert len(list(cut_source(source.path, sounds, CutSettings(), counts=counts))) == len(CLIPS)
    assert counts.num_frames_decoded == 0


class Scripted:
    """Says what it is told to, and remembers what it heard."""

    def __init__(self, transcripts: Sequence[Transcript]) -> None:
        self.left = list(transcripts)
        self.heard: list[int] = []

    def transcribe(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[Transcript]:
        self.heard += [len(sound) for sound in sounds]
        found, self.left = self.left[: len(sounds)], self.left[len(sounds) :]
        return found


def said(text: str, language: str = "en") -> Transcript:
    segment = Segment(0.5, 1.25, text, -0.3, 0.1, 1.2)
    return Transcript(
        language=language,
        segments=(segment,) if text else (),
        avg_logprob=-0.3,
        no_speech_prob=0.1,
        compression_ratio=1.2,
    )


def run(source: Source, transcripts: Sequence[Transcript]) -> list[dict[str, Any]]:
    inputs: dict[str, Tables] = {"clips": {"clips": table(CLIPS)}}
    scripted = Scripted(transcripts)
    rows: list[dict[str, Any]] = _transcripts(scripted, source, inputs)["measured"].to_pylist()
    assert scripted.heard == [64_000, 60_800, 48_000, 55_680]
    return rows


def test_words_scores_and_times_reach_the_columns(source: Source) -> None:
    rows = run(
        source, [said(" Good\nmorning.\x00 ", "en"), said(""), said("Ja.", "de"), said("So")]
    )
    assert [row["transcript"] for row in rows] == ["Good morning.", "", "Ja.", "So"]
    assert [row["language"] for row in rows] == ["en", "en", "de", "en"]
    # Of 4 + 3 + 3.5 s with words, 3 s are German; the clip without words says nothing of it.
    assert rows[2]["language_share"] == pytest.approx(3 / 10.5, abs=1e-6)
    assert rows[0]["language_share"] == pytest.approx(7.5 / 10.5, abs=1e-6)
    assert rows[0]["asr_avg_logprob"] == -0.3
    (segment,) = rows[0]["segments"]
    # The scene begins a second before the clip.
    assert (segment["start_seconds"], segment["stop_seconds"]) == (1.5, 2.25)
    joined = {one.clip_id: one for one in clips_of(table(CLIPS))}
    assert set(joined) == {row["clip_id"] for row in rows}


def test_a_recogniser_that_loses_a_sound_fails_the_unit(source: Source) -> None:
    inputs: dict[str, Tables] = {"clips": {"clips": table(CLIPS)}}
    with pytest.raises(WrongResult, match="a batch of 4 gave 2 results"):
        _transcripts(Scripted([said("one"), said("two")]), source, inputs)


def test_text_is_plain_and_bounded() -> None:
    assert plain_text("a\x00b\u202ec\n\n d ") == "a b c d"
    assert len(plain_text("word " * 100_000)) <= 5_000


def test_scores_over_segments_are_weighted_by_time() -> None:
    segments = (Segment(0, 1, "a", -1.0), Segment(1, 4, "b", -0.2), Segment(4, 9, "c", None))
    assert over_segments(segments, "avg_logprob") == pytest.approx(-0.4)
    assert over_segments((), "avg_logprob") is None
