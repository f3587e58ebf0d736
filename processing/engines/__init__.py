"""Engines run stages: in this process, in processes of this machine, or on a Ray cluster.

sources x stages -> pending units -> an engine -> tables in the store, or failures -> a report

    units/                  what a stage and a unit are, and the store of their results
    engine                  the Protocol of an engine
    inline, local, ray      the three engines
    capacity, ray_capacity  whether stages fit a machine, or the machines of a cluster
    worker, worker_host     a worker process, and what to do when it dies
    run, stop               the pending units and their outcomes; when to stop
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .capacity import Capacity
    from .engine import Engine, Waiting
    from .inline import Inline
    from .local import Local
    from .run import due_sources, run_stages
    from .stop import Stop, signals_held
    from .units.out_of_memory import OutOfMemory, in_halves
    from .units.report import ALL_SOURCES, Failure, RunReport, StageCounts, Stopped
    from .units.results import WrongResult, table_as
    from .units.stage import (
        Backend,
        GlobalRun,
        Kind,
        Resources,
        Run,
        Source,
        Stage,
        Stateless,
        Tables,
    )
    from .units.store import Part, StageStore
    from .units.temp_names import temporary_name
    from .units.unit import Outcome, Unit
    from .worker import death, follow_parent

__all__ = [
    "ALL_SOURCES",
    "Backend",
    "Capacity",
    "Engine",
    "Failure",
    "GlobalRun",
    "Inline",
    "Kind",
    "Local",
    "OutOfMemory",
    "Outcome",
    "Part",
    "Resources",
    "Run",
    "RunReport",
    "Source",
    "Stage",
    "StageCounts",
    "StageStore",
    "Stateless",
    "Stop",
    "Stopped",
    "Tables",
    "Unit",
    "Waiting",
    "WrongResult",
    "death",
    "due_sources",
    "follow_parent",
    "in_halves",
    "run_stages",
    "signals_held",
    "table_as",
    "temporary_name",
]

_PLACES = {
    "capacity": ("Capacity",),
    "engine": (
        "Engine",
        "Waiting",
    ),
    "inline": ("Inline",),
    "local": ("Local",),
    "run": ("due_sources", "run_stages"),
    "stop": (
        "Stop",
        "signals_held",
    ),
    "units.out_of_memory": (
        "OutOfMemory",
        "in_halves",
    ),
    "units.report": (
        "ALL_SOURCES",
        "Failure",
        "RunReport",
        "StageCounts",
        "Stopped",
    ),
    "units.results": (
        "WrongResult",
        "table_as",
    ),
    "units.stage": (
        "Backend",
        "GlobalRun",
        "Kind",
        "Resources",
        "Run",
        "Source",
        "Stage",
        "Stateless",
        "Tables",
    ),
    "units.store": (
        "Part",
        "StageStore",
    ),
    "units.temp_names": ("temporary_name",),
    "units.unit": (
        "Outcome",
        "Unit",
    ),
    "worker": (
        "death",
        "follow_parent",
    ),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
