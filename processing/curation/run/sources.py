"""The sources of a run.

videos of folders --> without those taken down and those of other shards --> `FoundSources`
"""

from dataclasses import replace

from ....records import Listener
from ....release import Files, work_folder
from ....release.takedown import Takedown
from ...assembly.source_files import in_shard
from .find_videos import FoundSources, find_own_sources
from .options import CurateOptions
from .previous_release import refuse_lost_sources, settle


def find_sources(options: CurateOptions, progress: Listener) -> FoundSources:
    """Finds the videos of a run.

    Raises:
        FileNotFoundError: no video there.
    """
    digests = work_folder(options.out) / "digests.json"
    videos = find_own_sources(options.videos, digests, progress)
    settle(options)
    takedown = Takedown.read(Files(str(options.out)))
    gone = {source.source_id for source in videos.sources if takedown.touches(source.source_id)}
    chosen = tuple(
        source
        for source in videos.sources
        if source.source_id not in gone and in_shard(source.source_id, options.shard)
    )
    taken_down = tuple(source.path for source in videos.sources if source.source_id in gone)
    return replace(videos, sources=chosen, taken_down=taken_down)


def refuse_lost_videos(options: CurateOptions, videos: FoundSources) -> None:
    """Refuses a run that is not given all videos of the release.

    Raises:
        ValueError: a source of the release is not among the videos.
    """
    refuse_lost_sources(
        options,
        [source.source_id for source in videos.sources],
        "among the videos",
        "give all folders that the release was made from",
    )
