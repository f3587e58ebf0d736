"""Manifests of strangers: what is read is what the records say, or is refused as damaged."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from speakervid5m.cards.documents.rendering import render_texts
from speakervid5m.cards.statistics.release_statistics import Statistics, measure
from speakervid5m.release import DamagedRelease, Manifest, Release, ReleaseError, open_release
from speakervid5m.release.tombstones.records import Takedown

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["\ud83d", "../x", 10**400, -1, "", float("nan")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def text(small: Path) -> str:
    return (small / "manifest.json").read_text()


def parse(text: str) -> Manifest:
    return Manifest.from_json(text, "manifest.json")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the outermost first."""
    items = isinstance(value, list) and range(len(value))
    keys = value if isinstance(value, dict) else items or ()
    return [path, *(one for key in keys for one in places(value[key], (*path, key)))]


def changed(text: str, path: tuple[Any, ...], value: Any) -> str:
    whole = {"manifest": json.loads(text)}
    target: Any = whole
    for key in ("manifest", *path)[:-1]:
        target = target[key]
    target[("manifest", *path)[-1]] = value
    return json.dumps(whole["manifest"])


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("[" * 100_000, "more than 32 levels"),
        ("[" * 40 + "]" * 40, "more than 32 levels"),
        ('{"schema_version": "1.1", "facts": NaN}', "NaN is no number"),
        ('{"schema_version": 1e999}', "not finite"),
        ('{"schema_version": "1.1", "x": ' + "9" * 30 + "}", "more than 64 bits"),
        ('{"schema_version": "1.1", "x": ' + "9" * 5000 + "}", "no manifest"),
        (r'{"schema_version": "1.1", "x": "\ud83d"}', "surrogates"),
        ("", "no manifest"),
        ("[]", "no manifest"),
    ],
)
def test_what_is_no_manifest(what: str, said: str) -> None:
    with pytest.raises(DamagedRelease, match=said):
        parse(what)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("facts", "gates"), [[[]]], r"facts\.gates\[\] is \[\[\]\]"),
        (("facts", "gates"), [{"name": "dover"}], "a gate whose stage is None"),
        (("facts", "origin"), "other", r"facts\.origin is 'other'"),
        (("facts", "with_media"), 1, r"facts\.with_media is 1, which is not bool"),
        (("facts", "num_buckets"), {"single_sft": True}, r"num_buckets\.single_sft is True"),
        (("facts", "features"), {"mimi": []}, r"features\.mimi is \[\]"),
        (("facts", "funnel"), [{"step": "x"}], "has no 'unit'"),
        (("configs", "single_sft", "num_rows"), "5", r"num_rows is '5', which is not int"),
        (("configs", "single_sft", "num_rows"), -5, "num_rows is -5"),
        (("files", "README.md"), None, r"files\.README\.md is None, not an object"),
    ],
)
def test_a_field_of_another_type_is_named(
    text: str, path: tuple[str, ...], value: object, said: str
) -> None:
    with pytest.raises(DamagedRelease, match=said):
        parse(changed(text, path, value))


def test_what_a_later_minor_version_adds_is_passed_over(text: str) -> None:
    later = json.loads(text)
    later["schema_version"] = "1.9"
    later["new"] = later["facts"]["new"] = later["files"]["README.md"]["new"] = [{}]
    later["configs"]["new_config"] = later["configs"]["single_sft"]
    found = parse(json.dumps(later))
    assert found.configs == parse(text).configs and found.files == parse(text).files


@given(data=st.data())
@settings(max_examples=60)
def test_whatever_stands_at_a_place_a_card_comes_of_it_or_it_is_refused(
    data: st.DataObject, opened: tuple[Release, Statistics], text: str
) -> None:
    release, statistics = opened
    every = places(json.loads(text))
    facts = [path for path in every if path[:1] == ("facts",)]
    path = data.draw(st.sampled_from(facts) | st.sampled_from(every))
    value = data.draw(JSON)
    try:
        manifest = parse(changed(text, path, value))
        release.manifest = manifest
        for name in release.configs:
            manifest.shards(name)
        if release.configs:
            render_texts(release, statistics, [], Takedown())
    except ReleaseError as error:
        str(error).encode()


@pytest.fixture(scope="module")
def opened(small: Path) -> tuple[Release, Statistics]:
    release = open_release(str(small))
    return open_release(str(small)), measure(release)
