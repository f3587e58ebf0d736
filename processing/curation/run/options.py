"""What `curate` is asked for, and what it says at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ....records import BRANCHES, Branch
from ...assembly.cut_clips import CutSettings
from ...assembly.cut_sources import CutReport
from ...assembly.plan import Plan
from ...assembly.write import WriteReport
from ...assumptions import Assumptions
from ...engines import RunReport, Stopped
from .catalogue import TieringReport
from .clipless import Clipless
from .find_videos import FoundSources

EngineName = Literal["local", "ray", "inline"]
"""Processes of this machine; a Ray cluster; this very process, for tests and debuggers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateOptions:
    """What `curate` is asked for."""

    videos: tuple[Path, ...]
    """Folders and files."""
    out: Path
    """The release; its work folder stands beside it."""
    profile: str = "embedded"
    """Name of a profile."""
    backends: Mapping[str, str] = field(default_factory=dict)
    """Stage to another backend than the profile's own."""
    weights: Path | None = None
    """Folder of weights; see `weights_folder`."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """Values that the paper does not publish."""
    settings: CutSettings = field(default_factory=CutSettings)
    """How clips are cut and encoded."""
    branches: tuple[Branch, ...] = BRANCHES
    """What is written."""
    test_sources: frozenset[str] = frozenset()
    """Sources whose dialogue pairs are the benchmark."""
    engine: EngineName = "local"
    """Where stages run."""
    device: str = "cpu"
    """Where models run: `cpu`, `cuda:0`."""
    jobs: int = 1
    """Processes for each stage, on a GPU at most as many as fit, and for cutting."""
    first_stage: str | None = None
    """Of those before it only what is done is taken."""
    last_stage: str | None = None
    """Where the run ends; one that ends before the last stage writes no release."""
    limit: int | None = None
    """So many sources at most are begun."""
    limit_seconds: float | None = None
    """After this time no further unit begins."""
    shard: tuple[int, int] | None = None
    """(i, n): run and cut only the sources of shard i of n, and write nothing."""
    finish: bool = False
    """Run no stage of a source; write the release from what is finished."""
    retry_failed: bool = False
    """Run again what has failed before."""
    refreeze: bool = False
    """Take percentile gates from the sources of today, not from the manifest."""
    drop_missing: bool = False
    """Whether sources of the release that are not among the videos, or that are not finished,
    leave it; else such a run is refused."""
    expected_hours: float | None = None
    """Hours of video that will be curated in the end: the number of shards is counted for them.
    Left out, it is counted for those of the first run, and kept."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Gate name to another threshold."""

    def __post_init__(self) -> None:
        if self.shard and self.finish:
            raise ValueError("a shard writes nothing; finish is for once, after all shards")
        if self.expected_hours is not None and not 0 < self.expected_hours < 1e7:
            raise ValueError(f"expected hours must be above 0, got {self.expected_hours}")
        if self.jobs < 1:
            raise ValueError(f"jobs is the number of processes, at least 1, got {self.jobs}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateReport:
    """What one run did."""

    found: FoundSources
    """The videos."""
    stages: RunReport
    """The stages."""
    tiering: TieringReport | None = None
    """Gates and branches; None where the run ended before, and for a shard."""
    plan: Plan | None = None
    """What the finished sources give."""
    cut: CutReport | None = None
    """What was cut."""
    written: WriteReport | None = None
    """The release."""
    clipless: tuple[Clipless, ...] = ()
    """Finished videos of which there is no clip, and what lost them."""
    changed: tuple[str, ...] = ()
    """What decides, and is other than when the release was last written."""

    @property
    def stopped(self) -> Stopped | None:
        """Why the run ended before everything was done."""
        return self.stages.stopped or (self.cut.stopped if self.cut else None)

    @property
    def has_rejects(self) -> bool:
        """Whether anything was left out."""
        return bool(
            self.stages.failures
            or self.found.unreadable
            or self.clipless
            or (self.cut and self.cut.rejects)
        )
