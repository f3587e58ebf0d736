"""Whatever stands in a dump: no traceback, no memory without end, no record lost in silence."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from speakervid5m.processing.assumptions import Assumptions
from speakervid5m.processing.branches import build_samples
from speakervid5m.processing.official import import_annotations
from speakervid5m.processing.official.adapters.asr import read_asr
from speakervid5m.processing.official.adapters.blur import read_blur
from speakervid5m.processing.official.adapters.captions import read_captions
from speakervid5m.processing.official.adapters.merged import read_merged
from speakervid5m.processing.official.adapters.scores import SCORE_RANGES
from speakervid5m.processing.official.adapters.times import MAX_CLIP_SECONDS, MIN_CLIP_SECONDS
from speakervid5m.processing.official.adapters.videos import read_scenes, read_voices
from speakervid5m.processing.official.dump.problems import Unusable
from speakervid5m.processing.official.join_clips import MAX_SCENE_VOICES
from speakervid5m.processing.official.untrusted_json.values import (
    MAX_TEXT,
    Repairs,
    as_object,
    parse,
)
from speakervid5m.records import Clip, ClipKey
from tests.processing.official.records import (
    BLUR,
    CAPTION,
    CLIP,
    MERGED,
    SCENES,
    SOURCE,
    VIDEO,
    VOICES,
    WORDS,
    rejects_of,
    write_records,
)

KEY = ClipKey.parse(CLIP)
ADAPTERS: dict[str, tuple[Any, Callable[[Any, Repairs], Any]]] = {
    "merged": (MERGED, lambda values, repairs: read_merged(KEY, as_object(values), repairs)),
    "anno": (CAPTION, lambda values, repairs: read_captions(as_object(values), repairs)),
    "asr": (WORDS, lambda values, repairs: read_asr(as_object(values), repairs)),
    "blur": (BLUR, read_blur),
    "scenes": (SCENES, lambda values, repairs: read_scenes(as_object(values), repairs)),
    "voices": (VOICES, lambda values, repairs: read_voices(as_object(values), repairs)),
}

raw_json = st.one_of(
    st.sampled_from(
        [
            b"NaN", b"-Infinity", b"1e999", b"-0.0", b"1" * 400, b"-" + b"9" * 20, b"1e308",
            b'"\\ud83d"', b'"\\udfff x"', b'""', b'" "', b'"00:04:49.7"', b'"NaN"', b'"1e9"',
            b'"\xff\xfe"', b'"' + b"x" * 30_000 + b'"', b"[" * 60 + b"]" * 60,
            b"[" * 3000 + b"]" * 3000, b'{"a": 1, "a": [2]}', b"true", b"null", b"[]", b"{}",
        ]
    ),
    st.floats().map(lambda number: json.dumps(number).encode()),
    st.integers(-(10**22), 10**22).map(lambda number: str(number).encode()),
    st.text(max_size=8).map(lambda text: json.dumps(text).encode()),
)  # fmt: skip
"""JSON of a value as bytes: what Python's and other parsers differ in, and ordinary values."""


def _nested(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    pairs = st.tuples(st.text(max_size=6).map(lambda text: json.dumps(text).encode()), inner)
    return st.one_of(
        st.lists(inner, max_size=4).map(lambda items: b"[" + b",".join(items) + b"]"),
        st.lists(pairs, max_size=4).map(
            lambda items: b"{" + b",".join(b":".join(pair) for pair in items) + b"}"
        ),
    )


any_json = st.recursive(raw_json, _nested, max_leaves=12)


@st.composite
def mutated(draw: st.DrawFn, good: Any) -> bytes:
    """A good record with some values, anywhere in it, exchanged, taken away or doubled."""
    values = json.loads(json.dumps(good))
    marks: list[bytes] = []

    def change(container: Any) -> None:
        places = list(container) if isinstance(container, dict) else list(range(len(container)))
        for place in places:
            choice = draw(st.integers(0, 9))
            if choice == 0:
                container[place] = f"MARK{len(marks)}"
                marks.append(draw(any_json))
            elif choice == 1 and isinstance(container, dict):
                del container[place]
            elif choice == 2 and isinstance(container, list):
                container.append(container[place])
            elif isinstance(container[place], dict | list):
                change(container[place])

    change(values)
    text = json.dumps(values).encode()
    for number, mark in enumerate(marks):
        text = text.replace(b'"MARK%d"' % number, mark, 1)
    return text


def check_adapter(kind: str, data: bytes) -> None:
    """Reads a record; what comes out can be stored, and is not much larger than what went in."""
    repairs: Repairs = Counter()
    try:
        record = ADAPTERS[kind][1](parse(data, repairs), repairs)
    except Unusable as problem:
        assert problem.reason.replace("_", "").isalpha()
        assert len(problem.detail) < 5_000
        problem.detail.encode()
        return
    stored = orjson.dumps(record)
    assert len(stored) < 6 * len(data) + 2_000
    assert all(count > 0 for count in repairs.values())
    # orjson writes null for what is not finite, and a caption may well be "NaN".
    json.dumps(record, allow_nan=False)
    assert b"null" not in stored or kind not in ("scenes", "voices")


@pytest.mark.parametrize("kind", ADAPTERS)
def test_an_adapter_takes_or_names_whatever_it_is_given(kind: str) -> None:
    good = ADAPTERS[kind][0]

    @settings(max_examples=60)
    @given(st.one_of(any_json, mutated(good)))
    def check(data: bytes) -> None:
        check_adapter(kind, data)

    check()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ADAPTERS)
def test_an_adapter_takes_or_names_whatever_it_is_given_many_times(kind: str) -> None:
    good = ADAPTERS[kind][0]

    @settings(max_examples=5_000)
    @given(st.one_of(any_json, mutated(good)))
    def check(data: bytes) -> None:
        check_adapter(kind, data)

    check()


names_of_clips = st.sampled_from(
    [
        CLIP,
        f"{VIDEO}_042_A_None_01",
        f"{VIDEO}_043_B_00",
        f"{VIDEO}_044_None_00",
        f"{VIDEO}_042_A_00.mp4",
        f"folder/{VIDEO}_042_A_00",
        f"{SOURCE}_1280x720_full_video_042_A_00",
        f"{SOURCE}_1280x720_full_video_043_B_00",
        "tOthEr_ID-9_1920x1080_full_video_001_A_00",
        f"{VIDEO}_42_A_00",
        "no name of a clip",
        "../up",
    ]
)
names: dict[str, st.SearchStrategy[str]] = {
    "merged": names_of_clips,
    "anno": names_of_clips,
    "blur": names_of_clips,
    "asr": st.one_of(names_of_clips, names_of_clips.map(lambda name: name.rpartition("_")[0])),
    "scenes": st.sampled_from([VIDEO, f"{VIDEO}.mp4", f"{SOURCE}_1280x720_full_video", "x"]),
    "voices": st.sampled_from([VIDEO, f"{VIDEO}.mp4", f"{SOURCE}_1280x720_full_video", "x"]),
}


@st.composite
def dumps(draw: st.DrawFn) -> dict[str, list[tuple[str, bytes]]]:
    """Members of every kind: good ones, mutations of them, and whatever JSON or bytes."""
    dump = {}
    for kind, (good, _) in ADAPTERS.items():
        content = st.one_of(
            st.just(json.dumps(good).encode()), mutated(good), any_json, st.binary(max_size=40)
        )
        least = 1 if kind == "merged" else 0
        found = st.lists(st.tuples(names[kind], content), min_size=least, max_size=4)
        dump[kind] = draw(found)
    return dump


def check_dump(members: dict[str, list[tuple[str, bytes]]]) -> None:
    """Imports a dump, and counts: every record of a clip is a clip or a row of the rejects."""
    root = Path(tempfile.mkdtemp())
    try:
        write_records(root / "dump", members)
        clips = []
        try:
            found = import_annotations(root / "dump", root / "work", cut_range="scene", jobs=1)
            clips = [clip for name in found.source_ids for clip in found.source(name)]
        except ValueError as error:
            assert "holds no usable clip" in str(error)
        rejects = rejects_of(root / "work")
    finally:
        shutil.rmtree(root)
    own = [row for row in rejects if row["file"].partition("/")[0] in ("merged", "merged_anno")]
    assert len(members["merged"]) == len(clips) + len(own)
    assert all(row["reason"] and row["member"] for row in own)
    places = {(one.source_id, one.scene, one.voice, one.role, one.box_index) for one in clips}
    assert len(places) == len(clips)
    for clip in clips:
        check_clip(clip)
    for source_id in {clip.source_id for clip in clips}:
        own_clips = [clip for clip in clips if clip.source_id == source_id]
        assert build_samples(own_clips, Assumptions()) or all(
            clip.role == "listening" for clip in own_clips
        )


def check_clip(clip: Clip) -> None:
    """What bounds memory and the plan holds for every clip."""
    assert MIN_CLIP_SECONDS <= clip.duration_seconds <= MAX_CLIP_SECONDS
    assert clip.nominal_bytes < 50_000_000
    assert len(clip.scene_voices) <= MAX_SCENE_VOICES
    for value, name in (
        (clip.dover, "dover"),
        (clip.clarity, "clear"),
        (clip.sync_confidence, "conf"),
        (clip.face_blur, "face_blur"),
        (clip.hand_blur, "hand_blur"),
        (clip.motion_degree, "motion_degree"),
        (clip.asr_avg_logprob, "avg_logprob"),
    ):
        assert value is None or SCORE_RANGES[name][0] <= value <= SCORE_RANGES[name][1]
    for text in (clip.transcript, clip.motion, clip.topic):
        assert len(text or "") <= MAX_TEXT


@settings(max_examples=40)
@given(dumps())
def test_every_record_of_a_clip_is_a_clip_or_a_reject(
    members: dict[str, list[tuple[str, bytes]]],
) -> None:
    check_dump(members)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=2_000)
@given(dumps())
def test_every_record_of_a_clip_is_a_clip_or_a_reject_many_times(
    members: dict[str, list[tuple[str, bytes]]],
) -> None:
    check_dump(members)
