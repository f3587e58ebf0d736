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
    from .engine import Engine as Engine
    from .engine import Waiting as Waiting
    from .inline import Inline as Inline
    from .local import Local as Local
    from .run import run_stages as run_stages
    from .stop import Stop as Stop
    from .stop import signals_held as signals_held
    from .units.out_of_memory import OutOfMemory as OutOfMemory
    from .units.out_of_memory import in_halves as in_halves
    from .units.report import ALL_SOURCES as ALL_SOURCES
    from .units.report import Failure as Failure
    from .units.report import RunReport as RunReport
    from .units.report import StageCounts as StageCounts
    from .units.report import Stopped as Stopped
    from .units.results import WrongResult as WrongResult
    from .units.results import table_as as table_as
    from .units.stage import Backend as Backend
    from .units.stage import GlobalRun as GlobalRun
    from .units.stage import Kind as Kind
    from .units.stage import Resources as Resources
    from .units.stage import Run as Run
    from .units.stage import Source as Source
    from .units.stage import Stage as Stage
    from .units.stage import Stateless as Stateless
    from .units.stage import Tables as Tables
    from .units.store import Part as Part
    from .units.store import StageStore as StageStore
    from .units.temp_names import temporary_name as temporary_name
    from .units.unit import Outcome as Outcome
    from .units.unit import Unit as Unit
    from .worker import death as death
    from .worker import follow_parent as follow_parent
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
