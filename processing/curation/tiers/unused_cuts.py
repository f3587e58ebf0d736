"""Cut clips that no run of these videos can use any more: of another size, or of old boxes.

catalogue --> all cut requests that some gates could make --> other files of the store are removed
"""

import shutil
from collections.abc import Collection, Sequence

from ...assembly.clip_store import CutStore
from ...assembly.cut_sources import stamp_of
from ...assembly.takedown import KeptCatalogue
from ...engines import Source
from .catalogue import CuratedCatalogue


def drop_unused_cuts(
    curated: CuratedCatalogue,
    catalogue: KeptCatalogue,
    sources: Sequence[Source],
    store: CutStore,
    *,
    released: Collection[str],
) -> int:
    """Removes unused cuts and returns their number. May be interrupted anywhere and repeated.

    A clip that a gate drops today stays cut, since another gate may bring it back: a cut is
    removed when no clip of its source, as the stages have it now, has its size and box. Nothing
    is removed of a source that is not finished, or of which something was retracted.

    Args:
        curated: the clips of the finished sources, under any gates.
        catalogue: their samples.
        sources: all videos.
        store: the cut clips.
        released: sources that the release holds.
    """
    number, finished = 0, frozenset(catalogue.source_ids())
    for source in sources:
        if source.source_id not in finished:
            continue
        plan = catalogue.source(source.source_id)
        if not store.holds_others(source.source_id, plan.requests):
            continue
        requests = curated.possible_requests(source.source_id, plan)
        if store.holds_others(source.source_id, requests):
            stamp = stamp_of(source.path) or ""
            number += store.keep(source.source_id, requests, source_stamp=stamp)
    known = {source.source_id for source in sources} | {*released}
    used = {store.folder_of(source_id) for source_id in known}
    for folder in store.source_folders():
        if folder not in used:
            shutil.rmtree(folder)
            number += 1
    return number
