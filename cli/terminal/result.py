"""What a command did, printed in one place: as lines for people, or as JSON for a machine.

sections, rejects, place, next commands -> Result -> `present` -> standard output, exit status
"""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from speakervid5m.records import own_command, printable, typed_path

from .exit_codes import DONE, DONE_WITH_REJECTS

SHOWN = 8
"""Printed lines of a list; the rest are counted."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a result, said twice."""

    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """For a machine: keys of the JSON object, the same in every run of a command."""
    lines: Iterable[str] = ()
    """For people; read once, as they are printed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What a command did, where that lies, what was left out, and what to type next."""

    sections: Sequence[Section] = ()
    out: Path | None = None
    """What was written."""
    rejects: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Reason to the number of things that were left out; `--strict` makes them the status 3."""
    rejects_of: Path | None = None
    """The release whose rejects `speakervid5m rejects` lists."""
    next: Sequence[str] = ()
    """Commands to type next, each as `own_command` gives it."""
    status: int = DONE


def present(result: Result, *, as_json: bool, is_strict: bool) -> int:
    """Prints a result on standard output; returns the exit status."""
    status = result.status
    if is_strict and status == DONE and result.rejects:
        status = DONE_WITH_REJECTS
    if as_json:
        print(json.dumps(_values(result, status), indent=1))
        return status
    for section in result.sections:
        for line in section.lines:
            print(line)
    for line in _last_lines(result):
        print(line)
    return status


def _last_lines(result: Result) -> Iterable[str]:
    if result.rejects:
        counts = ", ".join(f"{reason} {number}" for reason, number in result.rejects.items())
        yield printable(f"left out: {sum(result.rejects.values())} ({counts})")
    if result.out is not None:
        yield f"written to {printable(str(result.out))}"
    if result.rejects and result.rejects_of is not None:
        yield f"what was left out: {own_command('rejects', typed_path(result.rejects_of))}"
    for command in result.next:
        yield f"next: {printable(command)}"


def _values(result: Result, status: int) -> dict[str, object]:
    values: dict[str, object] = {}
    for section in result.sections:
        values |= section.values
    values |= {
        "status": status,
        "rejects": dict(result.rejects),
        "out": result.out,
        "next": list(result.next),
    }
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    """A value as JSON has it: paths are text, what is not finite is null.

    Raises:
        TypeError: it is of no such kind.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value))
    if isinstance(value, Iterable):
        return [plain(entry) for entry in value]
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def shortened(title: str, lines: Sequence[str]) -> Iterable[str]:
    """The first lines of a list, and the number of the others."""
    for line in lines[:SHOWN]:
        yield f"{title}: {printable(line)}"
    if len(lines) > SHOWN:
        yield f"{title}: and {len(lines) - SHOWN} more"
