import datasets
import pyarrow as pa
import pytest

from speakervid5m.records import (
    BRANCHES,
    MEDIA_ROLES,
    Branch,
    Clip,
    DialogueSample,
    Interval,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Sample,
    Segment,
    SingleSample,
    Utterance,
    VoiceInterval,
    columns_of,
    features_of,
    from_row,
    sample_tier,
    schema_of,
    to_row,
)


def clip(label: str = "A", *, scene: int = 7, **fields: object) -> Clip:
    known: dict[str, object] = {
        "clip_id": f"BK6_XIz6-ZE_1920x1080_full_video_{scene:03d}_{label}_01",
        "source_id": "BK6_XIz6-ZE",
        "scene": scene,
        "voice": label[0],
        "box_index": 1,
        "role": "listening" if label.endswith("_None") else "speaking",
        "start_seconds": 1.0,
        "end_seconds": 4.5,
        "bbox": (0.0, 0.1, 0.5, 1.0),
        "source_width": 1920,
        "source_height": 1080,
        "origin": "official",
    }
    return Clip(**(known | fields))  # type: ignore[arg-type]


RICH = clip(
    speech=(Interval(1.0, 2.0), Interval(3.0, 4.0)),
    scene_voices=(VoiceInterval(0.5, 2.0, "A"),),
    segments=(Segment(0.0, 1.0, "Hi", -0.2, 0.1, 1.1), Segment(1.0, 2.0, "there")),
    entities=("desk", "lamp"),
    dover=0.5,
    transcript="Hi there",
    tier="sft",
)
VOICE = OffScreenVoice(
    source_id="BK6_XIz6-ZE", voice="A", person_id="BK6_XIz6-ZE#A", speech=(Interval(1.0, 2.0),)
)
SAMPLES: list[Sample] = [
    SingleSample(clip=RICH),
    DialogueSample(initiator=RICH, responder=clip("B", scene=8), gap_seconds=-0.25),
    ListeningSample(speaker=RICH, listener=clip("A_None")),
    ListeningSample(speaker=VOICE, listener=clip("A_None")),
    MultiTurnSample(
        turns=(RICH, clip("B", scene=8)),
        history=(Utterance(voice="B", start_seconds=0.5, text="Well"),),
    ),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.branch)
def test_records_survive_the_way_to_disk_and_back(sample: Sample) -> None:
    row = to_row(sample)
    plain = [column for column in columns_of(sample.branch) if column.table != "media"]
    assert list(row) == [column.name for column in plain] or set(row) == {
        column.name for column in plain
    }
    schema = pa.schema([(column.name, column.type) for column in plain])
    stored = pa.Table.from_pylist([row], schema=schema).to_pylist()[0]
    assert from_row(sample.branch, stored) == sample


@pytest.mark.parametrize("branch", BRANCHES)
def test_features_and_columns_agree(branch: Branch) -> None:
    features = features_of(branch)
    names = [column.name for column in columns_of(branch)]
    assert list(features) == names == schema_of(branch).names
    assert datasets.Features.from_arrow_schema(schema_of(branch)) == features
    for prefix, media in MEDIA_ROLES[branch]:
        for medium in media:
            name = f"{prefix}{medium}" + ("s" if prefix == "turn_" else "")
            assert names.index(name) < names.index("tier"), "media columns stand at the top"


def test_a_listener_has_no_sound_and_a_single_no_prefix() -> None:
    assert "listener_audio" not in features_of("listening")
    assert {"video", "audio", "clip_id"} <= set(features_of("single"))


def test_an_off_screen_voice_leaves_the_speakers_clip_null() -> None:
    row = to_row(SAMPLES[3])
    assert row["speaker_clip_id"] is None and row["speaker_start_seconds"] is None
    assert (row["speaker_voice"], row["speaker_person_id"]) == ("A", "BK6_XIz6-ZE#A")
    assert row["co_present"] is False


def test_minima_of_a_run_are_unknown_if_one_turn_is_unknown() -> None:
    row = to_row(SAMPLES[4])
    assert row["min_dover"] is None and row["num_turns"] == 2
    both = MultiTurnSample(turns=(clip(dover=0.5), clip("B", dover=0.25)))
    assert to_row(both)["min_dover"] == 0.25


def test_words_and_intervals_go_to_the_text_table() -> None:
    tables = {column.name: column.table for column in columns_of("dialogue")}
    for name in ("transcript", "speech", "segments", "motion", "entities"):
        assert tables[f"responder_{name}"] == "text"
    for name in ("bbox", "dover", "language", "motion_degree", "clip_id"):
        assert tables[f"responder_{name}"] == "scan"


def test_ids_depend_on_branch_clips_and_voice_alone() -> None:
    ids = [sample.sample_id for sample in SAMPLES]
    assert len(set(ids)) == len(ids)
    other = ListeningSample(
        speaker=OffScreenVoice(source_id="BK6_XIz6-ZE", voice="A", person_id=None, speech=()),
        listener=clip("A_None", dover=1.0),
    )
    assert other.sample_id == SAMPLES[3].sample_id


def test_a_sample_is_sft_if_all_its_clips_are() -> None:
    assert sample_tier(SAMPLES[0]) == "sft"
    assert sample_tier(SAMPLES[1]) == "pretrain"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"end_seconds": 1.0}, "must end after it starts"),
        ({"bbox": (0.0, 1.0)}, "x1, y1, x2, y2"),
        ({"start_seconds": float("nan")}, "must end after it starts"),
    ],
)
def test_impossible_clips_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clip(**fields)  # type: ignore[arg-type]
