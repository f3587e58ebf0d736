"""The published annotation dump: read as streams, repaired, joined to clips, and reported on."""

from .adapters.clip_lists import UnreadableList
from .adapters.testset import BenchmarkList
from .annotations import Annotations, DumpReport, import_annotations
from .benchmark import BenchmarkSources, benchmark_sources, read_benchmark_list
from .catalogue import OfficialCatalogue
from .describe import describe_dump
from .dump.files import find_dump

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
