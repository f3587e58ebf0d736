"""Options of `speakervid5m curate`: a command line in, `CurateOptions` out.

Each group is a dataclass of what was typed; `onto` puts it into the options of the run.
"""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from speakervid5m.processing import WEIGHTS_VARIABLE, CutSettings, read_ids
from speakervid5m.processing.curation import (
    DEFAULT,
    PROFILES,
    TABLE,
    CurateOptions,
    EngineName,
    recorded,
)
from speakervid5m.records import BRANCHES, TIERS

from ..terminal.arguments import (
    Branches,
    ShardOption,
    Tiers,
    WrongUse,
    argument,
    chosen_of,
    flag,
    option,
)
from .config_file import read_config


class Threshold(NamedTuple):
    """Another threshold of a gate."""

    gate: str
    value: float


def read_threshold(text: str) -> Threshold:
    """Reads `NAME=NUMBER`."""
    name, _, number = text.partition("=")
    try:
        return Threshold(name, float(number))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not NAME=NUMBER, such as sft_face_sharpness=0.8"
        ) from None


class Backend(NamedTuple):
    """Another backend for a stage."""

    stage: str
    name: str


def read_backend(text: str) -> Backend:
    """Reads `STAGE=NAME`."""
    stage, equals, name = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not STAGE=NAME, such as voices=pyannote")
    return Backend(stage, name)


class Stages(NamedTuple):
    """The first and the last stage that run; None leaves an end open."""

    first: str | None
    last: str | None


def read_stages(text: str) -> Stages:
    """Reads `A..B`, or one stage."""
    first, dots, last = text.partition("..")
    return Stages(first or None, last or None) if dots else Stages(text, text)


def read_duration(text: str) -> float:
    """Reads `90m`, in seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    number = text[:-1] if text[-1:] in units else text
    try:
        return float(number) * units.get(text[-1:], 1)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a duration such as 30s, 90m or 2h") from None


_STAGES = [*(row.stage for row in TABLE), "scores"]
_BACKENDS = sorted(
    {
        f"{row.stage}={model.name}"
        for row in TABLE
        for profile in PROFILES
        if len(models := getattr(row, profile)) > 1
        for model in models
    }
)
_GATES = sorted({f"{gate.name}=" for profile in PROFILES.values() for gate in profile.gates})
Jobs = Annotated[
    int, option("N", "processes for each stage (on a GPU as many as fit) and for cutting")
]
Gates = Annotated[
    list[Threshold] | None,
    option(
        "NAME=NUMBER",
        "another threshold for a gate; may be repeated",
        "--gate",
        parser=read_threshold,
        names=_GATES,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Curated:
    """What is curated, and by which models."""

    videos: Annotated[list[Path], argument("VIDEOS", "folders and files", parser=Path)]
    out: Annotated[Path, option("RELEASE", "the release")]
    profile: Annotated[
        str | None,
        option(
            "NAME",
            f"set of models: {', '.join(PROFILES)} (default: that of the last run on this release, "
            f"with its --backend and --weights; at first {DEFAULT})",
            names=PROFILES,
        ),
    ] = None
    backend: Annotated[
        list[Backend],
        option(
            "STAGE=NAME",
            "another backend for a stage, see `plan`; may be repeated",
            parser=read_backend,
            names=_BACKENDS,
        ),
    ] = field(default_factory=list)
    weights: Annotated[
        Path | None,
        option(
            "FOLDER",
            "folder of weights",
            show_default="SPEAKERVID5M_WEIGHTS, else ~/.cache/speakervid5m/weights",
        ),
    ] = None
    config: Annotated[
        Path | None,
        option(
            "FILE",
            "options in TOML, as --save-config writes them; what is typed wins",
            callback=read_config,
            is_eager=True,
        ),
    ] = None

    def options(self, *, gates: list[Threshold] | None = None, jobs: int = 1) -> CurateOptions:
        """The options of a run; profile, backends and weights as typed, else as in the last run."""
        previous, profile, weights = recorded(self.out), self.profile, self.weights
        backends = dict(self.backend)
        if previous is not None and profile in (None, previous.profile):
            if profile is None:
                backends = {**previous.backends, **backends}
            if weights is None and WEIGHTS_VARIABLE not in os.environ:
                weights = previous.weights
            profile = previous.profile
        return CurateOptions(
            videos=tuple(self.videos),
            out=self.out,
            profile=profile or DEFAULT,
            backends=backends,
            weights=weights,
            jobs=jobs,
            thresholds=dict(gates or ()),
        )


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where and how far stages run."""

    engine: Annotated[
        EngineName,
        typer.Option(
            help="processes of this machine, a Ray cluster (RAY_ADDRESS, else one is started), or "
            "this process"
        ),
    ] = "local"
    device: Annotated[str, option("DEVICE", "where models run: cpu, cuda:0")] = "cpu"
    stages: Annotated[
        Stages | None, option("A..B", "only from A to B", parser=read_stages, names=_STAGES)
    ] = None
    until: Annotated[
        str | None, option("STAGE", "stop after this stage", parser=str, names=_STAGES)
    ] = None
    limit: Annotated[int | None, option("N", "begin at most N videos")] = None
    time_limit: Annotated[
        float | None,
        option("SPAN", "begin nothing more after this time: 90m, 2h, 30s", parser=read_duration),
    ] = None
    shard: ShardOption = None
    finish: Annotated[
        bool, flag("--finish", "run no stage, write the release from what is finished")
    ] = False
    save_config: Annotated[
        Path | None, option("FILE", "write the options of this command there, for --config")
    ] = None

    def __post_init__(self) -> None:
        if self.stages and self.until:
            raise WrongUse("--until is the end of --stages A..B: give one of the two")
        if self.shard and self.finish:
            raise WrongUse("--shard writes no release; --finish is for once, after all shards")

    def onto(self, options: CurateOptions) -> CurateOptions:
        """The options, with these."""
        first, last = self.stages or (None, self.until)
        return replace(
            options,
            engine=self.engine,
            device=self.device,
            first_stage=first,
            last_stage=last,
            limit=self.limit,
            limit_seconds=self.time_limit,
            shard=self.shard,
            finish=self.finish,
        )


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What the release is written from."""

    refreeze: Annotated[
        bool, flag("--refreeze", "recompute the thresholds of percentile gates")
    ] = False
    drop_missing: Annotated[
        bool,
        flag(
            "--drop-missing",
            "remove sources from the release that are not among the videos, or not finished "
            "(without this the command is refused)",
        ),
    ] = False
    test_sources: Annotated[
        Path | None,
        option("FILE", "sources of the benchmark: ids, one per line, or `bench pairs --out`"),
    ] = None
    branches: Branches = None
    tiers: Tiers = None
    long_side: Annotated[int, option("PIXELS", "largest width or height of a clip")] = (
        CutSettings().long_side
    )
    expected_hours: Annotated[
        float | None,
        option(
            "HOURS",
            "final hours of video; sets the number of shards",
            show_default="as in the first run",
        ),
    ] = None

    def onto(self, options: CurateOptions) -> CurateOptions:
        """The options, with these."""
        return replace(
            options,
            refreeze=self.refreeze,
            drop_missing=self.drop_missing,
            test_sources=read_ids(self.test_sources) if self.test_sources else frozenset(),
            branches=chosen_of(BRANCHES, self.branches),
            tiers=chosen_of(TIERS, self.tiers),
            settings=CutSettings(long_side=self.long_side),
            expected_hours=self.expected_hours,
        )
