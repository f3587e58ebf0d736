"""After a takedown: the old bytes of a published release leave the Hub as well.

    large files that some commit still names -> those that `main` does not -> deleted for good
    -> the history of `main` becomes one commit

Pull requests keep their small files (cards, manifests) under refs/pr, which the Hub lets nobody
rewrite; media and tables are large files, and these are gone there too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .upload import listing


@dataclass(frozen=True, kw_only=True, slots=True)
class OldFiles:
    """Large files of earlier states of a repository."""

    files: tuple[Any, ...]
    """`LFSFileInfo` of each."""

    @property
    def num_bytes(self) -> int:
        """Their size."""
        return sum(file.size for file in self.files)


def old_files(repository: str, api: Any) -> OldFiles:
    """What the repository still stores and `main` no longer names.

    Args:
        repository: `org/name`.
        api: a `huggingface_hub.HfApi`.
    """
    kept = set(listing(api, repository, "main").values())
    stored: Iterable[Any] = api.list_lfs_files(repository, repo_type="dataset")
    return OldFiles(files=tuple(one for one in stored if one.file_oid not in kept))


def erase(repository: str, api: Any, old: OldFiles) -> None:
    """Deletes them for good, and makes the history of `main` one commit. Not to be undone."""
    if old.files:
        api.permanently_delete_lfs_files(repository, old.files, repo_type="dataset")
    api.super_squash_history(
        repository, repo_type="dataset", commit_message="Release, earlier states erased"
    )
