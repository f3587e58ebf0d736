"""What a command ends with: the same result for people and for a machine, and its status."""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from speakervid5m.cli import main
from speakervid5m.cli.terminal.result import Result, Section, plain, present
from speakervid5m.release import open_release
from tests.small_release import write_small_release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("releases") / "a release"
    write_small_release(root)
    return root


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["info"], "configs"),
        (["verify"], "num_rows"),
        (["show", "dialogue_sft", "1"], "sample"),
        (["card", "--check"], "problems"),
        (["reindex"], "configs"),
    ],
    ids=lambda words: str(words[0]),
)
def test_json_is_one_object_on_standard_output(
    release: Path, words: list[str], key: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = [words[0], str(release), *words[1:]]
    assert main(["--json", *typed] if place == "before" else [*typed, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert key in said
    assert said["status"] == 0 and said["rejects"] == {}


def test_what_a_command_prints_by_the_way_goes_to_standard_error(
    release: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def talkative(root: str) -> object:
        sys.stdout.write("by the way\n")
        return open_release(root)

    monkeypatch.setattr("speakervid5m.cli.release.show.open_release", talkative)
    for words in (["--json", "info"], ["info", "--json"]):
        assert main([*words, str(release)]) == 0
        out, errors = capsys.readouterr()
        assert json.loads(out)["origin"] == "official" and errors == "by the way\n"
    assert main(["info", str(release)]) == 0
    assert capsys.readouterr().out.startswith("by the way\n"), "it holds for one call"


def test_an_error_leaves_standard_output_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "nowhere", "--json"]) == 1
    out, errors = capsys.readouterr()
    assert not out and errors.startswith("error: ")


def test_a_command_ends_with_what_to_type_next(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["verify"], ["info"], ["show", "single_sft"], ["reindex"], ["card"]):
        assert main([words[0], str(release), *words[1:]]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.startswith("next: ") and f"'{release}'" in last, words


def result(**values: object) -> Result:
    section = Section(values={"number": 3}, lines=["three"])
    return Result(sections=[section], **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("as_json", [True, False])
def test_rejects_are_done_and_by_strict_the_status_3(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def status(made: Result, *, is_strict: bool) -> int:
        return present(made, as_json=as_json, is_strict=is_strict)

    rejects = {"no_speech": 2, "truncated": 1}
    assert status(result(rejects=rejects), is_strict=False) == 0
    assert status(result(rejects=rejects), is_strict=True) == 3
    assert status(result(), is_strict=True) == 0
    assert status(result(rejects=rejects, status=1), is_strict=True) == 1
    capsys.readouterr()
    status(result(rejects=rejects, rejects_of=Path("my talks")), is_strict=True)
    said = capsys.readouterr().out
    if as_json:
        values = json.loads(said)
        assert values["rejects"] == rejects and values["status"] == 3 and values["number"] == 3
    else:
        assert said.startswith("three\nleft out: 3 (no_speech 2, truncated 1)\n")
        assert "rejects 'my talks'" in said


@dataclass
class Point:
    """Two numbers."""

    x: float
    where: Path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(math.nan, Path("a/b")), {"x": None, "where": "a/b"}),
        ({1: frozenset({"b", "a"})}, {"1": ["a", "b"]}),
        ((name for name in "ab"), ["a", "b"]),
        (-math.inf, None),
    ],
)
def test_every_value_becomes_json(value: object, expected: object) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_a_value_that_json_has_not_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="builtin_function_or_method"):
        plain({"a": print})


def test_a_command_without_a_result_refuses_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from speakervid5m.cli import program

    def without(name: str) -> Callable[[object], bool]:
        return lambda command: getattr(command, "name", "") != name

    monkeypatch.setattr(program, "_has_result", without("info"))
    for words in (["--json", "info", "x"], ["info", "x", "--json"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        assert "json" in capsys.readouterr().err
