"""After a takedown: deletes the old bytes of a published release from the Hub.

    large files of any commit -> those that `main` does not name -> deleted for good
    -> the history of `main` becomes one commit

Pull requests keep their small files (cards, manifests) under refs/pr, which the Hub lets nobody
rewrite. Media and tables are large files, and are deleted there too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .upload import list_remote_files


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
    """Large files that the repository still stores and `main` no longer names.

    Args:
        repository: `org/name`.
        api: a `huggingface_hub.HfApi`.
    """
    kept = set(list_remote_files(api, repository, "main").values())
    stored: Iterable[Any] = api.list_lfs_files(repository, repo_type="dataset")
    return OldFiles(files=tuple(file for file in stored if file.file_oid not in kept))


def erase(repository: str, api: Any, old: OldFiles) -> None:
    """Deletes them, and makes the history of `main` one commit. This cannot be undone."""
    if old.files:
        api.permanently_delete_lfs_files(repository, old.files, repo_type="dataset")
    api.super_squash_history(
        repository, repo_type="dataset", commit_message="Release, earlier states erased"
    )
