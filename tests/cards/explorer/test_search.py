"""What a visitor asks is what comes back, of every branch."""

from pathlib import Path

import pytest

from speakervid5m.cards.explorer.release_watcher import Edition
from speakervid5m.cards.explorer.search.config_index import Shelf
from speakervid5m.cards.explorer.search.filters import (
    Bound,
    Question,
    QuestionError,
    parse_question,
)
from speakervid5m.cards.explorer.search.matches import PAGE_ROWS, Search
from speakervid5m.records import CONFIGS, MultiTurnSample, Sample
from speakervid5m.release import Release, open_release

CONFIG_NAMES = tuple(CONFIGS)


@pytest.fixture(scope="module")
def opened(release: Path) -> Release:
    return open_release(str(release))


def found(shelf: Shelf, question: Question) -> list[Sample]:
    search = Search(shelf, question)
    count = search.finish(seconds=60).num_found
    places = [
        place
        for number in range(count // PAGE_ROWS + 1)
        for place in search.page(number + 1, seconds=60).places
    ]
    assert len(places) == count
    return [one.sample for one in shelf.records(places)]


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_everything_comes_in_the_order_of_the_index(opened: Release, name: str) -> None:
    shelf = Shelf(opened, name)
    assert found(shelf, Question(branch=shelf.branch)) == list(opened[name])


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_words_are_found_whatever_their_case(opened: Release, name: str) -> None:
    shelf = Shelf(opened, name)
    answers = found(shelf, parse_question(shelf.branch, {"q": "\u00dcBER scene"}))
    expected = [
        sample
        for sample in opened[name]
        if any("\u00fcber" in (clip.transcript or "") for clip in sample.clips)
    ]
    assert answers == expected and expected


def test_words_are_no_patterns_and_no_sql(opened: Release) -> None:
    shelf = Shelf(opened, "single_sft")
    for text in (".*", "%", "' OR 1=1 --", "scene_0", "[a-z]", "\\", "\x00"):
        assert not found(shelf, parse_question("single", {"q": text})), text


def test_all_words_must_be_said_in_the_sample(opened: Release) -> None:
    shelf = Shelf(opened, "dialogue_pretrain")
    both = found(shelf, parse_question("dialogue", {"q": "scene 1, 0,"}))
    assert both and all(
        {"0,", "1,"} <= set(" ".join(clip.transcript or "" for clip in sample.clips).split())
        for sample in both
    )


def test_bounds_hold_for_everybody_in_a_pair(opened: Release) -> None:
    shelf = Shelf(opened, "dialogue_sft")
    kept = found(shelf, parse_question("dialogue", {"dover": "0.7..0.9"}))
    expected = [
        sample
        for sample in opened["dialogue_sft"]
        if all(0.7 <= (clip.dover or 0) <= 0.9 for clip in sample.clips)
    ]
    assert kept == expected
    assert 0 < len(kept) < len(opened["dialogue_sft"])


def test_bounds_of_a_run_are_of_its_lowest_turn(opened: Release) -> None:
    shelf = Shelf(opened, "multi_turn_sft")
    kept = found(shelf, parse_question("multi_turn", {"dover": "0.75.."}))
    expected = [
        sample
        for sample in opened["multi_turn_sft"]
        if min(clip.dover or 0 for clip in sample.clips) >= 0.75
    ]
    assert kept == expected


def test_what_was_not_measured_lies_in_no_bounds(opened: Release) -> None:
    shelf = Shelf(opened, "single_sft")
    kept = found(shelf, parse_question("single", {"hand_blur": "0.."}))
    assert kept == [one for one in opened["single_sft"] if one.clips[0].hand_blur is not None]


def test_the_language_is_somebody_s(opened: Release) -> None:
    shelf = Shelf(opened, "multi_turn_sft")
    kept = found(shelf, parse_question("multi_turn", {"language": "de"}))
    assert kept and all(isinstance(one, MultiTurnSample) for one in kept)
    assert not found(shelf, parse_question("multi_turn", {"language": "xx"}))


def test_what_is_asked_together_holds_together(opened: Release) -> None:
    asked = {"duration_seconds": "1..2", "gap_seconds": "..0", "q": "scene"}
    shelf = Shelf(opened, "dialogue_sft")
    question = parse_question("dialogue", asked)
    assert question.bounds == (Bound("duration_seconds", 1, 2), Bound("gap_seconds", None, 0))
    for sample in found(shelf, question):
        assert all(1 <= clip.duration_seconds <= 2 for clip in sample.clips)


@pytest.mark.parametrize("text", ["0.5", "a..b", "nan..", "..inf", "1..2..3", "1e999.."])
def test_bounds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(QuestionError, match=r"are no bounds; they are written as"):
        parse_question("single", {"dover": text})


def test_bounds_on_what_a_branch_has_not_are_left_out() -> None:
    asked = {"gap_seconds": "0..1", "no_such_score": "0..1"}
    assert parse_question("single", asked).is_everything


def test_a_search_goes_on_where_it_stopped(opened: Release) -> None:
    shelf = Shelf(opened, "single_sft")
    assert shelf.num_parts == 2
    search = Search(shelf, Question(branch="single", words=("scene",)))
    first = search.finish(seconds=-1)
    assert first.num_parts_searched == 0 and not first.is_complete
    assert search.finish(seconds=60).is_complete


def test_questions_are_kept_and_not_asked_twice(release: Path) -> None:
    edition = Edition(open_release(str(release)))
    question = Question(branch="single", words=("scene",))
    assert edition.search("single_sft", question) is edition.search("single_sft", question)
