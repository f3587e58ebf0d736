"""The adapters: every form that can be meant, and a clear word on every other."""

import math
from collections import Counter
from typing import Any

import pytest

from speakervid5m.processing.official.adapters.asr import read_asr
from speakervid5m.processing.official.adapters.blur import read_blur
from speakervid5m.processing.official.adapters.captions import read_captions
from speakervid5m.processing.official.adapters.merged import read_merged
from speakervid5m.processing.official.adapters.videos import read_scenes, read_voices
from speakervid5m.processing.official.dump.problems import UnknownShape, Unusable
from speakervid5m.records import ClipKey

KEY = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_01")
PUBLISHED: dict[str, Any] = {
    "num_frames": 294,
    "clear": 2221.807638888889,
    "video_total_duration": 11.811800000000005,
    "start": 297.25603333333333,
    "duration": 4.2,
    "start_seconds": 289.6560333333333,
    "end_seconds": 301.4678333333333,
    "bbox": [0.6020080312093099, 0.060399305555555595, 0.9994791666666667, 0.9140717230902777],
    "conf": 0,
    "sync": {
        "0": [[6.1157, 7.3346, -3.0], [3.4444, 9.136, -1.0]],
        "1": [[0, 0, 0], [0, 0, 0]],
    },
    "speaker": ["B", "B"],
    "dover": 0.5581270269629535,
}


def merged(key: ClipKey = KEY, **changed: Any) -> dict[str, Any]:
    values = {name: one for name, one in (PUBLISHED | changed).items() if one != "gone"}
    return read_merged(key, values, Counter())


def test_the_published_record() -> None:
    found = merged()
    assert found["scene"] == (289.656033, 301.467833)
    assert found["tight"] == (297.256033, 301.456033)
    assert found["bbox"] == tuple(PUBLISHED["bbox"])
    assert found["sync"] is None
    assert (found["dover"], found["clarity"]) == (PUBLISHED["dover"], PUBLISHED["clear"])


def test_sync_is_the_best_of_the_own_box_and_the_own_voice() -> None:
    first = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_00")
    assert merged(first)["sync"] == (6.1157, 7.3346, -3.0)
    assert merged(first, speaker=["A", "B"])["sync"] == (3.4444, 9.136, -1.0)
    assert merged(first, speaker=["A", "A"])["sync"] is None
    assert merged(first, speaker=["A", "A"], conf=4.5)["sync"] == (4.5, None, None)
    assert merged(first, sync="gone", conf=4.5)["sync"] == (4.5, None, None)
    listener = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_None_00")
    assert merged(listener)["sync"] == (6.1157, 7.3346, -3.0)
    unbound = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_None_00")
    assert merged(unbound)["sync"] is None


@pytest.mark.parametrize(
    ("changed", "scene"),
    [
        ({"end_seconds": "gone"}, (289.656033, 301.467833)),
        (
            {"start_seconds": "gone", "org_start_seconds": 289.6560333333333},
            (289.656033, 301.467833),
        ),
        ({"start_seconds": "289.5"}, (289.5, 301.467833)),
        ({"start_seconds": "gone"}, None),
        ({"end_seconds": "gone", "video_total_duration": "gone"}, None),
    ],
)
def test_time_keys_by_all_their_names(changed: dict[str, Any], scene: Any) -> None:
    assert merged(**changed)["scene"] == scene


def test_start_new_and_duration_new() -> None:
    found = merged(start="gone", duration="gone", start_new=290.0, duration_new=2.0)
    assert found["tight"] == (290.0, 292.0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"start_seconds": 400.0}, "bad_times"),
        ({"start_seconds": -1.0}, "bad_times"),
        ({"start_seconds": 289.0, "end_seconds": 290.4}, "bad_times"),
        ({"start_seconds": 289.0, "end_seconds": 317.1}, "bad_times"),
        ({"start_seconds": 289.0, "end_seconds": 1e9}, "bad_times"),
        ({"start_seconds": 1e9, "end_seconds": 1e9 + 9}, "bad_times"),
        ({"start_seconds": float("nan")}, "bad_value"),
        ({"start_seconds": [1]}, "bad_value"),
        ({"start_seconds": True}, "bad_value"),
        ({"start_seconds": "04:49.6"}, "bad_value"),
        ({"start_seconds": 10**400}, "bad_value"),
    ],
)
def test_a_bad_scene_is_refused_and_leaves_the_other_range(
    changed: dict[str, Any], reason: str
) -> None:
    found = merged(**changed)
    assert found["scene"] is None
    assert found["refused"]["scene"][0] == reason
    assert found["tight"] == (297.256033, 301.456033)
    with pytest.raises(Unusable) as caught:
        merged(**changed, start="gone")
    assert caught.value.reason == reason


@pytest.mark.parametrize("length", [0, float("nan"), -1.0, 1e9, "long"])
def test_a_bad_tight_range_leaves_the_scene(length: Any) -> None:
    found = merged(duration=length)
    assert found["scene"] == (289.656033, 301.467833)
    assert found["refused"].keys() == {"tight"}


def test_times_may_be_time_codes() -> None:
    found = merged(
        start_seconds="00:04:49.656", end_seconds="00:05:01.5", start="00:04:50", duration="4.2"
    )
    assert found["scene"] == (289.656, 301.5)
    assert found["tight"] == (290.0, 294.2)


def test_no_times_at_all_may_still_be_known_from_the_scenes() -> None:
    found = merged(start="gone", start_seconds="gone", end_seconds="gone")
    assert found["scene"] is found["tight"] is None
    assert found["refused"]["none"][0] == "missing_times"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"bbox": None}, "bad_bbox"),
        ({"bbox": [0.1, 0.2, 0.3]}, "bad_bbox"),
        ({"bbox": [0.5, 0.5, 0.2, 0.9]}, "bad_bbox"),
        ({"bbox": [0.1, 0.2, 1.5, 0.9]}, "bad_bbox"),
        ({"bbox": [0.1, 0.2, float("inf"), 0.9]}, "bad_bbox"),
        ({"bbox": "0 0 1 1"}, "bad_bbox"),
        ({"bbox": {"x": 1}}, "bad_bbox"),
    ],
)
def test_what_makes_no_clip(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable) as caught:
        merged(**changed)
    assert caught.value.reason == reason


def test_a_box_a_hair_outside_is_clamped_and_a_bad_score_is_none() -> None:
    repairs: Counter[str] = Counter()
    values = PUBLISHED | {"bbox": [-0.005, 0.1, 1.01, 0.9], "dover": float("nan"), "clear": "x"}
    found = read_merged(KEY, values, repairs)
    assert found["bbox"] == (0.0, 0.1, 1.0, 0.9)
    assert found["dover"] is None
    assert found["clarity"] is None
    assert repairs == {"bbox_clamped": 1, "bad_dover": 1, "bad_clear": 1}


def test_whisper_scores_are_weighted_by_duration() -> None:
    segments = [
        {"start": 0.0, "end": 3.0, "text": " One.", "avg_logprob": -0.2, "no_speech_prob": 0.1,
         "compression_ratio": 1.2},
        {"start": 3.0, "end": 4.0, "text": " Two.", "avg_logprob": -1.0, "no_speech_prob": 0.5,
         "compression_ratio": 2.0},
        {"start": 5.0, "end": 4.0, "text": " Never."},
        "not a segment",
    ]  # fmt: skip
    repairs: Counter[str] = Counter()
    found = read_asr({"text": " One. Two.", "language": "en", "segments": segments}, repairs)
    assert found["transcript"] == "One. Two."
    assert found["asr_avg_logprob"] == pytest.approx(-0.4)
    assert found["asr_no_speech_prob"] == pytest.approx(0.2)
    assert found["asr_compression_ratio"] == 2.0
    assert len(found["segments"]) == 2
    assert repairs == {"bad_asr_segment": 2}
    assert read_asr({"text": "", "segments": []}, Counter())["transcript"] is None
    with pytest.raises(UnknownShape, match=r"words.*official/adapters/asr"):
        read_asr({"words": []}, Counter())


@pytest.mark.parametrize(
    "values",
    [
        {"Motion Cap": "nods", "Human Body": "half body", "Facing": "front", "Motion Degree": 3},
        {"movement_caption": "nods", "body_view": "portrait", "facing_direction": "FRONT",
         "activity_level": "3"},
        {"caption": {"motion": " nods ", "human_body": "upper-body", "facing": "frontal",
                     "motion_score": 3.0}},
    ],
)  # fmt: skip
def test_captions_by_all_their_names(values: dict[str, Any]) -> None:
    found = read_captions(values, Counter())
    assert (found["motion"], found["human_body"], found["facing"], found["motion_degree"]) == (
        "nods",
        "portrait",
        "front",
        3.0,
    )


def test_captions_that_nobody_knows() -> None:
    with pytest.raises(UnknownShape, match=r"'colour'.*official/adapters/captions\.py"):
        read_captions({"colour": "red"}, Counter())
    repairs: Counter[str] = Counter()
    found = read_captions({"Facing": "back", "Motion Degree": 9, "Entities List": "a, b"}, repairs)
    assert found["facing"] is None
    assert found["motion_degree"] is None
    assert found["entities"] == ["a", "b"]
    assert repairs == {"unknown_facing": 1, "bad_motion_degree": 1}


@pytest.mark.parametrize(
    "values",
    [
        {"face_blur": [0.8, 1.0], "left_hand_blur": [0.5], "right_hand_blur": [0.7]},
        {"face": 0.9, "hand": 0.6},
        {"scores": {"face": [0.8, None, 1.0], "hands": {"left": [0.6, -1], "right": [0.6]}}},
        [{"face": 0.8, "hand": 0.6}, {"face": 1.0, "hand": 0.6}, {"face": None, "hand": -1}],
        {"face": [0.9, float("nan")], "hand": ["0.6"]},
    ],
)
def test_blur_in_every_form_that_can_be_meant(values: Any) -> None:
    found = read_blur(values, Counter())
    assert found["face_blur"] == pytest.approx(0.9)
    assert found["hand_blur"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("values", "blur", "repairs"),
    [
        ({"face": {"lap": [80.0], "bbox": [3, 60], "conf": 0.9}}, None, {"unread_face_blur": 1}),
        ({"face": {"blur": [0.8, 1.0], "bbox": [[3, 60]], "conf": 0.9}}, 0.9, {}),
        ({"face_blur": [0.9], "face_bbox": [[1, 2]], "surface": 80}, 0.9, {}),
        ({"face": {"0": 0.8, "10": 1.0}}, 0.9, {}),
        ({"face_blur": [0.9], "face": [0.4]}, None, {"unread_face_blur": 1}),
        ({"face": [73.0, 81.0]}, None, {"bad_face_blur": 1}),
        ({"face": [1e308, 1e308]}, None, {"bad_face_blur": 1}),
        ({"face": [True, True]}, None, {"bad_blur_value": 1}),
        ({"face": [[0.8], [1.0]]}, None, {"bad_blur_value": 1}),
        ({"surface": [0.9]}, None, {"unread_face_blur": 1}),
    ],
)
def test_blur_is_the_score_alone_or_nothing(
    values: Any, blur: float | None, repairs: dict[str, int]
) -> None:
    counted: Counter[str] = Counter()
    assert read_blur(values, counted) == {"face_blur": blur, "hand_blur": None}
    assert counted == repairs


def test_scores_out_of_range_are_none_and_counted() -> None:
    repairs: Counter[str] = Counter()
    first = ClipKey.parse("BK6_XIz6-ZE_1920x1080_full_video_042_B_00")
    values = PUBLISHED | {
        "dover": 61.0,
        "clear": -1,
        "sync": {"0": [[900.0, 7.3, -3.0], [3.4, 9.1, 400.0]]},
        "conf": 1e9,
    }
    found = read_merged(first, values, repairs)
    assert (found["dover"], found["clarity"], found["sync"]) == (None, None, None)
    assert repairs == {
        "bad_dover": 1, "bad_clear": 1, "bad_conf": 2, "bad_sync_offset": 1
    }  # fmt: skip
    repairs.clear()
    segment = {"start": 0.0, "end": 3.0, "text": "One.", "avg_logprob": 0.4}
    segments = [segment | {"no_speech_prob": 7, "compression_ratio": 1e9}, segment | {"end": 1e9}]
    heard = read_asr({"text": "One.", "segments": segments}, repairs)
    assert heard["asr_avg_logprob"] is heard["asr_no_speech_prob"] is None
    assert heard["asr_compression_ratio"] is None
    assert len(heard["segments"]) == 1
    assert repairs == {
        "bad_avg_logprob": 1,
        "bad_no_speech_prob": 1,
        "bad_compression_ratio": 1,
        "bad_asr_segment": 1,
    }


SIZES = {"clip_video_width": 768, "clip_video_height": 928}


@pytest.mark.parametrize(
    ("bbox", "sizes", "expected", "repair"),
    [
        ([0.4, 0.1, 0.8, 0.96], SIZES, (0.4, 0.1, 0.8, 0.96), None),
        ([0.4, 0.1, 0.4, 0.86], SIZES, (0.4, 0.1, 0.8, 0.96), "bbox_was_xywh"),
        ([0.1, 0.1, 0.4, 0.86], SIZES, (0.1, 0.1, 0.5, 0.96), "bbox_was_xywh"),
        ([0.1, 0.1, 0.4, 0.86], {}, (0.1, 0.1, 0.4, 0.86), None),
        ([0.1, 0.1, 0.2, 0.2], SIZES, (0.1, 0.1, 0.2, 0.2), "bbox_contradicts_clip_size"),
        ([0.1, 0.1, 0.2, 0.2], {"clip_video_width": 1e9} | SIZES, (0.1, 0.1, 0.2, 0.2),
         "bbox_contradicts_clip_size"),
        ([0.1, 0.1, 0.2, 0.2], {"clip_video_width": math.nan}, (0.1, 0.1, 0.2, 0.2), None),
    ],
)  # fmt: skip
def test_a_box_is_read_as_the_size_of_the_clip_says(
    bbox: list[float], sizes: dict[str, float], expected: tuple[float, ...], repair: str | None
) -> None:
    repairs: Counter[str] = Counter()
    found = read_merged(KEY, PUBLISHED | sizes | {"bbox": bbox}, repairs)
    assert found["bbox"] == pytest.approx(expected)
    assert dict(repairs) == ({repair: 1} if repair else {})


def test_texts_that_are_none_or_too_long_are_counted() -> None:
    repairs: Counter[str] = Counter()
    found = read_captions(
        {"Topic": 5, "Motion Cap": "x" * 30_000, "Entities List": {"a": 1}}, repairs
    )
    assert found["topic"] is None
    assert found["motion"] == "x" * 20_000
    assert found["entities"] == []
    assert repairs == {"unread_topic": 1, "text_shortened": 1, "unread_entities": 1}


def test_blur_of_unseen_hands_is_none_and_unknown_forms_say_so() -> None:
    assert read_blur({"face": [0.5], "hand": []}, Counter())["hand_blur"] is None
    assert read_blur({"face": [0.5], "hand": [-1, None]}, Counter())["hand_blur"] is None
    for values in ({"sharpness": [1]}, [1, 2], "x", 3):
        with pytest.raises(UnknownShape, match=r"official/adapters/blur\.py"):
            read_blur(values, Counter())


def test_voices_by_table_and_by_letter() -> None:
    table = {"spaeker": ["A", "B"], "speaker_json": {
        "0_2": {"start": 0, "stop": 2, "speaker": "A"},
        "2_3": {"start": 2.0, "stop": 3.0, "speaker": "b"},
        "bad": {"start": 3, "stop": 3, "speaker": "A"},
        "odd": {"start": 3, "stop": 4, "speaker": "speaker 7"},
    }}  # fmt: skip
    repairs: Counter[str] = Counter()
    assert read_voices(table, repairs) == [(0.0, 2.0, "A"), (2.0, 3.0, "B")]
    assert repairs == {"bad_voice_interval": 2}
    letters = {"A": [[0, 2], [4, 5]], "B": [[2, 3]], "org_out": []}
    assert read_voices(letters, Counter()) == [(0, 2, "A"), (2, 3, "B"), (4, 5, "A")]
    with pytest.raises(UnknownShape, match="org_out"):
        read_voices({"org_out": []}, Counter())


def test_scenes_by_seconds_and_by_timecode() -> None:
    values = {
        "scene_list": ["x"],
        "scene_001": {"start": "00:00:04.000", "end": "00:01:05.500"},
        "scene_000": {"start_seconds": 0.0, "end_seconds": 4.0},
        "scene_002": {"start_seconds": 9.0, "end_seconds": 9.0},
    }
    assert read_scenes(values, Counter()) == [(0, 0.0, 4.0), (1, 4.0, 65.5)]
    with pytest.raises(UnknownShape, match="scene_list"):
        read_scenes({"scene_list": []}, Counter())
