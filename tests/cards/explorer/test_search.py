"""What a visitor asks is what comes back, of every branch."""

from pathlib import Path

import pytest

from speakervid5m.cards.explorer.release_watcher import OpenRelease
from speakervid5m.cards.explorer.search.config_index import ConfigIndex
from speakervid5m.cards.explorer.search.filters import (
    Bound,
    FilterError,
    SampleFilter,
    parse_filter,
)
from speakervid5m.cards.explorer.search.matches import PAGE_ROWS, Search
from speakervid5m.records import CONFIGS, MultiTurnSample, Sample
from speakervid5m.release import Release, open_release

CONFIG_NAMES = tuple(CONFIGS)


@pytest.fixture(scope="module")
def opened(release: Path) -> Release:
    return open_release(str(release))


def matching_samples(index: ConfigIndex, sample_filter: SampleFilter) -> list[Sample]:
    search = Search(index, sample_filter)
    count = search.finish(seconds=60).num_found
    places = [
        place
        for number in range(count // PAGE_ROWS + 1)
        for place in search.page(number + 1, seconds=60).rows
    ]
    assert len(places) == count
    return [index.record(row).sample for row in places]


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_everything_comes_in_the_order_of_the_index(opened: Release, name: str) -> None:
    index = ConfigIndex(opened, name)
    assert matching_samples(index, SampleFilter(branch=index.branch)) == list(opened[name])


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_words_are_found_whatever_their_case(opened: Release, name: str) -> None:
    index = ConfigIndex(opened, name)
    answers = matching_samples(index, parse_filter(index.branch, {"q": "\u00dcBER scene"}))
    expected = [
        sample
        for sample in opened[name]
        if any("\u00fcber" in (clip.transcript or "") for clip in sample.clips)
    ]
    assert answers == expected and expected


def test_words_are_no_patterns_and_no_sql(opened: Release) -> None:
    index = ConfigIndex(opened, "single_sft")
    for text in (".*", "%", "' OR 1=1 --", "scene_0", "[a-z]", "\\", "\x00"):
        assert not matching_samples(index, parse_filter("single", {"q": text})), text


def test_all_words_must_be_said_in_the_sample(opened: Release) -> None:
    index = ConfigIndex(opened, "dialogue_pretrain")
    both = matching_samples(index, parse_filter("dialogue", {"q": "scene 1, 0,"}))
    assert both and all(
        {"0,", "1,"} <= set(" ".join(clip.transcript or "" for clip in sample.clips).split())
        for sample in both
    )


def test_bounds_hold_for_everybody_in_a_pair(opened: Release) -> None:
    index = ConfigIndex(opened, "dialogue_sft")
    kept = matching_samples(index, parse_filter("dialogue", {"dover": "0.7..0.9"}))
    expected = [
        sample
        for sample in opened["dialogue_sft"]
        if all(0.7 <= (clip.dover or 0) <= 0.9 for clip in sample.clips)
    ]
    assert kept == expected
    assert 0 < len(kept) < len(opened["dialogue_sft"])


def test_bounds_of_a_run_are_of_its_lowest_turn(opened: Release) -> None:
    index = ConfigIndex(opened, "multi_turn_sft")
    kept = matching_samples(index, parse_filter("multi_turn", {"dover": "0.75.."}))
    expected = [
        sample
        for sample in opened["multi_turn_sft"]
        if min(clip.dover or 0 for clip in sample.clips) >= 0.75
    ]
    assert kept == expected


def test_what_was_not_measured_lies_in_no_bounds(opened: Release) -> None:
    index = ConfigIndex(opened, "single_sft")
    kept = matching_samples(index, parse_filter("single", {"hand_blur": "0.."}))
    assert kept == [
        record for record in opened["single_sft"] if record.clips[0].hand_blur is not None
    ]


def test_the_language_is_somebody_s(opened: Release) -> None:
    index = ConfigIndex(opened, "multi_turn_sft")
    kept = matching_samples(index, parse_filter("multi_turn", {"language": "de"}))
    assert kept and all(isinstance(record, MultiTurnSample) for record in kept)
    assert not matching_samples(index, parse_filter("multi_turn", {"language": "xx"}))


def test_what_is_asked_together_holds_together(opened: Release) -> None:
    asked = {"duration_seconds": "1..2", "gap_seconds": "..0", "q": "scene"}
    index = ConfigIndex(opened, "dialogue_sft")
    sample_filter = parse_filter("dialogue", asked)
    assert sample_filter.bounds == (Bound("duration_seconds", 1, 2), Bound("gap_seconds", None, 0))
    for sample in matching_samples(index, sample_filter):
        assert all(1 <= clip.duration_seconds <= 2 for clip in sample.clips)


@pytest.mark.parametrize("text", ["0.5", "a..b", "nan..", "..inf", "1..2..3", "1e999.."])
def test_bounds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(FilterError, match=r"are no bounds; they are written as"):
        parse_filter("single", {"dover": text})


def test_bounds_on_what_a_branch_has_not_are_left_out() -> None:
    asked = {"gap_seconds": "0..1", "no_such_score": "0..1"}
    assert parse_filter("single", asked).is_empty


def test_a_search_goes_on_where_it_stopped(opened: Release) -> None:
    index = ConfigIndex(opened, "single_sft")
    assert len(index.parts) == 2
    search = Search(index, SampleFilter(branch="single", words=("scene",)))
    first = search.finish(seconds=-1)
    assert first.num_parts_searched == 0 and not first.is_complete
    assert search.finish(seconds=60).is_complete


def test_a_search_is_kept_and_goes_on(release: Path) -> None:
    current = OpenRelease(open_release(str(release)))
    sample_filter = SampleFilter(branch="single", words=("scene",))
    assert current.search("single_sft", sample_filter) is current.search(
        "single_sft", sample_filter
    )
