"""Where stages run, and the store in which their results stand: this process, one unit a time.

sources x stages -> pending units -> run -> parts, or failures -> what others read
"""

from .local import Failure, RunReport, StageCounts, run_stages, stage_lock
from .stage import Backend, Resources, Run, Source, Stage, Stateless, Tables
from .store import Part, StageStore

__all__ = [
    "Backend",
    "Failure",
    "Part",
    "Resources",
    "Run",
    "RunReport",
    "Source",
    "Stage",
    "StageCounts",
    "StageStore",
    "Stateless",
    "Tables",
    "run_stages",
    "stage_lock",
]
