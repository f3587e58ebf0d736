"""Which videos a folder holds, and what each is called: by YouTube's id, or by its content."""

import base64
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....media import probe
from ....records import ClipKeyError, Listener, Progress, parse_video_name, printable, silent
from ...assembly.source_files import VIDEO_SUFFIXES
from ...engines import Source, temporary_name
from ..speech.audio import MAX_SECONDS

_BLOCK_BYTES = 1 << 22
_Known = tuple[str, str, float | None]
"""Size and time of change, digest, length in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSources:
    """The videos of a folder."""

    sources: tuple[Source, ...]
    """By id."""
    doubles: tuple[Path, ...] = ()
    """Files with the bytes, or the id, of another one: what is named by YouTube's id is taken, else
    the first by name, then by digest, wherever they stand."""
    taken_down: tuple[Path, ...] = ()
    """Videos of which something was taken back from the release: nothing is measured of them."""
    unreadable: tuple[tuple[Path, str], ...] = ()
    """Files that could not be read, and why: links to nothing, forbidden ones, pipes."""


def find_own_sources(
    videos: Sequence[Path], digests: Path, progress: Listener = silent
) -> FoundSources:
    """Finds videos in folders and files, and digests those that are new.

    Args:
        videos: folders, looked through with their subfolders, and files.
        digests: JSON in which digests and lengths are kept by path, size and time of change.
        progress: told of every file.

    Raises:
        FileNotFoundError: a path is not there, or there is no video at all that can be read.
    """
    paths = [path for place in videos for path in _videos(place)]
    if not paths:
        places = ", ".join(repr(str(place)) for place in videos)
        raise FileNotFoundError(f"no video in {places}: looked for {', '.join(VIDEO_SUFFIXES)}")
    known = _known(digests)
    entries: list[tuple[Path, _Known]] = []
    unreadable: list[tuple[Path, str]] = []
    for number, path in enumerate(paths):
        try:
            entries.append((path, _entry(path, known)))
        except (OSError, RuntimeError) as error:
            unreadable.append((path, getattr(error, "strerror", None) or str(error)))
        progress(Progress("digest", number + 1, len(paths), "videos", path.name))
    sources: dict[str, Source] = {}
    seen: set[str] = set()
    doubles: list[Path] = []
    for path, (_, digest, seconds) in sorted(entries, key=_precedence):
        source_id = source_id_of(path, digest)
        if digest in seen or source_id in sources:
            doubles.append(path)
            continue
        seen.add(digest)
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
    digests.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary_name(digests)
    kept = {str(path.resolve()): entry for path, entry in entries}
    draft.write_text(json.dumps(kept, sort_keys=True))
    draft.replace(digests)
    ordered = tuple(sources[name] for name in sorted(sources))
    return FoundSources(sources=ordered, doubles=tuple(doubles), unreadable=tuple(unreadable))


def source_id_of(path: Path, digest: str) -> str:
    """YouTube's id, if the file is named after it, else `x` and 10 base32 characters.

    >>> source_id_of(Path("BK6_XIz6-ZE_1920x1080_full_video.mp4"), "")
    'BK6_XIz6-ZE'
    >>> source_id_of(Path("my talk.mov"), "00ff" * 16)
    'xad7qb7ya74'
    """
    return _youtube_id(path) or "x" + base64.b32encode(bytes.fromhex(digest)).decode()[:10].lower()


def _youtube_id(path: Path) -> str | None:
    try:
        return parse_video_name(path.stem)[0]
    except ClipKeyError:
        return None


def _precedence(found: tuple[Path, _Known]) -> tuple[bool, str, str, str]:
    """Which of two that are one source is taken, in whatever order they were named."""
    path, (_, digest, _) = found
    return _youtube_id(path) is None, path.name, digest, str(path)


def _videos(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif not place.is_dir():
        raise FileNotFoundError(f"no video or folder at {str(place)!r}")
    else:
        for parent, folders, names in os.walk(place):
            folders.sort()
            for name in sorted(names):
                if name.lower().endswith(VIDEO_SUFFIXES) and not name.startswith("."):
                    yield Path(parent) / name


def _known(digests: Path) -> dict[str, _Known]:
    """What was kept; nothing where a loss of power has left half a file, since it is made anew."""
    try:
        known = json.loads(digests.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _entry(path: Path, known: Mapping[str, _Known]) -> _Known:
    """Of a file as it is now.

    Raises:
        OSError: it cannot be read.
        RuntimeError: its link leads to itself.
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
    """As the header says, if that can be; what is wrong with a file is said by a stage.

    One damaged time stamp would ask for more disk than there is, and so end the run of all.
    """
    try:
        seconds = probe(path).duration_seconds
    except Exception:
        return None
    return None if seconds is None or seconds > MAX_SECONDS else seconds
