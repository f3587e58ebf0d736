"""The published annotation dump: read as streams, repaired, joined to clips, and reported on."""

from .annotations import Annotations, DumpReport, import_annotations
from .benchmark import BenchmarkSources, benchmark_sources, read_benchmark_list
from .catalogue import OfficialCatalogue
from .describing import describe_dump
from .dump import find_dump
from .lists import UnreadableList
from .testset import BenchmarkList

__all__ = [
    "Annotations",
    "BenchmarkList",
    "BenchmarkSources",
    "DumpReport",
    "OfficialCatalogue",
    "UnreadableList",
    "benchmark_sources",
    "describe_dump",
    "find_dump",
    "import_annotations",
    "read_benchmark_list",
]
