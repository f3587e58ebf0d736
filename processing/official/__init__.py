"""The published annotation dump in, a release out.

dump/            the files of a dump as bytes: tar and gzip read as streams, and what can be wrong
untrusted_json/  bytes to JSON values that everything behind can hold
adapters/        JSON values of every kind of file to fields of a clip; the lists
download/        source videos by yt-dlp

read_records, spill   one file of the dump through its adapter, sorted by source on disk
join_clips            all that is known of a source, joined to clips
annotations           the dump, read and joined once
benchmark, catalogue  who leaves training; the samples of every source
import_release        dump and videos to a release; `materialize`: a release and videos to media
describe              what a dump looks like, without its content
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
