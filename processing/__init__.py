"""Videos, or the published annotations, in; a release out.

    official/   the published annotation dump in, a release out; source videos by download
    curation/   your own videos in, a release out
    assembly/   what both share: which samples, which clips, cut them, write the release
    branches/   clips of a source in, its samples of all four branches out
    engines/    run the stages of curation, and store their results
    models/     a model's weights in, a loaded model out: one file a model
    encoding/   the media of a release in, features by a model out
    studio/     a seed in, a rendered talk show with known truth out

`assumptions` and `weights` are the base of all of them.
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .assembly.clip_store import CutStore
    from .assembly.cut_clips import CutClip, CutCounts, CutRequest, CutSettings, cut_source
    from .assembly.cut_sources import CutRejection, CutReport
    from .assembly.destination import check_destination, destination
    from .assembly.plan import Plan
    from .assembly.source_files import (
        VIDEO_SUFFIXES,
        SourceFolder,
        find_sources,
        read_ids,
        require_videos,
    )
    from .assembly.takedown import delete_retracted
    from .assembly.write import WriteReport
    from .assumptions import Assumptions
    from .branches.build import build_samples
    from .engines.inline import Inline
    from .engines.local import Local
    from .engines.run import run_stages
    from .engines.units.report import Failure, RunReport, Stopped
    from .engines.units.stage import Source, Stage, Tables
    from .engines.units.store import StageStore
    from .official.annotations import DumpReport, import_annotations
    from .official.benchmark import BenchmarkSources
    from .official.catalogue import OfficialCatalogue
    from .official.describe import describe_dump
    from .official.download.download import (
        DEFAULT_URL,
        DownloadOptions,
        download,
        read_outcomes,
        require_yt_dlp,
    )
    from .official.download.outcomes import DOWNLOADED, FINAL_OUTCOMES
    from .official.import_release import (
        ImportOptions,
        ImportReport,
        SourceNeed,
        import_release,
        sources_needed,
    )
    from .official.materialize import MaterializeReport, materialize
    from .weights import WEIGHTS_VARIABLE, weights_folder

__all__ = [
    "DEFAULT_URL",
    "DOWNLOADED",
    "FINAL_OUTCOMES",
    "VIDEO_SUFFIXES",
    "WEIGHTS_VARIABLE",
    "Assumptions",
    "BenchmarkSources",
    "CutClip",
    "CutCounts",
    "CutRejection",
    "CutReport",
    "CutRequest",
    "CutSettings",
    "CutStore",
    "DownloadOptions",
    "DumpReport",
    "Failure",
    "ImportOptions",
    "ImportReport",
    "Inline",
    "Local",
    "MaterializeReport",
    "OfficialCatalogue",
    "Plan",
    "RunReport",
    "Source",
    "SourceFolder",
    "SourceNeed",
    "Stage",
    "StageStore",
    "Stopped",
    "Tables",
    "WriteReport",
    "build_samples",
    "check_destination",
    "cut_source",
    "delete_retracted",
    "describe_dump",
    "destination",
    "download",
    "find_sources",
    "import_annotations",
    "import_release",
    "materialize",
    "read_ids",
    "read_outcomes",
    "require_videos",
    "require_yt_dlp",
    "run_stages",
    "sources_needed",
    "weights_folder",
]

_PLACES = {
    "assembly.clip_store": ("CutStore",),
    "assembly.cut_clips": (
        "CutClip",
        "CutCounts",
        "CutRequest",
        "CutSettings",
        "cut_source",
    ),
    "assembly.cut_sources": (
        "CutRejection",
        "CutReport",
    ),
    "assembly.destination": (
        "check_destination",
        "destination",
    ),
    "assembly.plan": ("Plan",),
    "assembly.source_files": (
        "VIDEO_SUFFIXES",
        "SourceFolder",
        "find_sources",
        "read_ids",
        "require_videos",
    ),
    "assembly.takedown": ("delete_retracted",),
    "assembly.write": ("WriteReport",),
    "assumptions": ("Assumptions",),
    "branches.build": ("build_samples",),
    "engines.inline": ("Inline",),
    "engines.local": ("Local",),
    "engines.run": ("run_stages",),
    "engines.units.report": (
        "Failure",
        "RunReport",
        "Stopped",
    ),
    "engines.units.stage": (
        "Source",
        "Stage",
        "Tables",
    ),
    "engines.units.store": ("StageStore",),
    "official.annotations": (
        "DumpReport",
        "import_annotations",
    ),
    "official.benchmark": ("BenchmarkSources",),
    "official.catalogue": ("OfficialCatalogue",),
    "official.describe": ("describe_dump",),
    "official.download.download": (
        "DEFAULT_URL",
        "DownloadOptions",
        "download",
        "read_outcomes",
        "require_yt_dlp",
    ),
    "official.download.outcomes": (
        "FINAL_OUTCOMES",
        "DOWNLOADED",
    ),
    "official.import_release": (
        "ImportOptions",
        "ImportReport",
        "SourceNeed",
        "import_release",
        "sources_needed",
    ),
    "official.materialize": (
        "MaterializeReport",
        "materialize",
    ),
    "weights": (
        "WEIGHTS_VARIABLE",
        "weights_folder",
    ),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
