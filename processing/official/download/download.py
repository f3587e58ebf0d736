"""Gets source videos by yt-dlp, one after another, each with its outcome; goes on where it was.

What is private, removed or not to be had here is noted and not asked for again; what was taken
down is never asked for. Whoever downloads answers for having the right to.

    .<id>.<format>.<ext>[.part]             what is being got; the next run goes on with it
    <id>_<width>x<height>_full_video.mp4    complete, and a video
    outcomes.json                           every id that was asked for, and what became of it
"""

import errno
import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep
from typing import Any

from filelock import FileLock, Timeout

from ....media import MediaError, probe
from ....records import Listener, Progress, lacking, silent
from .outcomes import FINAL_OUTCOMES, Outcome, outcome_of

DEFAULT_URL = "https://www.youtube.com/watch?v={source_id}"
_OUTCOMES = "outcomes.json"
_LOCK = ".lock"
_FORMAT = "bv*+ba[ext=m4a]/bv*+ba/b"
"""The best picture, and the best sound that MP4 is made for (ours)."""
_FORMAT_UNMERGED = "b"
"""Without an ffmpeg program yt-dlp cannot join picture and sound."""
_BEST = ("res", "width", "height", "vcodec:avc", "lang", "fps", "hdr:sdr")
"""What is better, in this order; of the rest yt-dlp's own order decides, the bitrate at its end.
Most pixels, since a clip is a crop (paper: the highest resolution); AVC, which every decoder has,
in hardware too (ours); the language of the video, not a dubbed one (yt-dlp); more frames a second;
colours that are stored as they are shown, since HDR is not mapped (ours)."""
_BLOCKED_IN_A_ROW = 3
"""So often blocked one after another, and a run ends: going on makes it last longer (ours)."""
_OF_THE_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO))
"""What the next video would meet, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DownloadOptions:
    """How videos are got.

    Raises:
        ValueError: `url` has no `{source_id}`; a rate or pause that is none.
    """

    folder: Path
    """Where they go, under their official names."""
    url: str = DEFAULT_URL
    """With `{source_id}`."""
    bytes_per_second: float | None = None
    """Rate limit, above 0; None for none."""
    pause_seconds: float = 2.0
    """Between two videos that are asked for, from 0."""
    retry: bool = False
    """Ask again for what was not to be had before."""

    def __post_init__(self) -> None:
        if "{source_id}" not in self.url:
            raise ValueError(f"the url must hold {{source_id}}, got {self.url!r}")
        if self.bytes_per_second is not None and not self.bytes_per_second > 0:
            raise ValueError(
                f"the rate must be above 0, got {self.bytes_per_second:g} bytes a second; "
                "leave it out for no limit"
            )
        if not self.pause_seconds >= 0:
            raise ValueError(f"the pause must be 0 s or longer, got {self.pause_seconds:g}")


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

    Ends early where the site blocks one id after another: the rest is not asked for.

    Args:
        source_ids: in the order in which they are got; each is asked for once.
        options: how.
        taken_down: ids that are never got.
        there: ids whose video is there already.
        progress: told of every id.

    Raises:
        ImportError: yt-dlp is not installed.
        BlockingIOError: another run gets videos into this folder.
        OSError: the folder cannot be written, or its disk is full.
        ValueError: `outcomes.json` is not what was written.
    """
    require_yt_dlp()
    ordered = list(dict.fromkeys(source_ids))
    blocked = num_asked = 0
    with _only_run(options.folder):
        known = read_outcomes(options.folder)
        _write(options.folder, known)
        for number, source_id in enumerate(ordered):
            before = known.get(source_id)
            if source_id in taken_down:
                result = Downloaded(source_id, "taken_down")
            elif source_id in there:
                result = Downloaded(source_id, "there")
            elif before is not None and before.outcome in FINAL_OUTCOMES and not options.retry:
                result = before
            else:
                if num_asked:
                    sleep(options.pause_seconds)
                num_asked += 1
                result = _get(source_id, options)
                blocked = blocked + 1 if result.outcome == "blocked" else 0
            if result != before:
                known[source_id] = result
                _write(options.folder, known)
            progress(Progress("download", number + 1, len(ordered), "videos", source_id))
            yield result
            if blocked == _BLOCKED_IN_A_ROW:
                return


def require_yt_dlp() -> None:
    """Says what to install where yt-dlp is missing.

    Raises:
        ImportError: it is.
    """
    try:
        import yt_dlp  # noqa: F401
    except ImportError as error:
        raise lacking("downloading needs yt-dlp", error, "download") from error


def read_outcomes(folder: Path) -> dict[str, Downloaded]:
    """What became of the ids that were asked for into this folder before.

    Raises:
        ValueError: `outcomes.json` is not what was written.
    """
    path = folder / _OUTCOMES
    if not path.exists():
        return {}
    try:
        return {load["source_id"]: Downloaded(**load) for load in json.loads(path.read_text())}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{str(path)!r} is no list of outcomes ({error}); delete it, and all is asked for anew"
        ) from error


def settings_of(options: DownloadOptions) -> dict[str, Any]:
    """What yt-dlp is told."""
    merged = shutil.which("ffmpeg") is not None
    return {
        "format": _FORMAT if merged else _FORMAT_UNMERGED,
        "format_sort": list(_BEST),
        "merge_output_format": "mp4",
        "continuedl": True,
        "retries": 5,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "noplaylist": True,
        "ratelimit": options.bytes_per_second,
        "cachedir": False,
    }


def _get(source_id: str, options: DownloadOptions) -> Downloaded:
    # A hidden name until it is complete; an id may begin with `-`, the dot stands before it.
    draft = options.folder / f".{source_id}"
    url = options.url.replace("{source_id}", source_id)
    try:
        path = _ask(url, draft, settings_of(options))
        if path is None:
            return Downloaded(source_id, "failed", "yt-dlp said nothing and left no file")
        info = probe(path)
    except MediaError as error:
        _sweep(draft)
        return Downloaded(source_id, "failed", f"not a video: {error}")
    except Exception as error:
        fault = _fault_of_disk(error)
        if fault is not None:
            raise OSError(
                fault.errno,
                f"{fault.strerror}; what was got stands, and the next run goes on from there",
                str(options.folder),
            ) from error
        outcome = outcome_of(str(error))
        if outcome in FINAL_OUTCOMES:
            _sweep(draft)
        return Downloaded(source_id, outcome, str(error)[:300])
    name = f"{source_id}_{info.width}x{info.height}_full_video{path.suffix}"
    path.replace(options.folder / name)
    _sweep(draft)
    return Downloaded(source_id, "downloaded", name)


def _ask(url: str, draft: Path, settings: dict[str, Any]) -> Path | None:
    """The complete file; what an earlier run left may lie beside it."""
    import yt_dlp

    files: list[str] = []
    hook: Callable[[str], None] = files.append
    # The format is part of the name: of two formats, one never goes on with the other's bytes.
    template = f"{str(draft).replace('%', '%%')}.%(format_id)s.%(ext)s"
    with yt_dlp.YoutubeDL(settings | {"outtmpl": template, "post_hooks": [hook]}) as site:
        site.download([url])
    return Path(files[-1]) if files else None


def _fault_of_disk(error: BaseException | None) -> OSError | None:
    """The fault of this machine's disk that led to an error, if one did."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            return error
        error = error.__cause__ or error.__context__
    return None


def _sweep(draft: Path) -> None:
    """Removes what was got of an id and is of no use any more."""
    for path in draft.parent.iterdir():
        if path.name.startswith(f"{draft.name}."):
            path.unlink()


@contextmanager
def _only_run(folder: Path) -> Iterator[None]:
    """Holds the right to get videos into a folder; it falls with the process, however that ends.

    A file system without locks gives it to all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BlockingIOError(
            f"another run gets videos into {str(folder)!r}; wait for it, or give another folder"
        ) from None
    except (OSError, NotImplementedError):
        pass
    try:
        yield
    finally:
        lock.release()


def _write(folder: Path, known: dict[str, Downloaded]) -> None:
    draft = folder / f".{_OUTCOMES}.tmp"
    draft.write_text(json.dumps([asdict(known[name]) for name in sorted(known)], indent=1) + "\n")
    draft.replace(folder / _OUTCOMES)
