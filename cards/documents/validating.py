"""The card's YAML looked at without a network: what the Hub would refuse, and in which line."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|code|multilingual")
_SIZES = frozenset(
    ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
)
_CREATORS = frozenset(
    ("annotator-generated", "crowdsourced", "expert-generated", "found", "machine-generated",
     "no-annotation", "other")
)  # fmt: skip
_GATED = frozenset(("text", "country", "date_picker", "checkbox", "select", "ip_location"))
_CONFIG_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_STRINGS = (
    "pretty_name",
    "license",
    "license_name",
    "license_link",
    "extra_gated_prompt",
    "extra_gated_heading",
    "extra_gated_description",
    "extra_gated_button_content",
)
_LISTS = ("tags", "task_categories", "source_datasets")


@dataclass(frozen=True, slots=True)
class CardProblem:
    """One thing that is wrong with a card."""

    line: int
    """In the file, from 1."""
    what: str
    """What is wrong, and what is right."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def validate_card(text: str) -> list[CardProblem]:
    """Looks at the YAML between the two lines of dashes."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return [CardProblem(1, "a card begins with a line of three dashes, then YAML")]
    closing = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if closing is None:
        return [CardProblem(len(lines), "the YAML is not closed by a line of three dashes")]
    head = "\n".join(lines[1:closing])
    try:
        node = yaml.compose(head, Loader=yaml.SafeLoader)
        value = yaml.safe_load(head)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        return [CardProblem(line + 2, f"no YAML: {error.problem or error.context}")]
    except (yaml.YAMLError, ValueError) as error:
        return [CardProblem(2, f"no YAML: {error}")]
    if not isinstance(node, yaml.MappingNode) or not isinstance(value, dict):
        return [CardProblem(2, "the YAML is no mapping of names to values")]
    return sorted(_problems(node, value), key=lambda problem: problem.line)


def _problems(node: yaml.MappingNode, value: dict[str, Any]) -> Iterator[CardProblem]:
    yield from _doubles(node)
    places = {key.value: item for key, item in node.value}
    checks: dict[str, Callable[[Any], str | None]] = {
        **dict.fromkeys(_STRINGS, _string),
        **dict.fromkeys(_LISTS, _list_of_strings),
        "language": _languages,
        "size_categories": lambda found: _among(found, _SIZES),
        "annotations_creators": lambda found: _among(found, _CREATORS),
        "viewer": lambda found: None if isinstance(found, bool) else "must be true or false",
    }
    for name, check in checks.items():
        if name in value and (what := check(value[name])):
            yield CardProblem(_line(places[name]), f"{name} {what}")
    if value.get("license") == "other":
        for name in ("license_name", "license_link"):
            if name not in value:
                what = f"license is `other`, so {name} must be given"
                yield CardProblem(_line(places["license"]), what)
    elif "license" not in value:
        yield CardProblem(2, "license is missing")
    if "extra_gated_fields" in value:
        yield from _gated(places["extra_gated_fields"], value["extra_gated_fields"])
    if "configs" in value:
        yield from _configs(places["configs"], value["configs"])


def _gated(node: yaml.Node, value: Any) -> Iterator[CardProblem]:
    if not isinstance(value, dict) or not isinstance(node, yaml.MappingNode):
        yield CardProblem(_line(node), "extra_gated_fields must map a question to its kind")
        return
    for key, item in node.value:
        kind = value.get(key.value)
        kind = kind.get("type") if isinstance(kind, dict) else kind
        if kind not in _GATED:
            what = f"the kind of {key.value[:60]!r} must be one of {', '.join(sorted(_GATED))}"
            yield CardProblem(_line(item), what)


def _configs(node: yaml.Node, value: Any) -> Iterator[CardProblem]:
    if not isinstance(value, list) or not isinstance(node, yaml.SequenceNode):
        yield CardProblem(_line(node), "configs must be a list")
        return
    seen: set[str] = set()
    num_defaults = 0
    for item, config in zip(node.value, value, strict=True):
        line = _line(item)
        name = config.get("config_name") if isinstance(config, dict) else None
        if not isinstance(name, str) or not _CONFIG_NAME.fullmatch(name):
            yield CardProblem(line, "a config needs a config_name of letters, digits, _ . and -")
            continue
        if name in seen:
            yield CardProblem(line, f"config {name} stands there twice")
        seen.add(name)
        num_defaults += config.get("default") is True
        if num_defaults > 1 and config.get("default") is True:
            yield CardProblem(line, f"{name} is a second default config")
        for what in _data_files(config.get("data_files")):
            yield CardProblem(line, f"config {name}: {what}")


def _data_files(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        value = [{"split": "train", "path": value}]
    if not isinstance(value, list) or not value:
        yield "data_files must be a path or a list of split and path"
        return
    for one in value:
        paths = one.get("path") if isinstance(one, dict) else None
        for path in paths if isinstance(paths, list) else [paths]:
            if not isinstance(path, str) or not isinstance(one.get("split"), str):
                yield "every entry of data_files needs a split and a path"
            elif path.startswith("/") or ".." in path.split("/"):
                yield f"{path[:80]!r} leaves the repository"


def _doubles(node: yaml.Node) -> Iterator[CardProblem]:
    """Keys that stand twice: YAML readers take the last and say nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, item in node.value:
            if key.value in seen:
                yield CardProblem(_line(key), f"{str(key.value)[:60]!r} stands there twice")
            seen.add(key.value)
            yield from _doubles(item)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubles(item)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "must be words"


def _list_of_strings(value: Any) -> str | None:
    good = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return None if good else "must be a list of words"


def _languages(value: Any) -> str | None:
    found = value if isinstance(value, list) else [value]
    wrong = [one for one in found if not isinstance(one, str) or not LANGUAGE.fullmatch(one)]
    # YAML reads `no`, Norwegian, as false.
    return f"must be ISO 639 codes, got {wrong[0]!r}; put it in quotes" if wrong else None


def _among(value: Any, allowed: frozenset[str]) -> str | None:
    found = value if isinstance(value, list) else [value]
    wrong = [one for one in found if one not in allowed]
    return f"has {wrong[0]!r}; there are {', '.join(sorted(allowed))}" if wrong else None
