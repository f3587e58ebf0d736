"""The published annotation dump: read as streams, repaired, joined to clips, and reported on."""

from .annotations import Annotations, DumpReport, import_annotations
from .catalogue import OfficialCatalogue

__all__ = ["Annotations", "DumpReport", "OfficialCatalogue", "import_annotations"]
