"""Rendered talk shows of two people with known truth, and the truth as an official dump.

plan_show / render_show -> ShowTruth -> show_files -> write_dump
"""

from .dump.defects import EXPECTED_REJECTS, LOST, add_lost_records, repairable
from .dump.files import ShowFiles, show_files, write_dump
from .plan.characters import CASTS
from .plan.show import ShowSpec, plan_show
from .plan.truth import FPS, ShowTruth, TrueClip, TrueListening, TrueSamples

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
