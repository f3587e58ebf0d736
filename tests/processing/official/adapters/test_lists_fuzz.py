"""Whatever stands in the lists: an error of ours, or nobody whom they name is overlooked."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from speakervid5m.processing.assembly.source_files import is_source_id, read_ids
from speakervid5m.processing.official import (
    Annotations,
    UnreadableList,
    benchmark_sources,
    import_annotations,
    read_benchmark_list,
)
from speakervid5m.processing.official.adapters.clip_lists import ClipNames
from speakervid5m.processing.official.dump.problems import Unusable
from speakervid5m.processing.studio import ShowSpec, plan_show, show_files, write_dump

SHOWS = [plan_show(ShowSpec(seed=seed, duration_seconds=60)) for seed in range(60, 63)]
FILES = [show_files(show) for show in SHOWS]
CLIPS = [name for one in FILES for name in one.clips]
IDS = [one.source_id for one in FILES]
FOREIGN = ["dQw4w9WgXcQ", "description", "BK6_XIz6-ZE_1920x1080_full_video_042_A_00"]

names = st.sampled_from(CLIPS + IDS + FOREIGN)
dressed = st.builds(
    lambda before, name, after: before + name + after,
    st.sampled_from(["", "", "/a b/", "D:\\x\\", "v=", "https://youtu.be/", "x_", "-", "é \ud83d"]),
    names,
    st.sampled_from(["", "", ".mp4", ".mp4.json", "#A", "_7", "&t=1", "\n", "\\", " and "]),
)
leaves = dressed | names | st.none() | st.booleans() | st.integers() | st.floats() | st.text()
plain_keys = ["initiator", "responder", "user", "assistant", "A", "B", "pairs", "1", "pretrain", ""]
keys = names | dressed | st.sampled_from(plain_keys) | st.text()
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
encodings = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
harm = st.sampled_from([None, None, None, None, "cut", "flip", "zeros", "twice", "lines"])


def written(value: Any, encoding: str, harmed: str | None, place: int) -> bytes:
    text = json.dumps(value, ensure_ascii=encoding == "latin-1" or place % 2 == 0)
    if harmed == "lines" and isinstance(value, list):
        text = "\n".join(json.dumps(one) for one in value)
    data = text.encode(encoding, "backslashreplace")
    at = place % len(data) if data else 0
    if harmed == "cut":
        return data[:at]
    if harmed == "flip":
        return data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :]
    return data + (bytes(3) if harmed == "zeros" else data if harmed == "twice" else b"")


def texts_of(data: bytes) -> Iterator[str]:
    """Every text that a plain parser sees, whatever it makes of the rest."""
    marks = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16"}
    name = next((one for mark, one in marks.items() if data.startswith(mark)), "utf-8-sig")
    text = data.decode(name, "replace")
    documents = []
    try:
        documents.append(json.loads(text))
    except ValueError:
        for line in text.splitlines():
            try:
                documents.append(json.loads(line))
            except ValueError:
                continue
    waiting: list[Any] = documents
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Annotations:
    folder = tmp_path_factory.mktemp("fuzz")
    write_dump(FILES, folder / "dump")
    return import_annotations(folder / "dump", folder / "work", cut_range="scene", jobs=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lists")


fuzzed = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@fuzzed
@given(values, encodings, harm, st.integers(0, 10_000))
def test_whoever_stands_in_the_benchmarks_list_leaves_training(
    annotations: Annotations, folder: Path,
    value: Any, encoding: str, harmed: str | None, place: int,
) -> None:  # fmt: skip
    data = written(value, encoding, harmed, place)
    (folder / "testset.json").write_bytes(data)
    seen = {one for text in texts_of(data) for one in IDS if one in text}
    try:
        found = benchmark_sources(read_benchmark_list(folder), annotations)
    except UnreadableList as error:
        assert str(error).encode()
        return
    assert found.here == seen
    assert found.state == ("applied" if seen or found.elsewhere else "empty")
    for source_id, pairs in found.pairs.items():
        assert source_id in seen
        for pair in pairs:
            assert set(pair) <= set(CLIPS) and {one[:11] for one in pair} == {source_id}
    num_elsewhere = found.num_pairs - len(found.refused) - sum(map(len, found.pairs.values()))
    assert num_elsewhere >= 0
    assert all(note.encode() for note in found.notes if "\ud83d" not in note)


@fuzzed
@given(values, encodings, harm, st.integers(0, 10_000), st.sampled_from(["listed", "sft"]))
def test_whatever_clip_stands_in_a_list_of_clips_is_read(
    folder: Path, value: Any, encoding: str, harmed: str | None, place: int, kind: Any
) -> None:
    data = written(value, encoding, harmed, place)
    (folder / "list.json").write_bytes(data)
    seen = {one for text in texts_of(data) for one in CLIPS if _stands_in(one, text)}
    try:
        found = list(ClipNames(folder / "list.json", kind))
    except UnreadableList as error:
        assert str(error).encode()
        return
    read = {str(one) for one in found if not isinstance(one, Unusable)}
    assert seen <= read
    assert all(one.detail.encode() for one in found if isinstance(one, Unusable))


def _stands_in(name: str, text: str) -> bool:
    _, found, after = text.partition(name)
    return bool(found) and not (after[:1].isalnum() and after.isascii()) and after[:1] not in "_-"


@fuzzed
@given(st.lists(names | dressed | st.text(), max_size=5), encodings)
def test_a_file_of_ids_gives_ids_alone(folder: Path, lines: list[str], encoding: str) -> None:
    data = "\n".join(lines).encode(encoding, "backslashreplace")
    (folder / "ids.txt").write_bytes(data)
    try:
        found = read_ids(folder / "ids.txt")
    except ValueError as error:
        assert "ids.txt" in str(error)
        return
    assert found and all(map(is_source_id, found))
    kept = {one.partition("#")[0].strip() for one in lines} - {""}
    assert encoding == "utf-32" or kept <= found or not all(map(is_source_id, kept))


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(values, values)
def test_no_list_costs_a_clip(
    tmp_path_factory: pytest.TempPathFactory, listed: Any, sft: Any
) -> None:
    folder = tmp_path_factory.mktemp("dump")
    write_dump(FILES[:1], folder / "dump")
    (folder / "dump" / "all_data_list.json").write_bytes(
        written([CLIPS[0], listed], "utf-8", None, 0)
    )
    (folder / "dump" / "SFT_set.json").write_bytes(written([CLIPS[0], sft], "utf-8", None, 0))
    try:
        found = import_annotations(folder / "dump", folder / "work", cut_range="scene", jobs=1)
    except UnreadableList as error:
        assert error.reason == "ambiguous"
        return
    clips = found.source(IDS[0])
    assert sorted(clip.clip_id for clip in clips) == sorted(FILES[0].clips)
    assert len(clips) == found.report.num_records["merged"] == found.report.counts["clips"]
    assert any(clip.tier == "sft" for clip in clips)
