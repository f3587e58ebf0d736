"""When and where the pieces of a sample play."""

from itertools import pairwise
from pathlib import Path

import pytest

from speakervid5m.cards.explorer.sample.timeline import MAX_GAP_SECONDS, lanes_of
from speakervid5m.records import ListeningSample, OffScreenVoice
from speakervid5m.release import Release, open_release


@pytest.fixture(scope="module")
def opened(release: Path) -> Release:
    return open_release(str(release))


def test_an_answer_comes_after_its_gap_and_long_ones_are_shortened(opened: Release) -> None:
    for sample in opened["dialogue_sft"]:
        first, second = lanes_of(sample)
        gap = sample.clips[1].start_seconds - sample.clips[0].end_seconds
        length = first.stop_seconds - first.start_seconds
        assert first.at_seconds == 0
        assert second.at_seconds == pytest.approx(length + min(gap, MAX_GAP_SECONDS))
        assert (first.role, second.role) == ("initiator", "responder")
        assert (first.seat, second.seat) == (0, 1)


def test_who_listens_plays_at_the_same_time(opened: Release) -> None:
    kinds = set()
    for sample in opened["listening_sft"]:
        assert isinstance(sample, ListeningSample)
        speaker, listener = lanes_of(sample)
        kinds.add(type(sample.speaker))
        assert speaker.at_seconds == listener.at_seconds == 0
        if isinstance(sample.speaker, OffScreenVoice):
            assert speaker.clip is None and speaker.voice == sample.speaker.voice
            assert speaker.stop_seconds == listener.stop_seconds
    assert OffScreenVoice in kinds and len(kinds) == 2


def test_turns_of_a_voice_share_a_seat_and_follow_each_other(opened: Release) -> None:
    for sample in opened["multi_turn_sft"]:
        lanes = lanes_of(sample)
        assert [lane.turn for lane in lanes] == [0, 1, 2]
        assert [lane.seat for lane in lanes] == [0, 1, 0]
        for one, other in pairwise(lanes):
            end = one.at_seconds + one.stop_seconds - one.start_seconds
            assert end <= other.at_seconds <= end + MAX_GAP_SECONDS + 1e-6
