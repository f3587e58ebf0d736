"""The official annotations as a catalogue: a source id in, its samples by the branch rules out."""

from collections.abc import Mapping, Sequence

from ...records import Branch
from ..assembly.catalogue import Assigned, in_bucket_order
from ..assumptions import Assumptions
from ..branches import assign_configs, build_samples
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
    ) -> None:
        self._annotations = annotations
        self._benchmark = benchmark
        self._assumptions = assumptions
        self._branches = frozenset(branches)
        self._source_ids = in_bucket_order(annotations.source_ids)

    def source_ids(self) -> Sequence[str]:
        """All sources of the dump, in the order of their buckets."""
        return self._source_ids

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        clips = self._annotations.source(source_id)
        samples = build_samples(clips, self._assumptions)
        chosen = [sample for sample in samples if sample.branch in self._branches]
        return list(assign_configs(chosen, clips, self._benchmark.pairs_of(source_id)))

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """The dump has none."""
        del source_id
        return {}
