"""From annotations and videos to a release: read, rebuild the branches, cut, write.

official/       the published annotations, read and joined to clips
branches/       samples from clips
cutting, store  clips from videos, each once
writing         a release from what is ready
studio/         rendered shows with known truth
"""

from .assumptions import Assumptions
from .cutting import CutSettings
from .importing import (
    ImportOptions,
    ImportReport,
    SourceNeed,
    import_release,
    sources_needed,
)
from .materializing import MaterializeReport, materialize
from .official import DumpReport
from .planning import Plan
from .sources import SourceFolder, find_sources
from .wave import CutRejection, CutReport
from .writing import WriteReport

__all__ = [
    "Assumptions",
    "CutRejection",
    "CutReport",
    "CutSettings",
    "DumpReport",
    "ImportOptions",
    "ImportReport",
    "MaterializeReport",
    "Plan",
    "SourceFolder",
    "SourceNeed",
    "WriteReport",
    "find_sources",
    "import_release",
    "materialize",
    "sources_needed",
]
