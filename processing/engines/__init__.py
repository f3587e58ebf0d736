"""Where stages run, and the store in which their results stand: this process, one unit a time.

sources x stages -> pending units -> run -> parts, or failures -> what others read
"""

from .local import Failure, RunReport, StageCounts, run_stages, stage_lock
from .stage import Backend, Source, Stage, Tables
from .store import Part, StageStore

__all__ = [
    "Backend",
    "Failure",
    "Part",
    "RunReport",
    "Source",
    "Stage",
    "StageCounts",
    "StageStore",
    "Tables",
    "run_stages",
    "stage_lock",
]
