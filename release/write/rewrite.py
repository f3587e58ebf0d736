"""Rewrites of a release: most files are linked, some are written, then the folders are swapped.

    with rewriting(root) as work:        lock, finish an interrupted swap, open
        work.link(...)                   hard links to unchanged files
        work.finish(facts, entries)      documents, card, manifest, swap

New cards and figures, new features and retractions are rewrites.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..card import LICENSE_TEXT, card_text
from ..layout import CARD, LICENSE, MANIFEST, belongs, checked_path
from ..manifest import ConfigEntry, FileEntry, Manifest, ReleaseFacts
from ..read.samples import Release, open_release
from ..tombstones.pending import refuse_newer_tombstones
from .commit import finish_swap, fresh_folder, refuse_foreign, release_lock, swap
from .durable_files import file_entry, link, sync_tree

Documents = Callable[[Path], None]
"""Writes cards and figures into a folder that holds data, index and a provisional manifest."""

_DOCUMENTS = (CARD, "DATASHEET.md", "croissant.json")
_DOCUMENT_FOLDERS = ("cards/", "figures/")


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The previous release, and the folder of the new one."""

    release: Release
    """Open for reading."""
    new: Path
    """Empty at first."""

    def link(self, names: Iterable[str]) -> None:
        """Links files of the previous release."""
        for name in names:
            link(Path(self.release.files.path(name)), self.new / name)

    def finish(
        self,
        facts: ReleaseFacts,
        entries: Mapping[str, ConfigEntry],
        documents: Documents | None = None,
    ) -> Manifest:
        """Writes documents and manifest, and swaps the new folder in."""
        new, root = self.new, Path(self.release.root)
        manifest = Manifest(facts=facts, configs=entries, files=self._files())
        if documents is not None:
            (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
            documents(new)
            (new / MANIFEST).unlink()
        if not (new / CARD).exists():
            (new / CARD).write_text(card_text(entries, facts), "utf-8")
        if not (new / LICENSE).exists():
            (new / LICENSE).write_text(LICENSE_TEXT, "utf-8")
        manifest = Manifest(facts=facts, configs=entries, files=self._files())
        (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
        sync_tree(new)
        swap(root, open_release(str(new)))
        return manifest

    def _files(self) -> dict[str, FileEntry]:
        """Entries of every file; linked files have one already, new files are hashed."""
        known = self.release.manifest.files
        entries = {}
        for path in sorted(self.new.rglob("*")):
            if not path.is_file():
                continue
            name = checked_path(path.relative_to(self.new).as_posix())
            entry = known.get(name)
            if entry is None or not path.samefile(self.release.files.path(name)):
                entry = file_entry(path)
            entries[name] = entry
        return entries


@contextmanager
def rewriting(root: Path, *, removes_pending: bool = False) -> Iterator[Rewriting]:
    """Holds the lock and opens the release; nothing of it changes before the swap.

    Args:
        root: the release.
        removes_pending: whether the caller removes pending rows; otherwise a release that has
            them is refused, since readers would get these rows again.

    Raises:
        ReleaseError: no release, a damaged one, one with newer tombstones, or another process
            writes it.
    """
    root = root.resolve()
    refuse_foreign(root)
    with release_lock(root):
        finish_swap(root)
        release = open_release(str(root))
        if not removes_pending:
            refuse_newer_tombstones(release)
        yield Rewriting(release, fresh_folder(root))


def rewrite_documents(
    root: Path, documents: Documents, *, repository: str | None = None
) -> Manifest:
    """Writes cards and figures again; no other file changes.

    Args:
        root: the release.
        documents: writes them.
        repository: `ORG/NAME` on a Hub, which the cards name; unchanged if left out.

    Raises:
        ReleaseError: no release, a damaged one, or another process writes it.
    """
    with rewriting(root) as work:
        manifest = work.release.manifest
        work.link(name for name in manifest.files if belongs(name) and not is_document(name))
        facts = replace(manifest.facts, repository=repository or manifest.facts.repository)
        return work.finish(facts, manifest.configs, documents)


def is_document(name: str) -> bool:
    """Whether a file is a card or a figure, which other files decide."""
    return name in _DOCUMENTS or name.startswith(_DOCUMENT_FOLDERS)
