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
    from .capacity import Capacity as Capacity
    from .engine import Engine as Engine, Waiting as Waiting
    from .inline import Inline as Inline
    from .local import Local as Local
    from .run import due_sources as due_sources, run_stages as run_stages
    from .stop import Stop as Stop, signals_held as signals_held
    from .units.out_of_memory import OutOfMemory as OutOfMemory, in_halves as in_halves
    from .units.report import (
        ALL_SOURCES as ALL_SOURCES,
        Failure as Failure,
        RunReport as RunReport,
        StageCounts as StageCounts,
        Stopped as Stopped,
    )
    from .units.results import WrongResult as WrongResult, table_as as table_as
    from .units.stage import (
        Backend as Backend,
        GlobalRun as GlobalRun,
        Kind as Kind,
        Resources as Resources,
        Run as Run,
        Source as Source,
        Stage as Stage,
        Stateless as Stateless,
        Tables as Tables,
    )
    from .units.store import Part as Part, StageStore as StageStore
    from .units.unit import Outcome as Outcome, Unit as Unit
    from .worker import death as death, follow_parent as follow_parent
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
