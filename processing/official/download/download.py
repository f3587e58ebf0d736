"""Source ids in, videos and an outcome for each out, by yt-dlp, one after another.

A stopped download continues in the next run. Videos that are private, removed or not available here
are recorded and not requested again; retracted sources are never requested. The user is responsible
for having the right to download.

    .<id>.<format>.<ext>[.part]             a partial download; the next run continues it
    <id>_<width>x<height>_full_video.mp4    complete, and a video
    outcomes.json                           every requested id and its outcome
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

from ....media import MediaError, probe
from ....records import Listener, Progress, atomic_file, file_lock, lacking, silent
from .outcomes import FINAL_OUTCOMES, Outcome, outcome_of

DEFAULT_URL = "https://www.youtube.com/watch?v={source_id}"
_OUTCOMES = "outcomes.json"
_LOCK = ".lock"
_FORMAT = "bv*+ba[ext=m4a]/bv*+ba/b"
"""The best video, and the best audio that MP4 is made for (ours)."""
_FORMAT_UNMERGED = "b"
"""Without an ffmpeg program yt-dlp cannot merge video and audio."""
_BEST = ("res", "width", "height", "vcodec:avc", "lang", "fps", "hdr:sdr")
"""Preferences, most important first; yt-dlp's own order decides the rest, with the bitrate last.
Most pixels, since a clip is a crop (paper: the highest resolution); AVC, which every decoder has,
in hardware too (ours); the language of the video, not a dubbed one (yt-dlp); more frames a second;
no HDR, since its colours are not mapped (ours)."""
_BLOCKED_IN_A_ROW = 3
"""After this many blocks in a row a run ends: more requests make the block last longer (ours)."""
_OF_THE_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO))
"""Errors of the disk, which the next video would meet too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DownloadOptions:
    """How videos are downloaded.

    Raises:
        ValueError: `url` has no `{source_id}`, or a rate or pause is invalid.
    """

    folder: Path
    """Where they go, under their official names."""
    url: str = DEFAULT_URL
    """With `{source_id}`."""
    bytes_per_second: float | None = None
    """Rate limit, above 0; None for none."""
    pause_seconds: float = 2.0
    """Between two requests, from 0."""
    retry: bool = False
    """Request videos again that were not available before."""

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
    """One id and its outcome."""

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
    """Downloads the videos of these ids; `outcomes.json` in the same folder keeps the outcomes.

    Ends early if the site blocks one id after another: the rest is not requested.

    Args:
        source_ids: in the order of download; each is requested once.
        options: how.
        taken_down: retracted ids, which are never downloaded.
        there: ids whose video is already there.
        progress: called for every id.

    Raises:
        ImportError: yt-dlp is not installed.
        BlockingIOError: another run downloads into this folder.
        OSError: the folder cannot be written, or its disk is full.
        ValueError: `outcomes.json` is damaged.
    """
    require_yt_dlp()
    ordered = list(dict.fromkeys(source_ids))
    blocked = num_asked = 0
    with _only_run(options.folder):
        known = read_outcomes(options.folder)
        _write(options.folder, known)
        for number, source_id in enumerate(ordered):
            earlier = known.get(source_id)
            if source_id in taken_down:
                result = Downloaded(source_id, "taken_down")
            elif source_id in there:
                result = Downloaded(source_id, "there")
            elif earlier is not None and earlier.outcome in FINAL_OUTCOMES and not options.retry:
                result = earlier
            else:
                if num_asked:
                    sleep(options.pause_seconds)
                num_asked += 1
                result = _get(source_id, options)
                blocked = blocked + 1 if result.outcome == "blocked" else 0
            if result != earlier:
                known[source_id] = result
                _write(options.folder, known)
            progress(Progress("download", number + 1, len(ordered), "videos", source_id))
            yield result
            if blocked == _BLOCKED_IN_A_ROW:
                return


def require_yt_dlp() -> None:
    """Checks that yt-dlp is installed.

    Raises:
        ImportError: it is not; says what to install.
    """
    try:
        import yt_dlp  # noqa: F401
    except ImportError as error:
        raise lacking("downloading needs yt-dlp", error, "download") from error


def read_outcomes(folder: Path) -> dict[str, Downloaded]:
    """The outcomes of earlier downloads into this folder, by id.

    Raises:
        ValueError: `outcomes.json` is damaged.
    """
    path = folder / _OUTCOMES
    if not path.exists():
        return {}
    try:
        return {load["source_id"]: Downloaded(**load) for load in json.loads(path.read_text())}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{str(path)!r} is no list of outcomes ({error}); delete it to request all ids again"
        ) from error


def settings_of(options: DownloadOptions) -> dict[str, Any]:
    """The settings for yt-dlp."""
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
                f"{fault.strerror}; finished downloads are kept, and the next run continues",
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
    """Downloads a video and returns its complete file."""
    import yt_dlp

    files: list[str] = []
    hook: Callable[[str], None] = files.append
    # The format is part of the name, so a download never continues one of another format.
    template = f"{str(draft).replace('%', '%%')}.%(format_id)s.%(ext)s"
    with yt_dlp.YoutubeDL(settings | {"outtmpl": template, "post_hooks": [hook]}) as site:
        site.download([url])
    return Path(files[-1]) if files else None


def _fault_of_disk(error: BaseException | None) -> OSError | None:
    """The disk error of this machine that caused an error, if one did."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            return error
        error = error.__cause__ or error.__context__
    return None


def _sweep(draft: Path) -> None:
    """Removes the partial downloads of an id."""
    for path in draft.parent.iterdir():
        if path.name.startswith(f"{draft.name}."):
            path.unlink()


@contextmanager
def _only_run(folder: Path) -> Iterator[None]:
    """Locks a folder for downloads; the lock ends with the process.

    On a file system without locks, every run proceeds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with file_lock(folder / _LOCK, optional=True) as other:
        if other is not None:
            raise BlockingIOError(
                f"another run downloads into {str(folder)!r} ({other}); wait for it, or give "
                "another folder"
            )
        yield


def _write(folder: Path, known: dict[str, Downloaded]) -> None:
    outcomes = [asdict(known[name]) for name in sorted(known)]
    with atomic_file(folder / _OUTCOMES) as draft:
        draft.write_text(json.dumps(outcomes, indent=1) + "\n")
