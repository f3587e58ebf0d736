"""The official annotations as a catalogue: a source id in, its samples by the branch rules out."""

from collections.abc import Mapping, Sequence

from ...records import TIERS, Branch, Tier
from ..assembly.catalogue import Assigned
from ..assumptions import Assumptions
from ..branches import samples_by_config
from .annotations import Annotations
from .benchmark import BenchmarkSources


class OfficialCatalogue:
    """Samples of the dump; only the ids stay in memory."""

    def __init__(
        self,
        annotations: Annotations,
        benchmark: BenchmarkSources,
        assumptions: Assumptions,
        branches: Sequence[Branch],
        tiers: Sequence[Tier] = TIERS,
    ) -> None:
        self._annotations = annotations
        self._benchmark = benchmark
        self._assumptions = assumptions
        self._branches = frozenset(branches)
        self._tiers = frozenset(tiers)

    def source_ids(self) -> Sequence[str]:
        """All sources of the dump."""
        return self._annotations.source_ids

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        return samples_by_config(
            self._annotations.source(source_id),
            self._assumptions,
            self._branches,
            self._tiers,
            self._benchmark.pairs_of(source_id),
        )

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """The dump has none."""
        del source_id
        return {}
