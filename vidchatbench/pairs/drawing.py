"""Which sources of a release become test sources, by a rule that anybody can repeat.

dialogue pairs of a release, number, seed --> whole sources, stratified --> PairList

The rule: sources that are tested already stay. The others are put in strata by the language, the
framing and the co-presence of most of their pairs, and shuffled in each by the seed. The next
source is taken from the stratum that lacks most of its share of the pairs, until there are enough.
A source is taken whole, since two clips of one conversation show the same people in the same
light.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...release import Release, open_release
from ..errors import NoPairsError
from .bench import CONFIG
from .pair_list import PairList

_POOL = ("dialogue_pretrain", "dialogue_sft")
_COLUMNS = [
    "sample_id",
    "conversation_id",
    "initiator_scene",
    "responder_scene",
    "responder_language",
    "responder_human_body",
]
RULE = "whole sources, stratified by language, framing and co-presence of their pairs"

Stratum = tuple[str, str, bool]
"""Language, framing, whether both are in one scene."""


@dataclass(frozen=True, slots=True)
class _Source:
    source_id: str
    stratum: Stratum
    sample_ids: tuple[str, ...]


def draw_pairs(root: str, *, num_pairs: int = 500, seed: int = 0) -> PairList:
    """Draws test sources; changes nothing.

    Args:
        root: the release.
        num_pairs: at least so many pairs (paper: 500), if there are so many.
        seed: of the shuffling.

    Raises:
        ValueError: less than one pair is asked for.
        NoPairsError: the release has no dialogue pairs.
        ReleaseError: it cannot be read.
    """
    if num_pairs < 1:
        raise ValueError(f"{num_pairs} pairs; 1 or more are allowed")
    release = open_release(root)
    tested = _sources(release, [CONFIG])
    pool = _sources(release, _POOL)
    if not tested and not pool:
        raise NoPairsError(f"{release.safe_root} has no dialogue pairs to draw from")
    chosen = [*tested, *_drawn(pool, num_pairs - _count(tested), seed)]
    return PairList(
        rule=RULE,
        seed=seed,
        num_asked=num_pairs,
        sources=tuple(sorted(source.source_id for source in chosen)),
        sample_ids=tuple(sorted(name for source in chosen for name in source.sample_ids)),
        strata={
            " / ".join([language, framing, "one scene" if together else "two scenes"]): count
            for (language, framing, together), count in sorted(_by_stratum(chosen).items())
        },
        config_digests={
            name: release.manifest.entry(name).config_digest
            for name in (*_POOL, CONFIG)
            if name in release
        },
    )


def _drawn(pool: Sequence[_Source], num_pairs: int, seed: int) -> Iterator[_Source]:
    """Sources until there are `num_pairs`."""
    waiting: dict[Stratum, list[_Source]] = {}
    for source in sorted(pool, key=lambda source: _shuffled(source.source_id, seed)):
        waiting.setdefault(source.stratum, []).append(source)
    shares = {stratum: _count(sources) for stratum, sources in waiting.items()}
    total, taken = sum(shares.values()), Counter[Stratum]()
    while num_pairs > sum(taken.values()) and any(waiting.values()):
        goal = min(num_pairs, total)
        stratum = max(
            (stratum for stratum, sources in waiting.items() if sources),
            key=lambda stratum: (shares[stratum] * goal / total - taken[stratum], stratum),
        )
        source = waiting[stratum].pop(0)
        taken[stratum] += len(source.sample_ids)
        yield source


def _shuffled(source_id: str, seed: int) -> str:
    """A place in an order that depends on nothing but the seed and the id."""
    return hashlib.sha256(f"{seed} {source_id}".encode()).hexdigest()


def _sources(release: Release, configs: Sequence[str]) -> list[_Source]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for name in configs:
        if name in release:
            for row in release[name].table(_COLUMNS).to_pylist():
                rows.setdefault(row["conversation_id"], []).append(row)
    return [
        _Source(source_id, _stratum(found), tuple(row["sample_id"] for row in found))
        for source_id, found in rows.items()
    ]


def _stratum(rows: Sequence[Mapping[str, Any]]) -> Stratum:
    return (
        _most([row["responder_language"] or "unknown" for row in rows]),
        _most([row["responder_human_body"] or "unknown" for row in rows]),
        _most([row["initiator_scene"] == row["responder_scene"] for row in rows]),
    )


def _most(values: Sequence[Any]) -> Any:
    """The most frequent value; of equals, the first by order."""
    counts = Counter(values)
    return max(sorted(counts), key=counts.__getitem__)


def _count(sources: Sequence[_Source]) -> int:
    return sum(len(source.sample_ids) for source in sources)


def _by_stratum(sources: Sequence[_Source]) -> Counter[Stratum]:
    counts = Counter[Stratum]()
    for source in sources:
        counts[source.stratum] += len(source.sample_ids)
    return counts
