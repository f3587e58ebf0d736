"""Options of `curate` in a TOML file: read as if they were typed, or written as they were.

curate.toml --> defaults of the command line; what is typed wins
a command line --> curate.toml

videos = ["talks"]
out = "my-talks"
jobs = 4
[backend]
voices = "pyannote"
"""

import dataclasses
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from speakervid5m.records import atomic_file
from speakervid5m.release import nearest

from ..terminal.arguments import ManyNames
from ..terminal.result import Result, Section

_TABLES = ("backend", "gate")
"""Options that are typed `NAME=VALUE` and are tables in the file."""
_TYPED_ONLY = {"config", "save_config", "dry_run", "clip", "page"}
"""Options that no config file holds."""


class ConfiguredCommand(ManyNames):
    """A command that writes its options to `--save-config FILE` before it runs."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; its result says where the options are."""
        path: Path | None = ctx.params["save_config"]
        if path is None:
            return super().invoke(ctx)
        with atomic_file(path) as draft:
            draft.write_text(_toml(_typed_options(ctx)), "utf-8")
        result: Result = super().invoke(ctx)
        saved = Section(values={"config": path}, lines=[f"options written to {path}"])
        return dataclasses.replace(result, sections=[saved, *result.sections])


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Makes the options in a file the defaults of a command.

    Raises:
        BadParameter: the file cannot be read, or an option in it is unknown or of another type.
    """
    if path is None or context.resilient_parsing:
        return path
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{str(path)!r} cannot be read: {error}") from error
    group: Any = context.parent.command if context.parent else None
    known = {option.name: option for option in group.commands["run"].params}
    names = sorted(known.keys() - _TYPED_ONLY - {"help", "quiet", "verbose", "json", "strict"})
    for key, value in values.items():
        if key not in names:
            raise typer.BadParameter(
                f"{str(path)!r} has an option {key!r}, which there is not; the nearest are "
                f"{', '.join(nearest(key, names))}"
            )
        values[key] = _as_typed(key, value, known[key])
    context.default_map = values
    return path


def _as_typed(key: str, value: Any, option: Any) -> Any:
    """The value of an option as the command line would have it."""
    if key in _TABLES:
        entries = list(value.values()) if isinstance(value, dict) else [None]
        if all(isinstance(entry, str | int | float) for entry in entries):
            return [f"{name}={entry}" for name, entry in value.items()]
        raise typer.BadParameter(f"{key!r} is a table: [{key}], then lines NAME = VALUE")
    if getattr(option, "is_flag", False):
        if isinstance(value, bool):
            return value
        raise typer.BadParameter(f"{key!r} is true or false, got {value!r}")
    if getattr(option, "multiple", False) or option.nargs == -1:
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            return value
        raise typer.BadParameter(f'{key!r} is a list of texts, such as ["a", "b"], got {value!r}')
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise typer.BadParameter(f"{key!r} is one text or number, got {value!r}")
    return str(value)


def _typed_options(context: typer.Context) -> dict[str, Any]:
    """Every option that is not at its default."""
    options = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if name not in _TYPED_ONLY and source is not None and source.name != "DEFAULT":
            options[name] = _written(name, value)
    return options


def _written(name: str, value: Any) -> Any:
    if name in _TABLES:
        return dict(value)
    if name == "shard":
        return "/".join(map(str, value))
    if name == "stages":
        return "..".join(part or "" for part in value)
    if name == "time_limit":
        return f"{value:g}s"
    if isinstance(value, list | tuple):
        return list(map(str, value))
    return value if isinstance(value, bool | int | float) else str(value)


def _toml(values: Mapping[str, Any]) -> str:
    """Values as TOML, tables last."""
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [f"{name} = {_literal(values[name])}" for name in values if name not in tables]
    for name, table in tables.items():
        lines += [f"\n[{name}]", *(f"{_key(key)} = {_literal(table[key])}" for key in table)]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _literal(name)


def _literal(value: Any) -> str:
    """A value as TOML writes it: in what we write, the same as JSON's."""
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
