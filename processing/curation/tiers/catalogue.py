"""Curated clips as a catalogue: gates give each clip a tier, branches make samples of the rest.

stored clips of a source, gates --> clips with tiers --> samples, each with its config

Gates read stored scores, so a changed threshold runs no model (`retier`). Clips are read from the
store one source at a time, on demand.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import pyarrow as pa

from ....records import Branch, Clip, DialogueSample
from ....release import Gate, curated_tier
from ...assembly.catalogue import Assigned, in_bucket_order, request_of, requests_of
from ...assembly.cut_clips import CutRequest
from ...assumptions import Assumptions
from ...branches import assign_configs, build_samples
from ...engines import RunReport, StageStore
from ..clips.clip_tables import clips_of

_CACHED_SOURCES = 64
"""Sources whose parsed clips are cached: planning, cutting and writing read each several times."""


@dataclass(slots=True)
class TieringReport:
    """How many clips have each tier, and which gates decided."""

    num_clips: int = 0
    """Clips of all finished sources."""
    num_by_tier: Counter[str] = field(default_factory=Counter)
    """`sft`, `pretrain`, `dropped`."""
    dropped_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that drops them; one clip may have several."""
    not_sft_by: Counter[str] = field(default_factory=Counter)
    """Clips by the gate that keeps them out of SFT."""

    @classmethod
    def of(cls, tiers: pa.Table) -> "TieringReport":
        """Counts a table of tiers."""
        report = cls(num_clips=len(tiers))
        for tier, reasons in zip(
            tiers["tier"].to_pylist(), tiers["reasons"].to_pylist(), strict=True
        ):
            report.num_by_tier[tier or "dropped"] += 1
            (report.dropped_by if tier is None else report.not_sft_by).update(reasons)
        return report


class StoredClips(Mapping[str, Sequence[Clip]]):
    """Clips of the finished sources, before any gate."""

    def __init__(self, report: RunReport, store: StageStore) -> None:
        self._keys = {
            source_id: keys["annotated"]
            for source_id, keys in report.keys.items()
            if "annotated" in keys
        }
        self._poses = {
            source_id: keys["pose"] for source_id, keys in report.keys.items() if "pose" in keys
        }
        self._store = store
        self._read = lru_cache(maxsize=_CACHED_SOURCES)(self._read_clips)

    def __getitem__(self, source_id: str) -> Sequence[Clip]:
        """By source id, in the order of time."""
        return self._read(self._keys[source_id])

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def _read_clips(self, key: str) -> Sequence[Clip]:
        output = self._store.find("annotated", key)
        if output is None:
            raise FileNotFoundError("a result of the stage annotated was removed from the store")
        return clips_of(output.table("clips"))

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """Clip id to the `.npy` file of its pose; empty where the profile measures none."""
        key = self._poses.get(source_id)
        output = None if key is None else self._store.find("pose", key)
        if output is None:
            return {}
        table = output.table("poses")
        poses = zip(table["clip_id"].to_pylist(), table["pose"].to_pylist(), strict=True)
        return {clip_id: pose for clip_id, pose in poses if pose is not None}


class CuratedCatalogue:
    """Samples of the finished sources."""

    def __init__(
        self,
        clips: Mapping[str, Sequence[Clip]],
        gates: Sequence[Gate],
        assumptions: Assumptions,
        branches: Collection[Branch],
        test_sources: Collection[str] = (),
    ) -> None:
        self.gates = tuple(gates)
        """As applied."""
        self._clips = clips
        self._assumptions = assumptions
        self._branches = frozenset(branches)
        self._test_sources = frozenset(test_sources)
        self._source_ids = in_bucket_order(clips)

    def source_ids(self) -> Sequence[str]:
        """All finished sources, in the order of their buckets."""
        return self._source_ids

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        clips = self._kept(source_id)
        samples = build_samples(clips, self._assumptions)
        pairs = None
        if source_id in self._test_sources:
            pairs = [
                (sample.initiator.clip_id, sample.responder.clip_id)
                for sample in samples
                if isinstance(sample, DialogueSample)
            ]
        chosen = [sample for sample in samples if sample.branch in self._branches]
        return list(assign_configs(chosen, clips, pairs))

    def possible_requests(self, source_id: str) -> list[CutRequest]:
        """What some gates could cut of a source: every clip, and speech of off-screen voices."""
        clips = self._clips[source_id]
        ungated = [("", sample) for sample in build_samples(clips, self._assumptions)]
        voices = requests_of([*ungated, *self.samples(source_id)])
        requests = {request.clip_id: request for request in (*map(request_of, clips), *voices)}
        return list(requests.values())

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """The poses of one source's clips."""
        return self._clips.poses(source_id) if isinstance(self._clips, StoredClips) else {}

    def _kept(self, source_id: str) -> list[Clip]:
        verdicts = ((clip, curated_tier(clip, self.gates)) for clip in self._clips[source_id])
        return [
            replace(clip, tier=verdict.tier)
            for clip, verdict in verdicts
            if verdict.tier is not None
        ]
