"""Cuts that no run of these videos can ask for any more: of another size, of boxes of before."""

import shutil
from collections.abc import Collection

from ...assembly.clip_store import CutStore
from ...assembly.cut_sources import stamp_of
from .catalogue import CuratedCatalogue
from .find_videos import FoundSources


def drop_unused_cuts(
    catalogue: CuratedCatalogue,
    found: FoundSources,
    store: CutStore,
    *,
    released: Collection[str],
) -> int:
    """Removes them; says how many pieces went. May be stopped anywhere and done again.

    What a gate drops today stays, since another gate may bring it back: a piece goes when no clip
    of its source, as the stages have it now, is cut like that. Of a source that is not finished,
    or of which something was taken back, nothing goes.

    Args:
        catalogue: the finished sources.
        found: all videos.
        store: where cuts stand.
        released: sources that the release holds.
    """
    number, finished = 0, frozenset(catalogue.source_ids())
    for source in found.sources:
        if source.source_id not in finished:
            continue
        asked = catalogue.may_be_asked(source.source_id)
        if store.holds_others(source.source_id, asked):
            stamp = stamp_of(source.path) or ""
            number += store.keep(source.source_id, asked, source_stamp=stamp)
    known = {one.source_id for one in found.sources} | {*released}
    used = {store.folder_of(source_id) for source_id in known}
    for folder in store.source_folders():
        if folder not in used:
            shutil.rmtree(folder)
            number += 1
    return number
