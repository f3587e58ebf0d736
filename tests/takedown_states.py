"""A release before and after a takedown, and the older copy that got the newer tombstones.

Tests put every command that changes a release to each of the three: it is refused or completed, and
what was taken down does not come back.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from speakervid5m.release import open_release, verify, work_folder
from speakervid5m.release.takedown import Request, Takedown, retract

State = Literal["no takedown", "older takedown", "newer takedown"]
STATES: tuple[State, ...] = ("no takedown", "older takedown", "newer takedown")
Outcome = Literal["completed", "refused"]
MEDIA = ("video", "videos", "audio", "audios", "pose", "poses")


@dataclass(frozen=True)
class States:
    """Folders, each with a release and its work folder, by state."""

    folder: Path
    source: str
    """What was taken down."""
    media: bytes
    """A video of it."""

    def copy(self, state: State, folder: Path) -> Path:
        shutil.copytree(self.folder / state, folder)
        return folder / "speakervid5m"


def states_of(base: Path, folder: Path, documents: Callable[[Path], None] | None = None) -> States:
    """All three states of a release, with everything that stands beside it."""
    for state in STATES:
        shutil.copytree(base.parent, folder / state)
    release = open_release(str(base))
    samples = release[next(name for name in release.configs if name.startswith("single"))]
    source = samples[0].clips[0].source_id
    media = samples.media(0, "video")
    assert isinstance(media, bytes)
    after = folder / "older takedown" / "speakervid5m"
    request = Request(sources=frozenset([source]))
    retract(after, request, date="2026-11-25", documents=documents)
    shutil.copytree(after / "takedown", folder / "newer takedown" / "speakervid5m" / "takedown")
    return States(folder, source, media)


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of a release, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def check(
    states: States, state: State, root: Path, before: dict[str, bytes], outcome: Outcome
) -> None:
    """Nothing was undone, whether the command was refused or completed."""
    if outcome == "refused":
        assert files_of(root) == before
    release = open_release(str(root))
    if state == "no takedown":
        assert states.source in release.source_ids()
        assert not Takedown.read(release.files).names("source", states.source)
        return
    assert Takedown.read(release.files).names("source", states.source)
    for name in release.configs:
        for sample in release[name]:
            assert all(clip.source_id != states.source for clip in sample.clips)
    if outcome == "completed" and files_of(root) != before:
        assert verify(str(root), decode=False).ok
        absent(root, states)


def absent(folder: Path, states: States) -> None:
    """No file shows what was taken down: no table, no card, no figure, no media."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            assert states.source.encode() not in data, path
            assert states.media not in data, path
        if path.suffix == ".parquet":
            assert states.source not in values_of(path), path


def values_of(path: Path) -> str:
    """Every value of a table, decoded, without its media."""
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if not name.endswith(MEDIA)]
        return repr(file.read(columns=names).to_pylist())


def leftovers(root: Path) -> set[str]:
    """Folders that only an unfinished change leaves."""
    return {"new", "old"} & {path.name for path in work_folder(root).iterdir()}
