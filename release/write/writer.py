"""Writes a release from the content of its buckets.

contents, facts --> built buckets, hard links, index, documents, card, manifest, check, swap
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...records import CONFIGS
from ..card import LICENSE_TEXT, card_text
from ..errors import UnknownConfig
from ..format.index import write_index_table
from ..layout import (
    CARD,
    INDEX_TABLES,
    LICENSE,
    MANIFEST,
    checked_path,
    index_part,
    index_path,
    work_folder,
)
from ..manifest import ConfigEntry, FileEntry, Manifest, ReleaseFacts, digest_of
from ..read.samples import open_release
from .bucket import SHARD, BucketContent, BuiltBucket, build_bucket
from .commit import finish_swap, fresh_folder, refuse_foreign, release_lock, swap
from .durable_files import file_entry, link, sync_tree

logger = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""Takes the numbers of buckets done and in total, and the shard that is next."""


def write_release(
    root: Path,
    contents: Mapping[str, Mapping[int, BucketContent]],
    facts: ReleaseFacts,
    *,
    documents: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Writes a release, or replaces one; nothing of it changes before the swap at the end.

    Args:
        root: the release's folder.
        contents: config to bucket to content; the release has nothing else.
        facts: what the manifest says besides the counts.
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
    if unknown := sorted(set(contents) - set(CONFIGS)):
        raise UnknownConfig(f"no config {unknown[0]!r}; there are {', '.join(CONFIGS)}")
    root = root.resolve()  # a link to a release stays a link
    refuse_foreign(root)
    with release_lock(root):
        finish_swap(root)
        built = _build_buckets(root, contents, facts.num_buckets, progress)
        _warn_of_lost_features(root, facts)
        new = fresh_folder(root)
        for name, buckets in built.items():
            _link_data(new, name, buckets)
            _merge_index(new, name, buckets, facts.num_buckets[name])
        entries = {name: _config_entry(name, buckets, facts) for name, buckets in built.items()}
        if documents is not None:
            draft = Manifest(facts=facts, configs=entries, files=_file_entries(new, built))
            (new / MANIFEST).write_text(draft.to_json(), "utf-8")
            documents(new)
            (new / MANIFEST).unlink()
        if not (new / CARD).exists():
            (new / CARD).write_text(card_text(entries, facts), "utf-8")
        if not (new / LICENSE).exists():
            (new / LICENSE).write_text(LICENSE_TEXT, "utf-8")
        manifest = Manifest(facts=facts, configs=entries, files=_file_entries(new, built))
        (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
        sync_tree(new)
        swap(root, open_release(str(new)))
        _prune(work_folder(root) / "parts", built)
    return manifest


def _warn_of_lost_features(root: Path, facts: ReleaseFacts) -> None:
    """Warns of features that the new release lacks: they belong to the shards that were encoded."""
    if not (root / MANIFEST).exists():
        return
    previous = Manifest.from_json((root / MANIFEST).read_text(), str(root / MANIFEST))
    for name in previous.facts.features.keys() - facts.features.keys():
        logger.warning(
            "the new release has no features of %s: run `speakervid5m encode %s --encoder %s` "
            "again; clips that stay are not encoded again",
            name,
            root,
            name,
        )


BuiltBuckets = dict[str, dict[int, BuiltBucket]]
"""Config to bucket to its built form."""


def _build_buckets(
    root: Path,
    contents: Mapping[str, Mapping[int, BucketContent]],
    num_buckets: Mapping[str, int],
    progress: Progress | None,
) -> BuiltBuckets:
    store = work_folder(root) / "parts"
    built: BuiltBuckets = {name: {} for name in CONFIGS if contents.get(name)}
    todo = [(name, bucket) for name in built for bucket in sorted(contents[name])]
    # Buckets of the same sources follow each other, whatever their config: who gives the rows may
    # still have them at hand.
    todo.sort(key=lambda place: place[1] / num_buckets[place[0]])
    for number, (name, bucket) in enumerate(todo):
        config = CONFIGS[name]
        if progress is not None:
            progress(number, len(todo), config.shard(bucket))
        built[name][bucket] = build_bucket(
            store, name, config.branch, bucket, contents[name][bucket]
        )
    if progress is not None:
        progress(len(todo), len(todo), "")
    return built


def _link_data(new: Path, name: str, buckets: Mapping[int, BuiltBucket]) -> None:
    for number, bucket in buckets.items():
        link(bucket.folder / SHARD, new / CONFIGS[name].shard(number))


def _merge_index(
    new: Path, name: str, buckets: Mapping[int, BuiltBucket], num_buckets: int
) -> None:
    groups: dict[int, list[BuiltBucket]] = {}
    for number in sorted(buckets):
        groups.setdefault(index_part(number, num_buckets), []).append(buckets[number])
    for part, group in groups.items():
        for table in INDEX_TABLES:
            target = new / index_path(name, table, part)
            files = [bucket.folder / f"{table}.parquet" for bucket in group]
            if len(files) == 1:
                link(files[0], target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_index_table(target, pa.concat_tables([pq.read_table(file) for file in files]))


def _config_entry(
    name: str, buckets: Mapping[int, BuiltBucket], facts: ReleaseFacts
) -> ConfigEntry:
    shards = {CONFIGS[name].shard(number): bucket.sha256 for number, bucket in buckets.items()}
    return ConfigEntry(
        num_rows=sum(bucket.num_rows for bucket in buckets.values()),
        num_buckets=facts.num_buckets[name],
        num_sources=sum(bucket.num_sources for bucket in buckets.values()),
        num_media_bytes=sum(bucket.num_media_bytes for bucket in buckets.values()),
        clip_seconds=round(sum(bucket.clip_seconds for bucket in buckets.values()), 3),
        config_digest=digest_of(shards),
    )


def _file_entries(new: Path, built: BuiltBuckets) -> dict[str, FileEntry]:
    known = {
        CONFIGS[name].shard(number): bucket
        for name, buckets in built.items()
        for number, bucket in buckets.items()
    }
    entries: dict[str, FileEntry] = {}
    for path in sorted(new.rglob("*")):
        if not path.is_file():
            continue
        name = checked_path(path.relative_to(new).as_posix())
        bucket = known.get(name)
        entries[name] = file_entry(path, bucket.sha256 if bucket else None)
    return entries


def _prune(store: Path, built: BuiltBuckets) -> None:
    """Deletes built buckets that the release does not use."""
    used = {bucket.folder.name for buckets in built.values() for bucket in buckets.values()}
    for folder in store.iterdir() if store.exists() else ():
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)
