"""Curated clips as a catalogue: gates give each clip a tier, branches make samples of the rest.

stored clips of a source, gates --> clips with tiers --> samples, each with its config

Gates read stored scores, so a changed threshold runs no model (`retier`). Clips are read from the
store one source at a time, on demand.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ....records import TIERS, Branch, Clip, Tier, clips_of
from ....release import Gate, tiers_of
from ...assembly.catalogue import Assigned, SourcePlan, request_of, requests_of
from ...assembly.cut_clips import CutRequest
from ...assumptions import Assumptions
from ...branches import build_samples, samples_by_config
from ...engines import RunReport, StageStore


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

    def __getitem__(self, source_id: str) -> Sequence[Clip]:
        """By source id, in the order of time."""
        return clips_of(self.table(source_id))

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def table(self, source_id: str) -> pa.Table:
        """The same as a table of `CLIP_SCHEMA`."""
        output = self._store.find("annotated", self._keys[source_id])
        if output is None:
            raise FileNotFoundError("a result of the stage annotated was removed from the store")
        return output.table("clips")

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
        clips: StoredClips,
        gates: Sequence[Gate],
        assumptions: Assumptions,
        branches: Collection[Branch],
        test_sources: Collection[str] = (),
        tiers: Collection[Tier] = TIERS,
    ) -> None:
        self.gates = tuple(gates)
        """As applied."""
        self._clips = clips
        self._assumptions = assumptions
        self._branches = frozenset(branches)
        self._tiers = frozenset(tiers)
        self._test_sources = frozenset(test_sources)

    def source_ids(self) -> Sequence[str]:
        """All finished sources."""
        return list(self._clips)

    def samples(self, source_id: str) -> Sequence[Assigned]:
        """The samples of one source, and the config of each."""
        return samples_by_config(
            self._kept(source_id),
            self._assumptions,
            self._branches,
            self._tiers,
            "all" if source_id in self._test_sources else None,
        )

    def possible_requests(self, source_id: str, plan: SourcePlan) -> list[CutRequest]:
        """What some gates could cut of a source: every clip, and speech of off-screen voices.

        Args:
            source_id: the source.
            plan: what it gives under the gates as applied.
        """
        clips = self._clips[source_id]
        ungated = [("", sample) for sample in build_samples(clips, self._assumptions)]
        voices = requests_of([*ungated, *plan.samples])
        requests = {request.clip_id: request for request in (*map(request_of, clips), *voices)}
        return list(requests.values())

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        """The poses of one source's clips."""
        return self._clips.poses(source_id)

    def _kept(self, source_id: str) -> list[Clip]:
        """The clips of a source that no gate drops, each with its tier."""
        table = self._clips.table(source_id)
        tiers = tiers_of(table, self.gates)["tier"]
        column = table.schema.get_field_index("tier")
        return clips_of(table.set_column(column, "tier", tiers).filter(pc.is_valid(tiers)))
