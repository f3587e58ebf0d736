"""Who sounds when, in the forms of `speaker_json` that can be meant; what gives nothing is told."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.processing import Assumptions, ImportOptions, import_release
from speakervid5m.processing.official import (
    BenchmarkSources,
    OfficialCatalogue,
    import_annotations,
)
from speakervid5m.processing.official.adapters.videos import read_voices
from speakervid5m.processing.official.dump.problems import Unusable
from speakervid5m.processing.studio import ShowSpec, plan_show, show_files, write_dump
from speakervid5m.records import BRANCHES
from speakervid5m.release import open_release

LISTS: dict[str, Any] = {"spaeker": ["A", "B"], "A": [[0.0, 2.0], [4.0, 5.0]], "B": [[2.0, 3.0]]}
HEARD = [(0.0, 2.0, "A"), (2.0, 3.0, "B"), (4.0, 5.0, "A")]
TABLES: dict[str, Any] = {
    "empty": {},
    "null": None,
    "a list": [{"start": 0, "stop": 2, "speaker": "A"}],
    "integers": {"0_2": {"start": 0, "stop": 2, "speaker": 0}, "2_3": {"start": 2, "speaker": 1}},
    "labels": {"0_2": {"start": 0, "stop": 2, "speaker": "SPEAKER_00"}},
    "entries as lists": {"0_2": [0, 2, "A"], "2_3": [2, 3, "B"]},
    "times in the key": {"0.0_2.0": {"speaker": "A"}, "2.0_3.0": {"speaker": "B"}},
    "one of three": {"0_2": {"start": 0, "stop": 2, "speaker": "A"}, "2_3": {}, "4_5": None},
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_lists_serve_where_the_table_says_less(table: Any) -> None:
    repairs: Counter[str] = Counter()
    assert read_voices(LISTS | {"speaker_json": table}, repairs) == HEARD
    assert repairs == {"voices_by_letter": 1}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_file_that_gives_no_interval_is_unread(table: Any) -> None:
    if isinstance(table, dict) and "2_3" in table and table["2_3"] == {}:
        return
    with pytest.raises(Unusable) as caught:
        read_voices({"spaeker": ["A"], "A": [], "B": [3], "speaker_json": table}, Counter())
    assert caught.value.reason == "no_voice_interval"


def test_a_whole_table_is_preferred_and_says_who_else_sounds() -> None:
    table = {str(n): {"start": n, "stop": n + 1, "speaker": "ABC"[n % 3]} for n in range(3)}
    found = read_voices(LISTS | {"speaker_json": table}, Counter())
    assert [voice for _, _, voice in found] == ["A", "B", "C"]


def test_dialogues_stay_and_where_none_can_be_the_release_says_why(tmp_path: Path) -> None:
    shows = [plan_show(ShowSpec(seed=seed, duration_seconds=90)) for seed in (50, 51)]
    for name, keep in (("lists", ("spaeker", "A", "B", "C")), ("nothing", ("spaeker",))):
        files = [show_files(show) for show in shows]
        for one in files:
            member, content = one.members["speaker_json"][0]
            values = json.loads(content)
            values = {key: values[key] for key in keep if key in values}
            values |= {"speaker_json": {"0.0_9.0": {"speaker": "SPEAKER_00"}}}
            one.members["speaker_json"] = [(member, json.dumps(values).encode())]
        write_dump(files, tmp_path / name)
    found = import_annotations(tmp_path / "lists", tmp_path / "work", cut_range="scene", jobs=1)
    catalogue = OfficialCatalogue(found, BenchmarkSources(state="empty"), Assumptions(), BRANCHES)
    for show in shows:
        pairs = [
            (one.clips[0].clip_id, one.clips[1].clip_id)
            for _, one in catalogue.samples(show.source_id)
            if one.branch == "dialogue"
        ]
        assert pairs == [one[:2] for one in show.samples.dialogue] and pairs
    options = ImportOptions(
        dump=tmp_path / "nothing", out=tmp_path / "release", videos=None, with_media=False
    )
    report = import_release(options)
    assert report.dump.rejects == {"no_voice_interval": 2}
    assert report.dump.counts["sources_without_voices"] == 2
    facts = open_release(str(tmp_path / "release")).manifest.facts
    assert (
        "2 of 2 sources have no speaker_json that could be read"
        in (facts.empty_configs["dialogue_sft"])
    )
