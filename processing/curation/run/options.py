"""The options of `curate`.

command line or caller --> `CurateOptions` --> `Curation`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ....records import BRANCHES, TIERS, Branch, Tier
from ....release import Publication
from ...assembly.cut_clips import CutSettings
from ...assumptions import Assumptions
from ..profiles.profile import DEFAULT

EngineName = Literal["local", "ray", "inline"]
"""Processes of this machine; a Ray cluster; the calling process, for tests and debuggers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurateOptions:
    """What one run does, and with what."""

    videos: tuple[Path, ...]
    """Folders and files."""
    out: Path
    """The release; its work folder lies next to it."""
    profile: str = DEFAULT
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
    """Branches that are written."""
    tiers: tuple[Tier, ...] = TIERS
    """Tiers that are written; the benchmark has none."""
    test_sources: frozenset[str] = frozenset()
    """Sources whose dialogue pairs are the benchmark."""
    engine: EngineName = "local"
    """Where stages run."""
    device: str = "cpu"
    """Where models run: `cpu`, `cuda:0`."""
    jobs: int = 1
    """Processes for each stage, on a GPU at most as many as fit, and for cutting."""
    first_stage: str | None = None
    """Stages before it do not run; their stored results are used."""
    last_stage: str | None = None
    """Where the run ends; one that ends before the last stage writes no release."""
    limit: int | None = None
    """Most sources that are begun."""
    limit_seconds: float | None = None
    """After this time no further unit begins."""
    shard: tuple[int, int] | None = None
    """(i, n): run and cut only the sources of shard i of n, and write nothing."""
    finish: bool = False
    """Runs no stage of a source; writes the release from what is finished."""
    retry_failed: bool = False
    """Runs failed units again."""
    refreeze: bool = False
    """Computes percentile gates from the present sources instead of the manifest's."""
    drop_missing: bool = False
    """Whether sources of the release that are not among the videos, or that are not finished,
    leave it; else such a run is refused."""
    expected_hours: float | None = None
    """Hours of video that will be curated in the end; they decide the number of shards. If None,
    the hours of the first run decide it, and it is kept."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Gate name to another threshold."""
    publication: Publication = field(default_factory=Publication)
    """What cards and terms say; kept from the previous release if nothing is said."""

    def __post_init__(self) -> None:
        if self.shard and self.finish:
            raise ValueError("a shard writes nothing; finish is for once, after all shards")
        if self.expected_hours is not None and not 0 < self.expected_hours < 1e7:
            raise ValueError(f"expected hours must be above 0, got {self.expected_hours}")
        if self.jobs < 1:
            raise ValueError(f"jobs is the number of processes, at least 1, got {self.jobs}")
