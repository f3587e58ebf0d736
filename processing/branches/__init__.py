"""The four branches, rebuilt from the clips of one source by rules over who speaks when."""

from .build import assign_configs, build_samples
from .report import BranchReport, DropReason

__all__ = ["BranchReport", "DropReason", "assign_configs", "build_samples"]
