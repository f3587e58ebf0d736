"""The rule that draws test sources, and the list that other commands read."""

import json
from pathlib import Path

import pytest

from speakervid5m.cli import main
from speakervid5m.processing import read_ids
from speakervid5m.release import open_release
from speakervid5m.vidchatbench import draw_pairs
from tests.small_release import write_small_release


def test_sources_are_drawn_whole_and_tested_ones_stay(tmp_path: Path) -> None:
    write_small_release(tmp_path / "release", num_sources=8)
    root = str(tmp_path / "release")
    tested = open_release(root).source_ids("vidchatbench")
    none_more = draw_pairs(root, num_pairs=1)
    assert frozenset(none_more.sources) == tested
    pairs = draw_pairs(root, num_pairs=len(none_more.sample_ids) + 5, seed=3)
    assert tested < set(pairs.sources) and len(pairs.sources) == len(tested) + 2
    by_source: dict[str, set[str]] = {}
    for name in ("dialogue_pretrain", "dialogue_sft", "vidchatbench"):
        table = open_release(root)[name].table(["sample_id", "conversation_id"]).to_pylist()
        for row in table:
            by_source.setdefault(row["conversation_id"], set()).add(row["sample_id"])
    assert set(pairs.sample_ids) == set().union(*(by_source[name] for name in pairs.sources))
    assert sum(pairs.strata.values()) == len(pairs.sample_ids)
    assert draw_pairs(root, num_pairs=pairs.num_asked, seed=3) == pairs
    others = {draw_pairs(root, num_pairs=pairs.num_asked, seed=seed).sources for seed in range(9)}
    assert len(others) > 1
    assert len(draw_pairs(root, num_pairs=500).sources) == 12
    with pytest.raises(ValueError, match="0 pairs"):
        draw_pairs(root, num_pairs=0)


def test_the_list_is_one_of_test_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_release(tmp_path / "release")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    path = tmp_path / "my pairs.json"
    typed = ["bench", "pairs", str(tmp_path / "release"), "--num", "500", "--out", str(path)]
    assert main(typed) == 0
    printed = capsys.readouterr().out
    assert "24 pairs of 6 sources" in printed and "the release has no more" in printed
    assert "unknown" in printed and "--test-sources" in printed
    assert {name: name.read_bytes() for name in before} == before
    content = json.loads(path.read_text())
    assert read_ids(path) == frozenset(content["sources"]) and len(content["sources"]) == 6
    for text, what in (
        ('{"sources": 3}', "no list of texts"),
        ('{"a": []}', "no pair list: 'sources'"),
        ('{"sources": ["../x"]}', "are no source ids"),
        ('{"sources": []}', "names no source id"),
        ("{", "no pair list"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=what):
            read_ids(path)
