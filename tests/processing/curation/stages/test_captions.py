"""Which clips are asked about, what is shown, what is asked again, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from speakervid5m.media import Planes, SourceReader, crop_rectangle, shrunk
from speakervid5m.processing.curation.clips.clip_frames import clip_frames
from speakervid5m.processing.curation.clips.clip_tables import measured_schema, measured_table
from speakervid5m.processing.curation.stages.captions import (
    LONG_SIDE,
    MAX_ATTEMPTS,
    _captions,
    is_worth_it,
)
from speakervid5m.processing.engines import Source, Tables
from speakervid5m.processing.models.vision.protocols import Question
from speakervid5m.records import Clip
from speakervid5m.release import GATES, Gate
from tests.processing.curation.clips.test_caption_text import answer
from tests.processing.curation.made_clips import clip, table
from tests.processing.shows import write_video

BASE = {gate.name: gate for gate in GATES if gate.stage == "base"}
CLIPS = [clip(0, 1.0, 5.0), clip(1, 5.2, 9.0), clip(2, 9.0, 12.0), clip(3, 12.0, 15.5)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    write_video(path, 128, 72, 400, seed=1)
    return Source(source_id="abcdefghijk", path=path, digest="0", name=path.name)


class Scripted:
    """Gives the next of a clip's answers, by the first words of its transcript."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.asked: list[Question] = []

    def answer(self, questions: Sequence[Question]) -> Sequence[str]:
        self.asked += questions
        found = []
        for one in questions:
            name = next(name for name in self.answers if f'"{name}"' in one.prompt)
            found.append(self.answers[name].pop(0))
        return found


def run(source: Source, captioner: Scripted, gates: tuple[Gate, ...] = ()) -> Tables:
    words = measured_schema("transcript", "dover")
    said = {
        one.clip_id: {"transcript": f"words {one.scene}", "dover": 0.1 if one.scene == 2 else 0.5}
        for one in CLIPS
    }
    inputs: dict[str, Tables] = {
        "clips": {"clips": table(CLIPS)},
        "transcripts": {"measured": measured_table(said, words)},
    }
    return _captions(("transcripts",), gates, captioner, source, inputs)


def test_only_what_passes_every_other_gate_is_asked_about(source: Source) -> None:
    captioner = Scripted({f"words {number}": [answer()] for number in range(4)})
    found = run(source, captioner, (BASE["dover"], BASE["duration_min"]))
    rows = {row["clip_id"]: row for row in found["measured"].to_pylist()}
    assert list(rows) == [one.clip_id for one in CLIPS if one.scene != 2]
    assert len(captioner.asked) == 3
    row = rows[CLIPS[0].clip_id]
    assert row["motion"] == "She nods and opens her hands."
    assert row["entities"] == ["a woman", "a desk"]
    assert row["motion_degree"] == 2.6667
    assert not found["unanswered"].num_rows


def test_an_answer_that_is_not_believed_is_asked_for_again_and_not_for_ever(
    source: Source,
) -> None:
    captioner = Scripted(
        {
            "words 0": ["I see a woman.", answer()],
            "words 1": [answer(facing="back")] * MAX_ATTEMPTS,
            "words 2": [answer()],
            "words 3": [answer()],
        }
    )
    found = run(source, captioner)
    prompts = [one.prompt for one in captioner.asked]
    assert len(prompts) == 4 + 2 + 1
    assert [("was not valid" in one) for one in prompts] == [False] * 4 + [True] * 3
    assert found["unanswered"].to_pylist() == [
        {
            "clip_id": CLIPS[1].clip_id,
            "reason": "unknown_choice",
            "detail": "facing is 'back'",
        }
    ]
    assert CLIPS[1].clip_id not in found["measured"]["clip_id"].to_pylist()


def test_a_source_has_one_topic(source: Source) -> None:
    topics = ["Comedy", "Education", "Education", "Sports"]
    captioner = Scripted(
        {f"words {number}": [answer(topic=topic)] for number, topic in enumerate(topics)}
    )
    assert run(source, captioner)["measured"]["topic"].to_pylist() == ["Education"] * 4


def test_frames_are_the_box_at_two_a_second(source: Source) -> None:
    found = list(clip_frames(source, CLIPS[::-1], fps=2.0, max_frames=7, long_side=LONG_SIDE))
    assert [one.clip for one in found] == CLIPS
    assert [len(one.frames) for one in found] == [7, 7, 6, 7]
    assert found[0].frames.shape[1:] == (72, 64, 3)
    assert found[2].fps == 2.0
    with SourceReader(source.path) as reader:
        where = crop_rectangle(CLIPS[2].bbox, reader.info.width, reader.info.height)
        for number in range(6):
            time = 9.0 + number / 2
            picture = next(reader.frames(time, time + 0.02))
            frame = Planes.of(picture.frame, reader.info).crop(where, where.width, where.height)
            np.testing.assert_array_equal(found[2].frames[number], frame.to_ndarray(format="rgb24"))


def test_large_boxes_are_shown_small_and_a_box_outside_not_at_all(
    source: Source, tmp_path: Path
) -> None:
    wide = Source(source_id="abcdefghijk", path=tmp_path / "wide.mp4", digest="0", name="wide.mp4")
    write_video(wide.path, 1280, 720, 30, seed=1)
    whole = replace(clip(0, 0.0, 1.0), bbox=(0.0, 0.0, 1.0, 1.0))
    (found,) = clip_frames(wide, [whole], fps=2.0, max_frames=28, long_side=LONG_SIDE)
    assert found.frames.shape[1:3] == shrunk(1280, 720, LONG_SIDE)[::-1] == (252, 448)
    outside = replace(CLIPS[0], bbox=(0.5, 0.5, 1.5, 1.0))
    assert list(clip_frames(source, [outside], fps=2.0, max_frames=28, long_side=448)) == []


@pytest.mark.parametrize(
    ("changed", "worth"),
    [
        ({}, False),
        ({"hand_blur": 0.3}, False),
        ({"face_blur": 0.3}, True),
        ({"face_blur": 0.3, "hand_blur": 0.05}, False),
        ({"face_blur": 0.05, "hand_blur": 0.3}, False),
        ({"face_blur": 0.3, "hand_blur": 0.3}, True),
    ],
)
def test_hands_that_nobody_saw_may_be_out_of_view(changed: dict[str, float], worth: bool) -> None:
    measured: Clip = replace(CLIPS[0], **changed)  # type: ignore[arg-type]
    assert is_worth_it(measured, [BASE["face_blur"], BASE["hand_blur"]]) is worth
