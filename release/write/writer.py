"""Contents to a release: parts, hard links, index, documents, card, manifest, check, swap."""

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

Told = Callable[[int, int, str], None]
"""Takes buckets done, buckets in all, and the one at hand."""


def write_release(
    root: Path,
    contents: Mapping[str, Mapping[int, BucketContent]],
    facts: ReleaseFacts,
    *,
    documents: Callable[[Path], None] | None = None,
    progress: Told | None = None,
) -> Manifest:
    """Writes a release, or rewrites one; until the swap at the end nothing of it is touched.

    Args:
        root: the release's folder.
        contents: config to bucket to content; what is left out is not in the release.
        facts: what the manifest says beside the counts.
        documents: writes further files into the new folder (figures, cards) before the manifest;
            finds a provisional one there, so that it can open the folder.
        progress: told of every bucket.

    Returns:
        The manifest.

    Raises:
        UnknownConfig: a config of another name.
        LockedRelease: another process writes it.
        NotARelease: `root` holds something else.
        ReleaseError: what was taken back from the release that stands there would come back.
        ValueError: `documents` wrote a file whose name readers would refuse.
    """
    if unknown := sorted(set(contents) - set(CONFIGS)):
        raise UnknownConfig(f"no config {unknown[0]!r}; there are {', '.join(CONFIGS)}")
    root = root.resolve()  # a link to a release stays a link
    refuse_foreign(root)
    with release_lock(root):
        finish_swap(root)
        parts = _build_parts(root, contents, progress)
        _tell_of_features(root, facts)
        new = fresh_folder(root)
        for name, buckets in parts.items():
            _link_data(new, name, buckets)
            _merge_index(new, name, buckets, facts.num_buckets[name])
        entries = {name: _config_entry(name, buckets, facts) for name, buckets in parts.items()}
        if documents is not None:
            draft = Manifest(facts=facts, configs=entries, files=_file_entries(new, parts))
            (new / MANIFEST).write_text(draft.to_json(), "utf-8")
            documents(new)
            (new / MANIFEST).unlink()
        if not (new / CARD).exists():
            (new / CARD).write_text(card_text(entries, facts), "utf-8")
        if not (new / LICENSE).exists():
            (new / LICENSE).write_text(LICENSE_TEXT, "utf-8")
        manifest = Manifest(facts=facts, configs=entries, files=_file_entries(new, parts))
        (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
        sync_tree(new)
        swap(root, open_release(str(new)))
        _prune(work_folder(root) / "parts", parts)
    return manifest


def _tell_of_features(root: Path, facts: ReleaseFacts) -> None:
    """Features are of the shards that were encoded; a release of other rows has none at first."""
    if not (root / MANIFEST).exists():
        return
    before = Manifest.from_json((root / MANIFEST).read_text(), str(root / MANIFEST)).facts.features
    for name in before.keys() - facts.features.keys():
        logger.warning(
            "the release is written anew without the features of %s: run `speakervid5m encode %s "
            "--encoder %s` again; clips that stay are not encoded again",
            name,
            root,
            name,
        )


Parts = dict[str, dict[int, BuiltBucket]]


def _build_parts(
    root: Path, contents: Mapping[str, Mapping[int, BucketContent]], progress: Told | None
) -> Parts:
    store = work_folder(root) / "parts"
    todo = [
        (name, bucket, contents[name][bucket])
        for name in CONFIGS
        for bucket in sorted(contents.get(name, {}))
    ]
    parts: Parts = {}
    for number, (name, bucket, content) in enumerate(todo):
        config = CONFIGS[name]
        if progress is not None:
            progress(number, len(todo), config.shard(bucket))
        parts.setdefault(name, {})[bucket] = build_bucket(
            store, name, config.branch, bucket, content
        )
    if progress is not None:
        progress(len(todo), len(todo), "")
    return parts


def _link_data(new: Path, name: str, buckets: Mapping[int, BuiltBucket]) -> None:
    for bucket, part in buckets.items():
        link(part.folder / SHARD, new / CONFIGS[name].shard(bucket))


def _merge_index(
    new: Path, name: str, buckets: Mapping[int, BuiltBucket], num_buckets: int
) -> None:
    groups: dict[int, list[BuiltBucket]] = {}
    for bucket in sorted(buckets):
        groups.setdefault(index_part(bucket, num_buckets), []).append(buckets[bucket])
    for number, group in groups.items():
        for table in INDEX_TABLES:
            target = new / index_path(name, table, number)
            files = [part.folder / f"{table}.parquet" for part in group]
            if len(files) == 1:
                link(files[0], target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_index_table(target, pa.concat_tables([pq.read_table(file) for file in files]))


def _config_entry(
    name: str, buckets: Mapping[int, BuiltBucket], facts: ReleaseFacts
) -> ConfigEntry:
    shards = {CONFIGS[name].shard(bucket): part.sha256 for bucket, part in buckets.items()}
    return ConfigEntry(
        num_rows=sum(part.num_rows for part in buckets.values()),
        num_buckets=facts.num_buckets[name],
        num_sources=sum(part.num_sources for part in buckets.values()),
        num_media_bytes=sum(part.num_media_bytes for part in buckets.values()),
        clip_seconds=round(sum(part.clip_seconds for part in buckets.values()), 3),
        config_digest=digest_of(shards),
    )


def _file_entries(new: Path, parts: Parts) -> dict[str, FileEntry]:
    known = {
        CONFIGS[name].shard(bucket): part
        for name, buckets in parts.items()
        for bucket, part in buckets.items()
    }
    entries: dict[str, FileEntry] = {}
    for path in sorted(new.rglob("*")):
        if not path.is_file():
            continue
        name = checked_path(path.relative_to(new).as_posix())
        part = known.get(name)
        entries[name] = file_entry(path, part.sha256 if part else None)
    return entries


def _prune(store: Path, parts: Parts) -> None:
    """Forgets parts that no bucket of the release is made of any more."""
    used = {part.folder.name for buckets in parts.values() for part in buckets.values()}
    for folder in store.iterdir() if store.exists() else ():
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)
