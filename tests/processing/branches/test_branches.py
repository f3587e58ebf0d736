"""The rules of the branches, one by one, and what must hold for any source."""

import random
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings, strategies as st

from speakervid5m.processing import Assumptions
from speakervid5m.processing.branches import BranchReport, build_samples, samples_by_config
from speakervid5m.records import (
    BRANCHES,
    TIERS,
    Clip,
    ClipKey,
    DialogueSample,
    Interval,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    Role,
    SingleSample,
    VoiceInterval,
)

SOURCE = "BK6_XIz6-ZE"
DEFAULTS = Assumptions()

Heard = tuple[float, float, str]


def clip(
    scene: int,
    voice: str | None,
    heard: tuple[Heard, ...] = (),
    *,
    role: Role = "speaking",
    box: int = 0,
    span: tuple[float, float] | None = None,
    **more: object,
) -> Clip:
    """A clip of a scene of ten seconds, with everything that sounds in it."""
    start, stop = span or (scene * 10.0, scene * 10.0 + 10.0)
    key = ClipKey(
        source_id=SOURCE, source_width=640, source_height=360, scene=scene, voice=voice,
        role=role, box_index=box,
    )  # fmt: skip
    mine = tuple(Interval(a, b) for a, b, who in heard if role == "speaking" and who == voice)
    made = Clip(
        clip_id=str(key), source_id=SOURCE, scene=scene, voice=voice, box_index=box, role=role,
        start_seconds=start, end_seconds=stop, bbox=(0.1, 0.1, 0.5, 0.9), source_width=640,
        source_height=360, speech=mine, origin="official",
        scene_voices=tuple(VoiceInterval(a, b, who) for a, b, who in heard),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def pairs(*clips: Clip, assumptions: Assumptions = DEFAULTS) -> list[tuple[str, str, float]]:
    return [
        (sample.initiator.clip_id, sample.responder.clip_id, sample.gap_seconds)
        for sample in build_samples(clips, assumptions)
        if isinstance(sample, DialogueSample)
    ]


def dropped(*clips: Clip) -> dict[str, int]:
    report = BranchReport()
    build_samples(clips, DEFAULTS, report)
    return {str(reason): count for reason, count in report.dropped.items()}


def test_who_speaks_and_who_answers() -> None:
    asks = clip(0, "A", ((5.0, 9.5, "A"),))
    answers = clip(1, "B", ((10.5, 15.0, "B"),))
    assert pairs(asks, answers) == [(asks.clip_id, answers.clip_id, 1.0)]
    assert pairs(answers, asks) == [(asks.clip_id, answers.clip_id, 1.0)]


@pytest.mark.parametrize(("answer", "gap"), [(11.5, 2.0), (8.5, -1.0), (9.5, 0.0)])
def test_pauses_and_overlaps_up_to_the_assumption(answer: float, gap: float) -> None:
    heard: tuple[Heard, ...] = ((2.0, 9.5, "A"), (answer, 14.0, "B"))
    span = (0.0, 14.0)
    two = [clip(0, who, heard, span=span, box=box) for box, who in enumerate("AB")]
    assert [one[2] for one in pairs(*two)] == [gap]


def test_what_is_no_exchange_is_counted_by_reason() -> None:
    asks = clip(0, "A", ((5.0, 9.5, "A"),))
    assert dropped(asks, clip(1, "B", ((11.6, 15.0, "B"),)))["pause_too_long"] == 1
    over: tuple[Heard, ...] = ((2.0, 9.5, "A"), (8.4, 14.0, "B"))
    both = [clip(0, who, over, span=(0.0, 14.0), box=box) for box, who in enumerate("AB")]
    assert dropped(*both)["overlap_too_long"] == 1
    third = clip(1, "B", ((10.0, 10.4, "C"), (10.5, 15.0, "B")))
    assert dropped(asks, third)["third_voice_between"] == 1
    assert not pairs(asks, third)


def test_the_same_person_twice_is_no_exchange() -> None:
    assert not pairs(clip(0, "A", ((5.0, 9.5, "A"),)), clip(1, "A", ((10.0, 12.0, "A"),)))


def test_a_backchannel_is_no_turn() -> None:
    heard: tuple[Heard, ...] = ((0.0, 9.0, "A"), (4.0, 4.5, "B"))
    talks, hums = clip(0, "A", heard), clip(0, "B", heard, box=1)
    answers = clip(1, "B", ((10.0, 15.0, "B"),))
    assert pairs(talks, hums, answers) == [(talks.clip_id, answers.clip_id, 1.0)]


def test_two_people_in_one_shot_give_one_pair() -> None:
    heard: tuple[Heard, ...] = ((0.0, 2.0, "A"), (2.5, 4.0, "B"), (4.5, 6.0, "A"), (6.5, 9.0, "B"))
    two = [clip(0, who, heard, box=box) for box, who in enumerate("AB")]
    assert [one[:2] for one in pairs(*two)] == [(two[0].clip_id, two[1].clip_id)]
    assert dropped(*two)["pair_taken_already"] == 2


def test_an_unbound_clip_is_single_alone_and_a_listener_is_not_single() -> None:
    nobody = clip(0, None, role="unbound")
    listener = clip(1, "A", ((10.0, 15.0, "A"),), role="listening")
    samples = build_samples([nobody, listener], DEFAULTS)
    assert [type(sample) for sample in samples] == [SingleSample, ListeningSample]
    assert samples[0].clips == (nobody,)


def test_listeners_with_and_without_the_speaker_in_the_picture() -> None:
    heard: tuple[Heard, ...] = ((0.0, 9.0, "A"),)
    speaker = clip(0, "A", heard)
    beside = clip(0, "A", heard, role="listening", box=1)
    alone = clip(1, "B", ((8.0, 15.0, "B"), (15.0, 17.0, "A")), role="listening")
    found = [
        sample
        for sample in build_samples([speaker, beside, alone], DEFAULTS)
        if isinstance(sample, ListeningSample)
    ]
    assert [sample.co_present for sample in found] == [True, False]
    assert found[0].speaker == speaker
    voice = found[1].speaker
    assert isinstance(voice, OffScreenVoice)
    assert (voice.voice, voice.person_id) == ("B", f"{SOURCE}#B")
    assert voice.speech == (Interval(10.0, 15.0),)


@pytest.mark.parametrize(
    ("scores", "kept"), [((6.4, 1.3), True), ((3.0, 2.5), False), ((None, 2.5), True)]
)
def test_lips_must_tell_speaker_and_listener_apart(
    scores: tuple[float | None, float], kept: bool
) -> None:
    heard: tuple[Heard, ...] = ((0.0, 9.0, "A"),)
    speaker = clip(0, "A", heard, sync_confidence=scores[0])
    beside = clip(0, "A", heard, role="listening", box=1, sync_confidence=scores[1])
    found = build_samples([speaker, beside], DEFAULTS)
    assert any(isinstance(sample, ListeningSample) for sample in found) == kept
    assert dropped(speaker, beside).get("sync_gap_too_small", 0) == (not kept)


def turns(*who: str, pause: float = 1.0) -> list[Clip]:
    """Clips of alternating length, each one turn, so far apart."""
    clips, time = [], 0.0
    for scene, voice in enumerate(who):
        span = (time, time + 4.0)
        clips.append(clip(scene, voice, ((time, time + 4.0, voice),), span=span))
        time += 4.0 + pause
    return clips


def runs(clips: list[Clip], assumptions: Assumptions = DEFAULTS) -> list[str]:
    return [
        "".join(str(turn.voice) for turn in sample.turns)
        for sample in build_samples(clips, assumptions)
        if isinstance(sample, MultiTurnSample)
    ]


def test_a_run_may_hold_one_voice_several_times_and_ends_at_a_long_silence() -> None:
    assert runs(turns(*"AABBAB")) == ["AABBAB"]
    assert runs(turns(*"AABBAB", pause=4.9)) == ["AABBAB"]
    assert runs(turns(*"AABBAB", pause=5.0)) == []
    assert runs(turns(*"AB")) == []
    assert runs(turns(*"AAAA")) == []


def test_runs_are_cut_at_sixteen_turns_and_at_their_bytes() -> None:
    assert [len(run) for run in runs(turns(*"AB" * 20))] == [16, 16, 8]
    size = turns("A")[0].nominal_bytes
    small = replace(DEFAULTS, max_run_bytes=size * 5)
    assert [len(run) for run in runs(turns(*"AB" * 5), small)] == [5, 5]


def test_history_is_what_was_said_in_the_minute_before_the_run() -> None:
    clips = [replace(one, transcript=f"words {one.scene}") for one in turns(*"AB" * 16)]
    samples = [one for one in build_samples(clips, DEFAULTS) if isinstance(one, MultiTurnSample)]
    assert samples[0].history == ()
    said = samples[1].history
    begin = samples[1].turns[0].speech[0].start_seconds
    assert [one.text for one in said] == [f"words {scene}" for scene in range(4, 16)]
    assert all(begin - 60 <= one.start_seconds < begin for one in said)


def configs_of(
    clips: list[Clip], test_pairs: list[tuple[str, str]] | Literal["all"] | None = None
) -> list[str]:
    return [name for name, _ in samples_by_config(clips, DEFAULTS, BRANCHES, TIERS, test_pairs)]


def test_a_source_of_the_benchmark_leaves_training() -> None:
    heard: tuple[Heard, ...] = ((0.0, 2.0, "A"), (2.5, 4.0, "B"))
    clips = [clip(0, who, heard, box=box) for box, who in enumerate("AB")]
    pair = (clips[0].clip_id, clips[1].clip_id)
    assert configs_of(clips, [pair, pair]) == ["vidchatbench"]
    assert configs_of(clips, "all") == ["vidchatbench"]
    assert configs_of(clips, [("gone", "gone too")]) == []
    assert configs_of(clips) == ["single_pretrain", "single_pretrain", "dialogue_pretrain"]


def test_a_branch_that_is_left_out_gives_nothing() -> None:
    heard: tuple[Heard, ...] = ((0.0, 2.0, "A"), (2.5, 4.0, "B"))
    clips = [clip(0, who, heard, box=box) for box, who in enumerate("AB")]
    named = samples_by_config(clips, DEFAULTS, ["dialogue"], TIERS, None)
    assert [name for name, _ in named] == ["dialogue_pretrain"]


def test_a_sample_is_sft_only_if_all_its_clips_are() -> None:
    heard: tuple[Heard, ...] = ((0.0, 2.0, "A"), (2.5, 4.0, "B"))
    good, other = (clip(0, who, heard, box=box) for box, who in enumerate("AB"))
    clips = [replace(good, tier="sft"), other]
    assert configs_of(clips) == ["single_sft", "single_pretrain", "dialogue_pretrain"]


@st.composite
def sources(draw: st.DrawFn) -> list[Clip]:
    """Any source: overlapping speech, empty scenes, any labels."""
    clips = []
    for scene in range(draw(st.integers(1, 12))):
        heard = draw(
            st.lists(
                st.tuples(st.integers(0, 90), st.integers(1, 40), st.sampled_from("ABC")),
                max_size=4,
            )
        )
        spoken = tuple(
            (scene * 10 + a / 10, min(scene * 10 + (a + b) / 10, scene * 10.0 + 10), who)
            for a, b, who in heard
        )
        for box in range(draw(st.integers(0, 2))):
            role: Role = draw(st.sampled_from(("speaking", "listening", "unbound")))
            voice = None if role == "unbound" else draw(st.sampled_from("ABC"))
            tier = draw(st.sampled_from(("sft", "pretrain")))
            clips.append(clip(scene, voice, spoken, role=role, box=box, tier=tier))
    return clips


@settings(max_examples=200)
@given(sources(), st.randoms(use_true_random=False))
def test_what_holds_for_any_source(clips: list[Clip], rng: random.Random) -> None:
    samples = build_samples(clips, DEFAULTS)
    shuffled = list(clips)
    rng.shuffle(shuffled)
    assert build_samples(shuffled, DEFAULTS) == samples
    assert len({sample.sample_id for sample in samples}) == len(samples)
    in_runs: set[str] = set()
    paired: set[frozenset[str]] = set()
    for sample in samples:
        assert all(one in clips for one in sample.clips)
        if isinstance(sample, DialogueSample):
            assert sample.initiator.voice != sample.responder.voice
            assert -1.0 <= sample.gap_seconds <= 2.0
            both = frozenset(one.clip_id for one in sample.clips)
            assert both not in paired
            paired.add(both)
        if isinstance(sample, MultiTurnSample):
            names = {turn.clip_id for turn in sample.turns}
            assert 3 <= len(names) == len(sample.turns) <= 16
            assert in_runs.isdisjoint(names)
            in_runs |= names
        if isinstance(sample, ListeningSample):
            assert sample.listener.role == "listening"
            assert sample.listener.voice == sample.speaker.voice
    singles = {one.clip.clip_id for one in samples if isinstance(one, SingleSample)}
    assert singles == {one.clip_id for one in clips if one.role != "listening"}
