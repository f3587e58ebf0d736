"""The benchmark's list and a dump in; the sources that leave training, and the test pairs, out."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import Clip, atomic_file
from .adapters.clip_lists import UnreadableList
from .adapters.testset import BenchmarkList, Pair, State, read_testset
from .annotations import Annotations
from .dump.files import TESTSET
from .join_clips import REJECT_SCHEMA

REJECTS = "rejects-testset.parquet"
"""Pairs that give no row; in the folder of the other rejects."""
_SHOWN = 3
NOTES: dict[State, str] = {
    "empty": "an empty list: no source leaves training for the benchmark",
    "missing": "not there: sources of the benchmark may enter training",
    "left_out": "left out on purpose: sources of the benchmark may enter training",
}
"""What it means that the list was not followed."""
Refused = tuple[Pair, str, str]
"""Pair, reason, detail."""
_ANYWHERE = re.compile(r"(?=([A-Za-z0-9_-]{11}))")


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkSources:
    """The sources and pairs of the benchmark, and notes about its list."""

    state: State
    """Whether the list was followed."""
    here: frozenset[str] = frozenset()
    """Sources of the dump that leave training."""
    elsewhere: frozenset[str] = frozenset()
    """Ids that are not in this part of the dump; they stay out of training if they arrive."""
    drawn: frozenset[str] = frozenset()
    """Sources of `--test-sources`: all their dialogues are rows of the benchmark."""
    pairs: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Source to its pairs of initiator and responder: rows of the benchmark."""
    num_pairs: int = 0
    """All pairs of the list."""
    num_sources: int = 0
    """All sources that the list certainly names."""
    refused: tuple[Refused, ...] = ()
    """Pairs that give no row, and why."""
    notes: tuple[str, ...] = ()
    """Messages for the user who imports."""

    def pairs_of(self, source_id: str) -> Sequence[tuple[str, str]] | Literal["all"] | None:
        """The pairs of a source, or all its dialogues; None if it is not in the benchmark."""
        if source_id in self.here or source_id in self.elsewhere:
            return self.pairs.get(source_id, ())
        return "all" if source_id in self.drawn else None

    @property
    def why_no_rows(self) -> str:
        """Why the benchmark has no row, if it has none."""
        if self.drawn:
            return f"no dialogue is of the {len(self.drawn)} sources of --test-sources"
        if self.state != "applied":
            return f"testset.json is {NOTES[self.state]}"
        if not self.num_pairs:
            return (
                f"testset.json makes no pairs; {len(self.here)} sources of this dump that it names "
                "are in no training config"
            )
        return f"none of the {self.num_pairs} pairs of testset.json is of clips of this dump"

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "state": self.state,
            "num_sources": self.num_sources,
            "num_sources_here": len(self.here),
            "num_pairs": self.num_pairs,
            "num_pairs_here": sum(map(len, self.pairs.values())),
            **({"num_drawn": len(self.drawn)} if self.drawn else {}),
        }


def read_benchmark_list(dump_root: Path, *, left_out: bool = False) -> BenchmarkList:
    """Reads the list of a dump; cheap, so it comes first.

    Args:
        dump_root: the folder as downloaded.
        left_out: whether the user ignores the list on purpose; then it is not opened.

    Raises:
        UnreadableList: it cannot be read, or is ambiguous.
    """
    path = dump_root / TESTSET
    # A file that exists and cannot be opened, such as a dead link, is not a missing list.
    return read_testset(path if os.path.lexists(path) else None, left_out=left_out)


def benchmark_sources(
    tests: BenchmarkList, annotations: Annotations, drawn: frozenset[str] = frozenset()
) -> BenchmarkSources:
    """Matches the list with the sources and clips of a dump.

    Pairs that give no row are written to the folder of the other rejects.

    Args:
        tests: the list.
        annotations: of the dump.
        drawn: more sources that leave training.

    Raises:
        UnreadableList: no id is recognised in it.
    """
    sources = replace(_follow(tests, annotations.source_ids, annotations.source), drawn=drawn)
    _write_rejects(annotations.folder, sources)
    return sources


def _follow(
    tests: BenchmarkList, source_ids: Collection[str], clips_of: Callable[[str], Iterable[Clip]]
) -> BenchmarkSources:
    if tests.state != "applied":
        return BenchmarkSources(state=tests.state, notes=(NOTES[tests.state],))
    known = frozenset(source_ids)
    here = tests.certain & known | {
        match[1] for text in tests.texts for match in _ANYWHERE.finditer(text) if match[1] in known
    }
    if not (here or tests.certain or tests.has_id_list):
        raise UnreadableList(
            TESTSET,
            "no_ids",
            f"none of its {len(tests.texts)} texts holds a clip key, or the id of one of the "
            f"{len(known)} sources of this dump",
        )
    elsewhere = (tests.certain | tests.likely) - known
    rows, refused, num_elsewhere = _sort_out(tests.pairs, known, clips_of)
    return BenchmarkSources(
        state="applied",
        here=frozenset(here),
        elsewhere=elsewhere,
        num_sources=len(here | tests.certain),
        pairs=rows,
        num_pairs=len(tests.pairs),
        refused=refused,
        notes=tuple(_notes(tests, frozenset(here), elsewhere, refused, num_elsewhere)),
    )


def _sort_out(
    pairs: Sequence[Pair], known: frozenset[str], clips_of: Callable[[str], Iterable[Clip]]
) -> tuple[dict[str, list[tuple[str, str]]], tuple[Refused, ...], int]:
    """Rows by source, pairs that give none, and how many belong to other parts of the dump."""
    rows: dict[str, list[tuple[str, str]]] = {}
    refused: list[Refused] = []
    num_elsewhere = 0
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        initiator, responder = pair
        if initiator.source_id != responder.source_id:
            refused.append((pair, "pair_over_two_sources", "a dialogue is of one source"))
        elif initiator == responder:
            refused.append((pair, "pair_of_one_clip", "both sides are the same clip"))
        elif initiator.source_id in known:
            by_source.setdefault(initiator.source_id, []).append(pair)
        else:
            num_elsewhere += 1
    for source_id, its_pairs in by_source.items():
        clips = {clip.clip_id for clip in clips_of(source_id)}
        for pair in its_pairs:
            names = (str(pair[0]), str(pair[1]))
            if unknown := [name for name in names if name not in clips]:
                detail = f"no merged_anno record of {' and '.join(unknown)}"
                refused.append((pair, "pair_of_unknown_clip", detail))
            else:
                rows.setdefault(source_id, []).append(names)
    return rows, tuple(refused), num_elsewhere


def _notes(
    tests: BenchmarkList,
    here: frozenset[str],
    elsewhere: frozenset[str],
    refused: Sequence[Refused],
    num_elsewhere: int,
) -> Iterator[str]:
    num_rows = len(tests.pairs) - len(refused) - num_elsewhere
    yield (
        f"{len(here)} sources of the benchmark are here and leave training; {num_rows} of its "
        f"{len(tests.pairs)} pairs are rows"
    )
    if num_elsewhere:
        yield f"{num_elsewhere} pairs are of sources that this part of the dump does not have"
    for reason in sorted({why for _, why, _ in refused}):
        pairs = [f"{first} with {second}" for (first, second), why, _ in refused if why == reason]
        yield f"{reason}: {_some(pairs)}"
    paired = {str(key) for pair in tests.pairs for key in pair}
    if lone := sorted(tests.names - paired):
        yield f"clip keys in no pair: {_some(lone)}"
    if tests.num_incomplete:
        yield f"{tests.num_incomplete} places of a pair do not hold two clip keys"
    if words := sorted(elsewhere - tests.certain):
        yield (
            f"texts of the form of a video id that are no source here: {_some(words)}; if such a "
            "source comes, it stays out of training"
        )


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return f"{len(texts)}, such as {', '.join(texts[:_SHOWN])}{more}"


def _write_rejects(folder: Path, tests: BenchmarkSources) -> None:
    """Writes the pairs that give no row to a file; without any, there is no file."""
    path = folder / REJECTS
    if not tests.refused:
        path.unlink(missing_ok=True)
        return
    rows = [
        {
            "file": TESTSET,
            "member": f"{initiator} {responder}",
            "source_id": initiator.source_id,
            "reason": reason,
            "detail": detail,
        }
        for (initiator, responder), reason, detail in tests.refused
    ]
    table = pa.Table.from_pylist(rows, schema=REJECT_SCHEMA)
    with atomic_file(path) as draft:
        pq.write_table(table, draft, compression="zstd")
