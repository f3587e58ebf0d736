"""Which videos folders hold, and the source id of each: YouTube's id, or a digest of its bytes.

folders, files --> digests (cached as JSON) --> `FoundSources`, without duplicates, unreadable files
and, for a run, what was taken down or belongs to other shards
"""

import base64
import hashlib
import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ....media import probe
from ....records import Listener, Progress, atomic_file, printable, silent
from ....release import work_folder
from ...assembly.source_files import VIDEO_SUFFIXES, in_shard, official_id, videos_in
from ...engines import Source
from ..speech.audio import MAX_SECONDS
from .curation import Curation

_BLOCK_BYTES = 1 << 22
_Entry = tuple[str, str, float | None]
"""Size and time of change, digest, length in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSources:
    """The videos of a folder."""

    sources: tuple[Source, ...]
    """By id."""
    doubles: tuple[Path, ...] = ()
    """Files with the bytes, or the id, of another file. The file named by YouTube's id is used,
    else the first by name, then by digest, in whatever folder."""
    taken_down: tuple[Path, ...] = ()
    """Videos with a takedown in the release: they are not measured."""
    unreadable: tuple[tuple[Path, str], ...] = ()
    """Files that could not be read, and why: broken links, missing permissions, pipes."""


def find_sources(curation: Curation, progress: Listener) -> FoundSources:
    """Finds the videos of a run.

    Raises:
        FileNotFoundError: no video there.
    """
    options, touches = curation.options, curation.takedown.touches
    digests = work_folder(options.out) / "digests.json"
    videos = find_own_sources(options.videos, digests, progress)
    taken_down = tuple(source.path for source in videos.sources if touches(source.source_id))
    sources = tuple(
        source
        for source in videos.sources
        if not touches(source.source_id) and in_shard(source.source_id, options.shard)
    )
    return replace(videos, sources=sources, taken_down=taken_down)


def find_own_sources(
    videos: Sequence[Path], digests: Path, progress: Listener = silent
) -> FoundSources:
    """Finds videos in folders and files, and digests new ones.

    Args:
        videos: files, and folders that are searched with their subfolders.
        digests: JSON file that caches digests and lengths by path, size and time of change.
        progress: receives an event for every file.

    Raises:
        FileNotFoundError: a path does not exist, or no video can be read.
    """
    paths = [path for place in videos for path in _videos(place)]
    if not paths:
        places = ", ".join(repr(str(place)) for place in videos)
        raise FileNotFoundError(f"no video in {places}: looked for {', '.join(VIDEO_SUFFIXES)}")
    known = _known(digests)
    entries: list[tuple[Path, _Entry]] = []
    unreadable: list[tuple[Path, str]] = []
    for number, path in enumerate(paths):
        try:
            entries.append((path, _entry(path, known)))
        except (OSError, RuntimeError) as error:
            unreadable.append((path, getattr(error, "strerror", None) or str(error)))
        progress(Progress("digest", number + 1, len(paths), "videos", path.name))
    sources: dict[str, Source] = {}
    digests_of_sources: set[str] = set()
    doubles: list[Path] = []
    for path, (_, digest, seconds) in sorted(entries, key=_precedence):
        source_id = source_id_of(path, digest)
        if digest in digests_of_sources or source_id in sources:
            doubles.append(path)
            continue
        digests_of_sources.add(digest)
        sources[source_id] = Source(
            source_id=source_id,
            path=path,
            digest=digest,
            name=printable(path.name),
            duration_seconds=seconds,
        )
    if not sources:
        path, why = unreadable[0]
        raise FileNotFoundError(f"none of {len(unreadable)} videos can be read: {path}: {why}")
    kept = {str(path.resolve()): entry for path, entry in entries}
    with atomic_file(digests) as draft:
        draft.write_text(json.dumps(kept, sort_keys=True))
    ordered = tuple(sources[name] for name in sorted(sources))
    return FoundSources(sources=ordered, doubles=tuple(doubles), unreadable=tuple(unreadable))


def source_id_of(path: Path, digest: str) -> str:
    """YouTube's id if the file's name holds it, else `x` and 10 base32 characters of the digest.

    >>> source_id_of(Path("BK6_XIz6-ZE_1920x1080_full_video.mp4"), "")
    'BK6_XIz6-ZE'
    >>> source_id_of(Path("my talk.mov"), "00ff" * 16)
    'xad7qb7ya74'
    """
    encoded = base64.b32encode(bytes.fromhex(digest))
    return official_id(path.stem) or "x" + encoded.decode()[:10].lower()


def _precedence(file: tuple[Path, _Entry]) -> tuple[bool, str, str, str]:
    """Sorts files of one source so that the first is used, whatever the order of the arguments."""
    path, (_, digest, _) = file
    return official_id(path.stem) is None, path.name, digest, str(path)


def require_places(places: Sequence[Path]) -> None:
    """Looks whether the folders and files are there, before anything is read or made.

    Raises:
        FileNotFoundError: one of them is not.
    """
    for place in places:
        if not place.exists():
            raise FileNotFoundError(f"no video or folder at {str(place)!r}")


def _videos(place: Path) -> Iterator[Path]:
    require_places([place])
    if place.is_dir():
        yield from videos_in(place)
    else:
        yield place


def _known(digests: Path) -> dict[str, _Entry]:
    """The cached entries; none if a power failure truncated the file, then written again."""
    try:
        known = json.loads(digests.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _entry(path: Path, known: Mapping[str, _Entry]) -> _Entry:
    """The entry of a file as it is now.

    Raises:
        OSError: it cannot be read.
        RuntimeError: it is a link to itself.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a file, but a pipe, a socket or a device")
    stamp = f"{status.st_size} {status.st_mtime_ns}"
    entry = known.get(str(path.resolve()))
    if entry is None or len(entry) < 3 or entry[0] != stamp:
        return (stamp, _digest(path), _seconds(path))
    return entry


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _seconds(path: Path) -> float | None:
    """The length in the header, if plausible; a stage reports what is wrong with a file.

    A damaged time stamp would make the estimate exceed the disk and so stop the whole run.
    """
    try:
        seconds = probe(path).duration_seconds
    except Exception:
        return None
    return None if seconds is None or seconds > MAX_SECONDS else seconds
