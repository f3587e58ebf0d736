"""The one gate through which a release changes: first write, new wave, and every rewrite.

    with changing(root) as change:     lock, finish an interrupted swap, open the previous release
        change.link(names)             hard links to files of the previous release
        change.add(name, bucket)       hard links to built shards
        change.finish(facts, configs)  takedown, documents, card, manifest, check, swap

`import`, `materialize`, `curate`, `retier`, `retract`, `reindex`, `encode`, cards, figures and what
`publish` writes into the cards are changes. Tombstones of the previous release are in every new
one, and a new one with rows that they name is refused.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..card import card_text, license_text
from ..errors import DamagedRelease, NotARelease, UnfinishedRelease
from ..layout import CARD, LICENSE, MANIFEST, belongs, checked_path, work_folder
from ..manifest import ConfigEntry, FileEntry, Manifest, ReleaseFacts
from ..publication import Publication
from ..read.samples import Release, open_release
from ..storage.files import Files
from ..tombstones.pending import has_newer_tombstones, refuse_newer_tombstones
from ..tombstones.records import FILES, Takedown
from .bucket import BuiltBucket
from .commit import finish_swap, refuse_foreign, release_lock, swap
from .durable_files import file_entry, link, sha256_of, sync_tree

Documents = Callable[[Path], None]
"""Writes cards and figures into a folder that holds data, index and a provisional manifest."""

_DOCUMENTS = (CARD, LICENSE, "DATASHEET.md", "croissant.json")
_DOCUMENT_FOLDERS = ("cards/", "figures/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of a release that has begun: nothing is different before `finish`."""

    root: Path
    """The release's folder."""
    new: Path
    """The folder of the new release; empty at first."""
    previous: Release | None
    """The previous release; None for a first write."""
    takedown: Takedown
    """What was retracted so far."""
    _files: dict[str, FileEntry] = field(default_factory=dict)

    @property
    def release(self) -> Release:
        """The previous release, for changes that need one.

        Raises:
            ReleaseError: there is none.
        """
        return self.previous or open_release(str(self.root))

    def intact(self, name: str) -> Path:
        """A Parquet file of the previous release, all of it compared with the manifest.

        Raises:
            DamagedRelease: it is missing or altered.
        """
        release = self.release
        release.files.check(name, release.manifest)
        path = Path(release.files.path(name))
        if sha256_of(path) != release.manifest.files[name].sha256:
            raise DamagedRelease(f"{path} was altered; copy it again, nothing was changed")
        return path

    def link(self, names: Iterable[str]) -> None:
        """Keeps files of the previous release; those of its takedown stay in any case."""
        for name in names:
            if belongs(name) and name not in FILES:
                self._link(name)

    def _link(self, name: str) -> None:
        link(Path(self.release.files.path(name)), self.new / name)
        self._files[name] = self.release.manifest.files[name]

    def add(self, name: str, bucket: BuiltBucket) -> None:
        """Links the shard of a built bucket."""
        link(bucket.shard, self.new / name)
        self._files[name] = bucket.entry

    def entry(self, name: str) -> FileEntry:
        """What the manifest will say of a file that was linked or added."""
        return self._files[name]

    def finish(
        self,
        facts: ReleaseFacts,
        configs: Mapping[str, ConfigEntry],
        documents: Documents | None = None,
        *,
        takedown: Takedown | None = None,
    ) -> Manifest:
        """Writes everything else, checks the new release, and swaps it in.

        Args:
            facts: what the manifest says besides the counts.
            configs: those that have rows.
            documents: writes cards and figures; they replace linked ones.
            takedown: what is retracted now, where that is more than before.

        Raises:
            ReleaseError: the new release would undo a takedown.
            ValueError: `documents` wrote a file whose name readers would refuse.
        """
        new = self.new
        self._write_takedown(takedown or self.takedown)
        if documents is not None:
            for name in filter(is_document, [*self._files]):
                # It may be a hard link to a file of the previous release.
                (new / name).unlink()
                del self._files[name]
            (new / MANIFEST).write_text(self._manifest(facts, configs).to_json(), "utf-8")
            documents(new)
            (new / MANIFEST).unlink()
        for name, text in ((CARD, card_text(configs, facts)), (LICENSE, license_text(facts))):
            if not (new / name).exists():
                (new / name).write_text(text, "utf-8")
        manifest = self._manifest(facts, configs)
        (new / MANIFEST).write_text(manifest.to_json(), "utf-8")
        sync_tree(new)
        swap(self.root, open_release(str(new)))
        return manifest

    def _write_takedown(self, takedown: Takedown) -> None:
        if takedown == self.takedown and self._is_applied():
            for name in FILES:
                self._link(name)
        elif takedown.tombstones:
            takedown.write(self.new)

    def _is_applied(self) -> bool:
        """Whether the previous release has all files of its takedown, as its manifest says."""
        release = self.previous
        return (
            release is not None
            and not has_newer_tombstones(release)
            and all(name in release.manifest.files and release.files.exists(name) for name in FILES)
        )

    def _manifest(self, facts: ReleaseFacts, configs: Mapping[str, ConfigEntry]) -> Manifest:
        """The manifest; files that were neither linked nor added are hashed."""
        for path in sorted(self.new.rglob("*")):
            name = path.relative_to(self.new).as_posix()
            if path.is_file() and name not in self._files:
                self._files[checked_path(name)] = file_entry(path)
        return Manifest(facts=facts, configs=configs, files=dict(self._files))


@contextmanager
def changing(root: Path, *, applies_takedown: bool = False) -> Iterator[Change]:
    """Holds the lock of a release and opens it; the only way to change one.

    Args:
        root: the release's folder, which may be missing.
        applies_takedown: whether the caller leaves out pending rows; otherwise a release that has
            them is refused, since readers would get these rows again.

    Raises:
        ReleaseError: a damaged release, one with newer tombstones, another thing than a release,
            or another process writes it.
    """
    root = root.resolve()  # a link to a release stays a link
    refuse_foreign(root)
    with release_lock(root):
        finish_swap(root)
        previous = _previous_release(root)
        if previous is not None and has_newer_tombstones(previous) and not applies_takedown:
            refuse_newer_tombstones(previous)
        takedown = Takedown.read(Files(str(root)))
        new = work_folder(root) / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        try:
            yield Change(root=root, new=new, previous=previous, takedown=takedown)
        finally:
            finish_swap(root)
            shutil.rmtree(new, ignore_errors=True)


def _previous_release(root: Path) -> Release | None:
    try:
        return open_release(str(root))
    except (NotARelease, UnfinishedRelease):
        return None


def rewrite_documents(
    root: Path,
    documents: Documents,
    *,
    repository: str | None = None,
    publication: Publication | None = None,
) -> Manifest:
    """Writes cards and figures again; no other file changes.

    Args:
        root: the release.
        documents: writes them.
        repository: `ORG/NAME` on a Hub, which the cards name; unchanged if left out.
        publication: what the maker says of the release; unchanged if left out.

    Raises:
        ReleaseError: no release, a damaged one, or another process writes it.
    """
    with changing(root) as change:
        manifest = change.release.manifest
        change.link(name for name in manifest.files if not is_document(name))
        facts = replace(
            manifest.facts,
            repository=repository or manifest.facts.repository,
            publication=publication or manifest.facts.publication,
        )
        return change.finish(facts, manifest.configs, documents)


def is_document(name: str) -> bool:
    """Whether a file is a card or a figure, which other files decide."""
    return name in _DOCUMENTS or name.startswith(_DOCUMENT_FOLDERS)
