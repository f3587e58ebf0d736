"""A card's text in; what the Hub would refuse in its YAML, with line numbers, out. Offline."""

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
    """One error of a card."""

    line: int
    """In the file, from 1."""
    what: str
    """What is wrong, and what would be right."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def validate_card(text: str) -> list[CardProblem]:
    """Checks the YAML between the two lines of dashes."""
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
        return [CardProblem(line + 2, f"not YAML: {error.problem or error.context}")]
    except (yaml.YAMLError, ValueError) as error:
        return [CardProblem(2, f"not YAML: {error}")]
    if not isinstance(node, yaml.MappingNode) or not isinstance(value, dict):
        return [CardProblem(2, "the YAML is not a mapping of names to values")]
    return sorted(_problems(node, value), key=lambda problem: problem.line)


def _problems(node: yaml.MappingNode, value: dict[str, Any]) -> Iterator[CardProblem]:
    yield from _duplicate_keys(node)
    places = {key.value: item for key, item in node.value}
    checks: dict[str, Callable[[Any], str | None]] = {
        **dict.fromkeys(_STRINGS, _string),
        **dict.fromkeys(_LISTS, _list_of_strings),
        "language": _languages,
        "size_categories": lambda value: _among(value, _SIZES),
        "annotations_creators": lambda value: _among(value, _CREATORS),
        "viewer": lambda value: None if isinstance(value, bool) else "must be true or false",
    }
    for name, check in checks.items():
        if name in value and (problem := check(value[name])):
            yield CardProblem(_line(places[name]), f"{name} {problem}")
    if value.get("license") == "other":
        for name in ("license_name", "license_link"):
            if name not in value:
                problem = f"license is `other`, so {name} must be given"
                yield CardProblem(_line(places["license"]), problem)
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
            problem = f"the kind of {key.value[:60]!r} must be one of {', '.join(sorted(_GATED))}"
            yield CardProblem(_line(item), problem)


def _configs(node: yaml.Node, value: Any) -> Iterator[CardProblem]:
    if not isinstance(value, list) or not isinstance(node, yaml.SequenceNode):
        yield CardProblem(_line(node), "configs must be a list")
        return
    names: set[str] = set()
    num_defaults = 0
    for item, config in zip(node.value, value, strict=True):
        line = _line(item)
        name = config.get("config_name") if isinstance(config, dict) else None
        if not isinstance(name, str) or not _CONFIG_NAME.fullmatch(name):
            yield CardProblem(line, "a config needs a config_name of letters, digits, _ . and -")
            continue
        if name in names:
            yield CardProblem(line, f"config {name} occurs twice")
        names.add(name)
        num_defaults += config.get("default") is True
        if num_defaults > 1 and config.get("default") is True:
            yield CardProblem(line, f"{name} is a second default config")
        for problem in _data_files(config.get("data_files")):
            yield CardProblem(line, f"config {name}: {problem}")


def _data_files(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        value = [{"split": "train", "path": value}]
    if not isinstance(value, list) or not value:
        yield "data_files must be a path or a list of split and path"
        return
    for entry in value:
        paths = entry.get("path") if isinstance(entry, dict) else None
        for path in paths if isinstance(paths, list) else [paths]:
            if not isinstance(path, str) or not isinstance(entry.get("split"), str):
                yield "every entry of data_files needs a split and a path"
            elif path.startswith("/") or ".." in path.split("/"):
                yield f"{path[:80]!r} leaves the repository"


def _duplicate_keys(node: yaml.Node) -> Iterator[CardProblem]:
    """Duplicate keys: YAML readers take the last without an error."""
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, item in node.value:
            if key.value in names:
                yield CardProblem(_line(key), f"{str(key.value)[:60]!r} occurs twice")
            names.add(key.value)
            yield from _duplicate_keys(item)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "must be a non-empty string"


def _list_of_strings(value: Any) -> str | None:
    is_valid = isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value)
    return None if is_valid else "must be a list of strings"


def _languages(value: Any) -> str | None:
    languages = value if isinstance(value, list) else [value]
    wrong = [
        entry for entry in languages if not isinstance(entry, str) or not LANGUAGE.fullmatch(entry)
    ]
    # YAML reads `no` (Norwegian) as false.
    return f"must be ISO 639 codes, got {wrong[0]!r}; put it in quotes" if wrong else None


def _among(value: Any, allowed: frozenset[str]) -> str | None:
    values = value if isinstance(value, list) else [value]
    wrong = [value for value in values if value not in allowed]
    return f"has {wrong[0]!r}; there are {', '.join(sorted(allowed))}" if wrong else None
