"""Rendered talk shows of two people with known truth, and the truth as an official dump.

plan_show / render_show -> ShowTruth -> show_files -> write_dump
"""

from .defects import EXPECTED_REJECTS, LOST, add_lost_records, repairable
from .dump import ShowFiles, show_files, write_dump
from .looks import CASTS
from .show import ShowSpec, plan_show
from .truth import FPS, ShowTruth, TrueClip, TrueListening, TrueSamples

__all__ = [
    "CASTS",
    "EXPECTED_REJECTS",
    "FPS",
    "LOST",
    "ShowFiles",
    "ShowSpec",
    "ShowTruth",
    "TrueClip",
    "TrueListening",
    "TrueSamples",
    "add_lost_records",
    "plan_show",
    "repairable",
    "show_files",
    "write_dump",
]
