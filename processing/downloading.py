"""Gets source videos by yt-dlp, one after another, each with its outcome; goes on where it was.

What is private, removed or not to be had here is noted and not asked for again; what was taken
down is never asked for. Whoever downloads answers for having the right to.
"""

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ..media import MediaError, probe
from .progress import Listener, Progress, silent

Outcome = Literal[
    "there", "downloaded", "private", "unavailable", "region", "age", "taken_down", "failed"
]
FINAL: frozenset[Outcome] = frozenset(("private", "unavailable", "region", "age", "taken_down"))
"""Outcomes that another try will not change."""

DEFAULT_URL = "https://www.youtube.com/watch?v={source_id}"
_FORMAT = "bv*[vcodec^=avc1]+ba[ext=m4a]/b[vcodec^=avc1]/bv*+ba/b"
"""AVC first (every decoder has it, in hardware too), and the best sound (ours)."""
_FORMAT_UNMERGED = "b[vcodec^=avc1]/b"
"""Without an ffmpeg program yt-dlp cannot join picture and sound."""
_SIGNS: tuple[tuple[str, Outcome], ...] = (
    ("private video", "private"),
    ("sign in to confirm your age", "age"),
    ("age-restricted", "age"),
    ("inappropriate for some users", "age"),
    ("available in your country", "region"),
    ("geo restrict", "region"),
    ("video unavailable", "unavailable"),
    ("has been removed", "unavailable"),
    ("account has been terminated", "unavailable"),
    ("http error 404", "unavailable"),
    ("http error 410", "unavailable"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DownloadOptions:
    """How videos are got."""

    folder: Path
    """Where they go, under their official names."""
    url: str = DEFAULT_URL
    """With `{source_id}`."""
    bytes_per_second: float | None = None
    """Rate limit."""
    pause_seconds: float = 2.0
    """Between two videos."""
    retry: bool = False
    """Ask again for what was not to be had before."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """One id and what became of it."""

    source_id: str
    outcome: Outcome
    detail: str = ""
    """The file's name, or what the site said."""


def download(
    source_ids: Iterable[str],
    options: DownloadOptions,
    *,
    taken_down: Collection[str] = (),
    there: Collection[str] = (),
    progress: Listener = silent,
) -> Iterator[Downloaded]:
    """Gets the videos of these ids; outcomes are kept in `outcomes.json` beside them.

    Args:
        source_ids: in the order in which they are got.
        options: how.
        taken_down: ids that are never got.
        there: ids whose video is there already.
        progress: told of every id.

    Raises:
        ImportError: yt-dlp is not installed.
        ValueError: `url` has no `{source_id}`.
    """
    if "{source_id}" not in options.url:
        raise ValueError(f"the url must hold {{source_id}}, got {options.url!r}")
    get = _yt_dlp(options)
    ordered = list(source_ids)
    known = _read(options.folder)
    for number, source_id in enumerate(ordered):
        before = known.get(source_id)
        if source_id in taken_down:
            result = Downloaded(source_id, "taken_down")
        elif source_id in there:
            result = Downloaded(source_id, "there")
        elif before is not None and before.outcome in FINAL and not options.retry:
            result = before
        else:
            result = _get(source_id, options, get)
        known[source_id] = result
        _write(options.folder, known)
        progress(Progress("download", number + 1, len(ordered), "videos", source_id))
        yield result


Getter = Callable[[str, str], None]
"""Takes a URL and yt-dlp's output template."""


def _yt_dlp(options: DownloadOptions) -> Getter:
    try:
        import yt_dlp
    except ImportError as error:
        raise ImportError(
            "downloading needs yt-dlp: pip install 'speakervid5m[download]'"
        ) from error
    merged = shutil.which("ffmpeg") is not None
    settings: dict[str, Any] = {
        "format": _FORMAT if merged else _FORMAT_UNMERGED,
        "merge_output_format": "mp4",
        "continuedl": True,
        "retries": 5,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "noplaylist": True,
        "ratelimit": options.bytes_per_second,
        "sleep_interval": options.pause_seconds or None,
        "cachedir": False,
    }

    def get(url: str, template: str) -> None:
        with yt_dlp.YoutubeDL(settings | {"outtmpl": template}) as site:
            site.download([url])

    return get


def _get(source_id: str, options: DownloadOptions, get: Getter) -> Downloaded:
    options.folder.mkdir(parents=True, exist_ok=True)
    # A hidden name until it is complete; an id may begin with `-`, the dot stands before it.
    draft = options.folder / f".{source_id}"
    try:
        get(options.url.format(source_id=source_id), f"{_escaped(draft)}.%(ext)s")
        path = next(_complete(draft))
        info = probe(path)
    except StopIteration:
        return Downloaded(source_id, "failed", "yt-dlp said nothing and left no file")
    except MediaError as error:
        path.unlink()
        return Downloaded(source_id, "failed", f"not a video: {error}")
    except Exception as error:
        return Downloaded(source_id, outcome_of(str(error)), str(error)[:300])
    name = f"{source_id}_{info.width}x{info.height}_full_video{path.suffix}"
    path.replace(options.folder / name)
    return Downloaded(source_id, "downloaded", name)


def outcome_of(said: str) -> Outcome:
    """What a site's words mean."""
    lower = said.lower()
    return next((outcome for sign, outcome in _SIGNS if sign in lower), "failed")


def _complete(draft: Path) -> Iterator[Path]:
    for path in sorted(draft.parent.iterdir()):
        unfinished = path.suffix in (".part", ".ytdl", ".temp")
        if path.name.startswith(f"{draft.name}.") and not unfinished:
            yield path


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _read(folder: Path) -> dict[str, Downloaded]:
    path = folder / "outcomes.json"
    if not path.exists():
        return {}
    return {one["source_id"]: Downloaded(**one) for one in json.loads(path.read_text())}


def _write(folder: Path, known: dict[str, Downloaded]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".outcomes.{os.getpid()}.tmp"
    draft.write_text(json.dumps([asdict(known[name]) for name in sorted(known)], indent=1) + "\n")
    draft.replace(folder / "outcomes.json")
