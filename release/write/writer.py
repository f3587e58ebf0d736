"""Writes a release from the content of its buckets.

contents, facts --> built buckets, hard links, index, documents, card, manifest, check, swap
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...records import CONFIGS, Column, Listener, silent
from ..errors import UnknownConfig
from ..format.shard import Cells, cells_of
from ..format.tables import ConfigTable
from ..layout import work_folder
from ..manifest import Manifest, ReleaseFacts
from ..publication import Publication
from ..tombstones.records import Takedown
from .bucket import BucketContent, BucketJob, BucketStore
from .change import Change, Documents, changing
from .tables import config_entry, write_tables

logger = logging.getLogger(__name__)


def write_release(
    root: Path,
    contents: Mapping[str, Mapping[int, BucketContent]],
    facts: ReleaseFacts,
    *,
    retracted: Takedown | None = None,
    documents: Documents | None = None,
    progress: Listener = silent,
) -> Manifest:
    """Writes a release, or replaces one; nothing of it changes before the swap at the end.

    Args:
        root: the release's folder.
        contents: config to bucket to content; the release has nothing else.
        facts: what the manifest says besides the counts; a repository is kept.
        retracted: what was retracted elsewhere; what was retracted from `root` stays retracted.
        documents: writes further files (figures, cards) into the new folder before the manifest;
            a provisional manifest is there, so that it can open the folder.
        progress: called for every bucket.

    Returns:
        The manifest.

    Raises:
        UnknownConfig: there is no such config.
        LockedRelease: another process writes it.
        NotARelease: `root` holds something else.
        ReleaseError: the new release would undo a takedown of the previous one.
        ValueError: `documents` wrote a file whose name readers would refuse.
    """
    with changing(root, applies_takedown=True) as change:
        return write_contents(
            change, contents, facts, retracted=retracted, documents=documents, progress=progress
        )


def write_contents(
    change: Change,
    contents: Mapping[str, Mapping[int, BucketContent]],
    facts: ReleaseFacts,
    *,
    retracted: Takedown | None = None,
    documents: Documents | None = None,
    progress: Listener = silent,
) -> Manifest:
    """The same for a change that has begun; see `write_release`."""
    if unknown := sorted(set(contents) - set(CONFIGS)):
        raise UnknownConfig(f"no config {unknown[0]!r}; there are {', '.join(CONFIGS)}")
    if change.previous is not None:
        previous = change.previous.manifest.facts
        _warn_of_lost_features(change.root, previous, facts)
        facts = replace(facts, repository=facts.repository or previous.repository)
        if facts.publication == Publication():
            facts = replace(facts, publication=previous.publication)
    jobs = []
    for table in (ConfigTable(config) for name, config in CONFIGS.items() if name in contents):
        for bucket, content in sorted(contents[table.config.name].items()):
            rows = partial(_cells, content, table.media)
            jobs.append(BucketJob(table=table, bucket=bucket, digest=content.digest, rows=rows))
    # Buckets of the same sources follow each other, whatever their config: the caller may still
    # have their rows at hand.
    jobs.sort(key=lambda job: job.bucket / facts.num_buckets[job.table.config.name])
    takedown = change.takedown.plus(retracted) if retracted else None
    return write_jobs(change, jobs, facts, documents, takedown=takedown, progress=progress)


def write_jobs(
    change: Change,
    jobs: Sequence[BucketJob],
    facts: ReleaseFacts,
    documents: Documents | None = None,
    *,
    takedown: Takedown | None = None,
    progress: Listener = silent,
) -> Manifest:
    """Builds all buckets of all configs, and finishes the change."""
    store = built_buckets(change.root)
    write_tables(change, store, jobs, facts.num_buckets, progress)
    written = {job.table.config.name for job in jobs}
    entries = {
        name: entry
        for name in CONFIGS
        if name in written and (entry := config_entry(change, name, facts.num_buckets[name]))
    }
    manifest = change.finish(facts, entries, documents, takedown=takedown)
    store.prune(manifest.files.values())
    return manifest


def built_buckets(root: Path) -> BucketStore:
    """The store of built shards of a release."""
    return BucketStore(work_folder(root) / "parts")


def _cells(content: BucketContent, media: Sequence[Column]) -> Iterator[Cells]:
    return (cells_of(row, media) for row in content.rows())


def _warn_of_lost_features(root: Path, previous: ReleaseFacts, facts: ReleaseFacts) -> None:
    """Warns of features that the new release lacks: they belong to the shards that were encoded."""
    for name in previous.features.keys() - facts.features.keys():
        logger.warning(
            "the new release has no features of %s: run `speakervid5m encode %s --encoder %s` "
            "again; clips that stay are not encoded again",
            name,
            root,
            name,
        )
