"""What a stage is: a name, what it reads, what decides its result, and a function of a source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

Tables = dict[str, pa.Table]
"""What a stage gives: tables by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One video to curate."""

    source_id: str
    """YouTube's id where the file is named after it, else `x` and 10 characters of the digest."""
    path: Path
    """The file."""
    digest: str
    """sha256 of its bytes."""
    name: str
    """The file's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """What does the work of a stage, and on which terms."""

    name: str
    """Unique within the stage."""
    build: str = ""
    """Version of the library, digest of the weights: whatever changes results."""
    licence: str
    """Of code and weights."""
    weights: str = "none"
    """Where they come from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step for one source.

    Its result is a function of the source's bytes, the tables that it reads, `version`, `params`
    and `backend`; all of these name the part in the store, so a change of any of them runs the
    stage again, and what lies behind it, and nothing else.
    """

    name: str
    """Unique; names its folder in the store."""
    what: str
    """One sentence, in the words of the paper where it has some."""
    version: int = 1
    """Goes up when the same input gives another result."""
    reads: tuple[str, ...] = ()
    """Names of the stages whose tables it reads."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Plain values that decide the result."""
    backend: Backend
    """What does the work."""
    run: Callable[[Source, Mapping[str, Tables]], Tables]
    """Takes the source and the tables of each stage in `reads`."""
