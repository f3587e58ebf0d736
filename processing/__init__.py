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
    from .assembly.cut_clips import (
        CutClip as CutClip,
        CutCounts as CutCounts,
        CutRequest as CutRequest,
        CutSettings as CutSettings,
        cut_source as cut_source,
    )
    from .assembly.cut_sources import CutRejection as CutRejection, CutReport as CutReport
    from .assembly.destination import (
        check_destination as check_destination,
        destination as destination,
    )
    from .assembly.plan import Plan as Plan
    from .assembly.source_files import (
        VIDEO_SUFFIXES as VIDEO_SUFFIXES,
        SourceFolder as SourceFolder,
        find_sources as find_sources,
        read_ids as read_ids,
        require_videos as require_videos,
    )
    from .assembly.stored_cuts import cut_rejects as cut_rejects
    from .assembly.takedown import delete_retracted as delete_retracted
    from .assembly.write import WriteReport as WriteReport
    from .assumptions import Assumptions as Assumptions
    from .branches.build import build_samples as build_samples
    from .engines.inline import Inline as Inline
    from .engines.local import Local as Local
    from .engines.run import run_stages as run_stages
    from .engines.units.report import Failure as Failure, RunReport as RunReport, Stopped as Stopped
    from .engines.units.stage import Source as Source, Stage as Stage, Tables as Tables
    from .engines.units.store import StageStore as StageStore
    from .official.annotations import (
        DumpReport as DumpReport,
        annotations_of as annotations_of,
        import_annotations as import_annotations,
    )
    from .official.benchmark import BenchmarkSources as BenchmarkSources
    from .official.catalogue import OfficialCatalogue as OfficialCatalogue
    from .official.describe import describe_dump as describe_dump
    from .official.download.download import (
        DEFAULT_URL as DEFAULT_URL,
        DownloadOptions as DownloadOptions,
        download as download,
        read_outcomes as read_outcomes,
        require_yt_dlp as require_yt_dlp,
    )
    from .official.download.outcomes import (
        DOWNLOADED as DOWNLOADED,
        FINAL_OUTCOMES as FINAL_OUTCOMES,
    )
    from .official.import_release import (
        ImportOptions as ImportOptions,
        ImportReport as ImportReport,
        SourceNeed as SourceNeed,
        import_release as import_release,
        sources_needed as sources_needed,
    )
    from .official.materialize import (
        MaterializeReport as MaterializeReport,
        materialize as materialize,
    )
    from .weights import (
        WEIGHTS_VARIABLE as WEIGHTS_VARIABLE,
        CannotFetch as CannotFetch,
        MissingWeights as MissingWeights,
        TermsNotAccepted as TermsNotAccepted,
        Weights as Weights,
        check_weights as check_weights,
        fetch_weights as fetch_weights,
        get_command as get_command,
        weights_folder as weights_folder,
    )
    from .weights.table import WEIGHTS as WEIGHTS
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
