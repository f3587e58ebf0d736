"""Where stages run, and the store in which their results stand.

sources x stages -> pending units -> an engine -> parts, or failures -> what others read

    stage, unit        what a stage is; how one unit of it is run, the same everywhere
    store, drafts      results by stage and key
    running, report    which units are pending, what became of them
    inline, local, ray engines: this process; processes of this machine; a Ray cluster
    room, nodes        whether stages fit a machine, or the machines of a cluster
    worker, hosting    a process that can be ended, and what is done when it dies
    stopping           when to stop
    batches            batches that do not fit into memory
"""

from .capacity import Room
from .engine import Engine, Waiting
from .inline import Inline
from .local import Local
from .run import run_stages
from .stop import Stop, signals_held
from .units.out_of_memory import OutOfMemory, in_halves
from .units.report import ALL_SOURCES, Failure, RunReport, StageCounts, Stopped
from .units.results import WrongResult, table_as
from .units.stage import Backend, GlobalRun, Kind, Resources, Run, Source, Stage, Stateless, Tables
from .units.store import Part, StageStore
from .units.temp_names import draft_of
from .units.unit import Outcome, Unit
from .worker import death, follow_parent

__all__ = [
    "ALL_SOURCES",
    "Backend",
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
    "Room",
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
    "draft_of",
    "follow_parent",
    "in_halves",
    "run_stages",
    "signals_held",
    "table_as",
]
