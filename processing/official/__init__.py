"""The published annotation dump in, a release out.

dump/            the files of a dump as bytes: tar and gzip read as streams, and their errors
untrusted_json/  bytes in, JSON values that are safe to store out
adapters/        JSON values of every kind of file in, fields of a clip out; the lists
download/        source videos by yt-dlp

read_records, spill   one file of the dump through its adapter, sorted by source on disk
join_clips            all records of a source, joined to clips
annotations           the dump, read and joined once
benchmark, catalogue  which sources leave training; the samples of every source
import_release        a dump and videos in, a release out
materialize           a release without media and videos in, a release with media out
describe              the forms of a dump, without its content
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
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

_PLACES = {
    "adapters.clip_lists": ("UnreadableList",),
    "adapters.testset": ("BenchmarkList",),
    "annotations": (
        "Annotations",
        "DumpReport",
        "import_annotations",
    ),
    "benchmark": (
        "BenchmarkSources",
        "benchmark_sources",
        "read_benchmark_list",
    ),
    "catalogue": ("OfficialCatalogue",),
    "describe": ("describe_dump",),
    "dump.files": ("find_dump",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
