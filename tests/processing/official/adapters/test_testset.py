"""The lists of strangers decide, so they are read whole or they stop the import."""

import codecs
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.official import (
    Annotations,
    BenchmarkSources,
    UnreadableList,
    benchmark_sources,
    import_annotations,
    read_benchmark_list,
)
from speakervid5m.processing.studio import ShowSpec, plan_show, show_files, write_dump

SHOWS = [plan_show(ShowSpec(seed=seed, duration_seconds=90)) for seed in range(50, 54)]
FILES = [show_files(show) for show in SHOWS]
IDS = [show.source_id for show in SHOWS]
PAIRS = [show.samples.dialogue[0][:2] for show in SHOWS]
"""An initiator and a responder of every show."""
(A, B), (C, D), (E, F), _ = PAIRS
TESTED = set(IDS[:2])
FOREIGN = "dQw4w9WgXcQ"


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("four shows") / "dump"
    write_dump(FILES, folder)
    return folder


@pytest.fixture(scope="module")
def annotations(dump: Path) -> Annotations:
    return import_annotations(dump, dump.parent / "work", cut_range="scene", jobs=1)


Follow = Callable[[Any], BenchmarkSources]


@pytest.fixture
def follow(tmp_path: Path, annotations: Annotations) -> Follow:
    def with_list(content: Any) -> BenchmarkSources:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / "testset.json").write_bytes(data)
        return benchmark_sources(read_benchmark_list(tmp_path), annotations)

    return with_list


def told(found: BenchmarkSources) -> str:
    return "\n".join(found.notes)


MADE_PAIRS: dict[str, Any] = {
    "pairs": [[A, B], [C, D]],
    "with endings": [[f"{A}.mp4", f"{B}.json"], [f"{C}.wav", f"{D}.mp4"]],
    "initiator and responder": [
        {"initiator": A, "responder": B, "note": 1},
        {"initiator": C, "responder": D, "note": None},
    ],
    "user and assistant": [{"user": A, "assistant": B}, {"user": C, "assistant": D}],
    "prompt and target": [{"prompt": A, "target": B}, {"prompt": C, "target": D}],
    "keys as people write them": [{" Input": A, "OUTPUT ": B}, {" Input": C, "OUTPUT ": D}],
    "by number": {"1": {"input": A, "output": B}, "2": {"input": C, "output": D}},
    "by number, as lists": {"1": [A, B], "2": [C, D]},
    "clip to clip": {A: B, C: D},
    "under a key": {"pairs": [[A, B], [C, D]]},
    "deeper": {"test": {"en": [[[A, B]], [[C, D]]]}, "version": 2},
    "objects in objects": [
        {"initiator": {"clip": A, "text": "hello"}, "responder": {"name": B}},
        {"initiator": {"video": f"x/{C}.mp4"}, "responder": {"video": {"path": D}}},
    ],
    "a chat": [
        {"user": [{"type": "video", "video": A}], "assistant": [{"type": "video", "video": B}]},
        {"user": [{"type": "video", "video": C}], "assistant": [{"type": "video", "video": D}]},
    ],
    "with folders": [[f"data/test set/{A}.mp4", f"./{B}.mp4"], [f"/mnt/d/{C}.mp4", D]],
    "with folders of windows": [[f"D:\\test set\\{A}.mp4", f"..\\{B}.mp4"], [f"\\\\nas\\{C}", D]],
    "twice": [[A, B], [C, D], [A, B]],
}


@pytest.mark.parametrize("values", MADE_PAIRS.values(), ids=MADE_PAIRS)
def test_pairs_in_every_form_that_can_be_meant(values: Any, follow: Follow) -> None:
    found = follow(values)
    assert found.here == TESTED
    assert found.pairs == {IDS[0]: [(A, B)], IDS[1]: [(C, D)]}
    assert found.pairs_of(IDS[2]) is None
    assert not found.refused
    assert found.facts() == {
        "state": "applied",
        "num_sources": 2,
        "num_sources_here": 2,
        "num_pairs": 2,
        "num_pairs_here": 2,
    }


NO_PAIRS: dict[str, Any] = {
    "names": [A, B, C],
    "two names": [A, C],
    "names with endings": [f"{A}.json", f"{C}.mp4"],
    "ids": IDS[:2],
    "ids of which most are elsewhere": [*IDS[:2], FOREIGN, "BK6_XIz6-ZE"],
    "files of videos": [f"videos/{IDS[0]}.mp4", f"C:\\a b\\{IDS[1]}_640x360_full_video.mp4"],
    "addresses": [
        f"https://www.youtube.com/watch?t=3&v={IDS[0]}&x=1",
        f"https://youtu.be/{IDS[1]}",
    ],
    "titles": [f"A talk [{IDS[0]}].mkv", f"another ({IDS[1]}) talk"],
    "persons": [f"{IDS[0]}#A", f"person-{IDS[1]}_B"],
    "id to names": {IDS[0]: [A, B], IDS[1]: [C, D]},
    "id to nothing": {IDS[0]: {}, IDS[1]: 3},
    "triples": [[A, B, A], [C, D, C]],
    "a triple and a pair": [[A, B, A], [C, D]],
    "records": [{"video": IDS[0], "scene": 3}, {"video": IDS[1], "scene": 7}],
    "in a sentence": {"pairs": [f"{A} answers {B}", f"{C} answers {D}"]},
    "json in json": json.dumps({"pairs": [[A, B], [C, D]]}),
    "deep": [[[[[[[IDS[0]]]]]]], {"a": {"b": {"c": {"d": IDS[1]}}}}],
}


@pytest.mark.parametrize("values", NO_PAIRS.values(), ids=NO_PAIRS)
def test_what_makes_no_pairs_takes_its_sources_out_of_training(values: Any, follow: Follow) -> None:
    found = follow(values)
    assert found.here == TESTED
    assert not found.pairs
    assert found.pairs_of(IDS[0]) == ()
    assert "are in no training config" in found.why_no_rows


IN_OTHER_BYTES: dict[str, bytes] = {
    "UTF-16, little": codecs.BOM_UTF16_LE + json.dumps([[A, B], [C, D]]).encode("utf-16-le"),
    "UTF-16, big": codecs.BOM_UTF16_BE + json.dumps([[A, B], [C, D]]).encode("utf-16-be"),
    "UTF-32": json.dumps([[A, B], [C, D]]).encode("utf-32"),
    "a mark of UTF-8": codecs.BOM_UTF8 + json.dumps([[A, B], [C, D]]).encode(),
    "escapes": json.dumps([[A, B], [C, D]]).replace("_", "\\u005f").encode(),
    "JSON lines": "".join(f"{json.dumps(list(one))}\r\n" for one in PAIRS[:2]).encode(),
    "JSON lines of objects": f'{{"user": "{A}", "assistant": "{B}"}}\n'
    f'{{"user": "{C}", "assistant": "{D}"}}'.encode(),
    "a key twice": f'{{"pair": ["{A}", "{B}"], "pair": ["{C}", "{D}"]}}'.encode(),
    "NaN": f'[["{A}", "{B}"], ["{C}", "{D}"], NaN, -Infinity]'.encode(),
}


@pytest.mark.parametrize("data", IN_OTHER_BYTES.values(), ids=IN_OTHER_BYTES)
def test_pairs_in_other_bytes(data: bytes, follow: Follow) -> None:
    assert follow(data).pairs == {IDS[0]: [(A, B)], IDS[1]: [(C, D)]}


WHOLE = json.dumps([[A, B], [C, D]]).encode()
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "not_json"),
    "white space": (b" \n", "not_json"),
    "cut off": (WHOLE[:-1], "not_json"),
    "cut off in a name": (WHOLE[:-20], "not_json"),
    "zeros at the end": (WHOLE + bytes(100), "not_json"),
    "two in one": (WHOLE + WHOLE, "not_json"),
    "UTF-16 without its mark": (WHOLE.decode().encode("utf-16-le"), "not_json"),
    "half a character of UTF-16": (codecs.BOM_UTF16_LE + WHOLE[:-1], "wrong_encoding"),
    "Latin-1": (WHOLE.replace(b"[[", b'["\xe9", ['), "wrong_encoding"),
    "Python's own form": (str([[A, B]]).encode(), "not_json"),
    "a comma too many": (WHOLE[:-1] + b",]", "not_json"),
    "plain text": (f"{A}\n{B}\n".encode(), "not_json"),
    "a page of the site": (b"<!doctype html>", "not_json"),
    "too deep": (b"[" * 5000 + WHOLE + b"]" * 5000, "too_deep"),
    "no id": (b'[{"description": "people talk", "num_persons": "description"}, 3]', "no_ids"),
    "a word of 11 letters": (b'["description", "speakerName", "initiator_1"]', "no_ids"),
    "a model's name": (b'{"model": "GPT-4o-mini", "pairs": [["0001", "0002"]]}', "no_ids"),
    "null": (b"null", "no_ids"),
    "an empty list in an object": (b'{"pairs": []}', "no_ids"),
    "lists of each side": (
        json.dumps({"initiator": [A, C], "responder": [B, D]}).encode(),
        "ambiguous",
    ),
    "a list of one side": (json.dumps([{"user": [A, C], "assistant": B}]).encode(), "ambiguous"),
}


@pytest.mark.parametrize(("data", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_stops(data: bytes, reason: str, follow: Follow) -> None:
    with pytest.raises(UnreadableList, match="--without-testset") as caught:
        follow(data)
    assert caught.value.reason == reason
    assert "testset.json cannot be read" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"[" * 8_000_000 + b"]" * 8_000_000, b"[0" + b",0" * 500_000 + b"]", b" " * 17_000_000],
    ids=["brackets", "numbers", "spaces"],
)
def test_a_list_too_large_stops_before_it_is_in_memory(data: bytes, follow: Follow) -> None:
    with pytest.raises(UnreadableList, match=r"too_large|too_deep"):
        follow(data)


@pytest.mark.parametrize("data", [b"[]", b" {}\n"])
def test_an_empty_list_passes_and_is_told(data: bytes, follow: Follow) -> None:
    found = follow(data)
    assert (found.state, found.here, found.pairs_of(IDS[0])) == ("empty", frozenset(), None)
    assert "empty list" in told(found) and "empty list" in found.why_no_rows


def test_a_list_that_is_not_there_or_left_out_is_told(
    tmp_path: Path, annotations: Annotations
) -> None:
    missing = benchmark_sources(read_benchmark_list(tmp_path), annotations)
    assert (missing.state, missing.pairs_of(IDS[0])) == ("missing", None)
    assert "may enter training" in told(missing)
    (tmp_path / "testset.json").write_bytes(b"no JSON")
    left_out = benchmark_sources(read_benchmark_list(tmp_path, left_out=True), annotations)
    assert left_out.state == "left_out"
    assert "on purpose" in told(left_out)
    (tmp_path / "testset.json").unlink()
    (tmp_path / "testset.json").symlink_to(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        read_benchmark_list(tmp_path)


@pytest.mark.parametrize(
    "bad", [None, [None, None], [], [A], ["", "x"], {"user": None}, 3, "0001"], ids=str
)
def test_one_bad_entry_among_good_ones_costs_itself_alone(bad: Any, follow: Follow) -> None:
    for values in ([[A, B], bad, [C, D]], {"pairs": [[A, B], [C, D]], "more": bad}):
        found = follow(values)
        assert found.here == TESTED
        assert found.pairs == {IDS[0]: [(A, B)], IDS[1]: [(C, D)]}
    if bad in (None, [None, None], [A]):
        assert "places of a pair" in told(follow([[A, B], bad, [C, D]]))


def test_pairs_that_can_be_no_rows_are_named(follow: Follow, annotations: Annotations) -> None:
    unknown = A.replace("_full_video_", "_full_video_9")
    elsewhere = A.replace(IDS[0], FOREIGN)
    found = follow([[A, B], [C, E], [A, unknown], [F, F], [elsewhere, elsewhere[:-1] + "1"]])
    assert found.here == set(IDS[:3])
    assert found.pairs == {IDS[0]: [(A, B)]}
    assert found.pairs_of(FOREIGN) == ()
    assert sorted(one[1] for one in found.refused) == [
        "pair_of_one_clip",
        "pair_of_unknown_clip",
        "pair_over_two_sources",
    ]
    for name in (C, E, unknown, F):
        assert name in told(found)
    assert "1 pairs are of sources that this part of the dump does not have" in told(found)
    rows = pq.read_table(annotations.folder / "rejects-testset.parquet").to_pylist()
    assert {row["reason"] for row in rows} == {one[1] for one in found.refused}
    follow([[A, B]])
    assert not (annotations.folder / "rejects-testset.parquet").exists()


def test_sources_of_other_parts_of_the_dump_are_remembered(follow: Follow) -> None:
    for values in ([A, FOREIGN], {FOREIGN: 1, IDS[0]: 2}, [A, f"videos/{FOREIGN}.mp4"]):
        found = follow(values)
        assert found.pairs_of(FOREIGN) == ()
        assert FOREIGN in told(found)
    others: tuple[Any, ...] = (
        [FOREIGN, "BK6_XIz6-ZE"],
        [{"id": "BK6_XIz6-ZE"}, {"id": FOREIGN}],
        [f"https://youtu.be/{FOREIGN}"],
        {FOREIGN: [], "BK6_XIz6-ZE": []},
    )
    for values in others:
        found = follow(values)
        assert (found.here, found.pairs_of(FOREIGN)) == (frozenset(), ())


def test_a_word_of_eleven_letters_counts_for_nothing_and_is_told(follow: Follow) -> None:
    found = follow([{"description": "people talk", "clip": A}])
    assert found.here == {IDS[0]}
    assert found.facts()["num_sources"] == 1
    assert "such as description" in told(found)
