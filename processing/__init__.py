"""From annotations and videos to a release: read, rebuild the branches, cut, write.

official/       the published annotations, read and joined to clips
branches/       samples from clips
cutting, store  clips from videos, each once
writing         a release from what is ready
studio/         rendered shows with known truth
"""

from .assembly.cut_clips import CutSettings
from .assembly.cut_sources import CutRejection, CutReport
from .assembly.plan import Plan
from .assembly.source_files import SourceFolder, find_sources
from .assembly.write import WriteReport
from .assumptions import Assumptions
from .official import DumpReport
from .official.import_release import (
    ImportOptions,
    ImportReport,
    SourceNeed,
    import_release,
    sources_needed,
)
from .official.materialize import MaterializeReport, materialize

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
