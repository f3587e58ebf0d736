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
    from .adapters.clip_lists import UnreadableList as UnreadableList
    from .adapters.testset import BenchmarkList as BenchmarkList
    from .annotations import (
        Annotations as Annotations,
        DumpReport as DumpReport,
        annotations_of as annotations_of,
        import_annotations as import_annotations,
    )
    from .benchmark import (
        BenchmarkSources as BenchmarkSources,
        benchmark_sources as benchmark_sources,
        read_benchmark_list as read_benchmark_list,
    )
    from .catalogue import OfficialCatalogue as OfficialCatalogue
    from .describe import describe_dump as describe_dump
    from .dump.files import find_dump as find_dump
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
