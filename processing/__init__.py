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
    from .assembly.clip_store import CutStore as CutStore
    from .assembly.cut_clips import CutClip as CutClip
    from .assembly.cut_clips import CutCounts as CutCounts
    from .assembly.cut_clips import CutRequest as CutRequest
    from .assembly.cut_clips import CutSettings as CutSettings
    from .assembly.cut_clips import cut_source as cut_source
    from .assembly.cut_sources import CutRejection as CutRejection
    from .assembly.cut_sources import CutReport as CutReport
    from .assembly.destination import check_destination as check_destination
    from .assembly.destination import destination as destination
    from .assembly.plan import Plan as Plan
    from .assembly.source_files import VIDEO_SUFFIXES as VIDEO_SUFFIXES
    from .assembly.source_files import SourceFolder as SourceFolder
    from .assembly.source_files import find_sources as find_sources
    from .assembly.source_files import read_ids as read_ids
    from .assembly.source_files import require_videos as require_videos
    from .assembly.takedown import delete_retracted as delete_retracted
    from .assembly.write import WriteReport as WriteReport
    from .assumptions import Assumptions as Assumptions
    from .branches.build import build_samples as build_samples
    from .engines.inline import Inline as Inline
    from .engines.local import Local as Local
    from .engines.run import run_stages as run_stages
    from .engines.units.report import Failure as Failure
    from .engines.units.report import RunReport as RunReport
    from .engines.units.report import Stopped as Stopped
    from .engines.units.stage import Source as Source
    from .engines.units.stage import Stage as Stage
    from .engines.units.stage import Tables as Tables
    from .engines.units.store import StageStore as StageStore
    from .official.annotations import DumpReport as DumpReport
    from .official.annotations import import_annotations as import_annotations
    from .official.benchmark import BenchmarkSources as BenchmarkSources
    from .official.catalogue import OfficialCatalogue as OfficialCatalogue
    from .official.describe import describe_dump as describe_dump
    from .official.download.download import DEFAULT_URL as DEFAULT_URL
    from .official.download.download import DownloadOptions as DownloadOptions
    from .official.download.download import download as download
    from .official.download.download import read_outcomes as read_outcomes
    from .official.download.download import require_yt_dlp as require_yt_dlp
    from .official.download.outcomes import DOWNLOADED as DOWNLOADED
    from .official.download.outcomes import FINAL_OUTCOMES as FINAL_OUTCOMES
    from .official.import_release import ImportOptions as ImportOptions
    from .official.import_release import ImportReport as ImportReport
    from .official.import_release import SourceNeed as SourceNeed
    from .official.import_release import import_release as import_release
    from .official.import_release import sources_needed as sources_needed
    from .official.materialize import MaterializeReport as MaterializeReport
    from .official.materialize import materialize as materialize
    from .weights import WEIGHTS_VARIABLE as WEIGHTS_VARIABLE
    from .weights import weights_folder as weights_folder
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
