"""The web server: URLs in; the page, JSON and byte ranges of media out.

Everything in a URL comes from a stranger. Names of configs, columns and samples are looked up
among those that exist; none of them ever becomes a path.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ...records import CONFIGS
from ...release import MediaRange, public_address
from .allowed_hosts import AllowedHosts
from .css_colours import theme_css
from .http_errors import Headers, NotFound, as_json, errors_as_json, limited, with_body
from .media.byte_ranges import BLOCK_BYTES, BlockCache, MediaFile, Unsatisfiable, parse_range
from .media.previews import check_size, draw_poster, waveform_peaks
from .release_watcher import OpenRelease, ReleaseWatcher
from .reports import ReportBox, ReportError
from .sample.gate_answers import gates_of
from .sample.views import card_view, conversation_view, sample_view
from .search.config_index import ConfigIndex, Record
from .search.filters import FilterError, parse_filter
from .search.matches import PAGE_ROWS
from .search.sliders import languages_of, sliders_of

PAGE = Path(__file__).parent / "page"
_SEARCH_SECONDS = 0.8
"""Of one response (ours: short enough to show progress)."""
_LAST_PAGE = 1_000_000
"""Greater page numbers mean this one (ours: 24 million rows)."""
_REPORT_BYTES = 32_768
"""Of a form (ours)."""
_PREVIEWS_AT_ONCE = 2
"""Posters and waveforms (ours: the largest allowed frame takes 150 MB to decode)."""
_TURN = re.compile(r"[0-9]{1,4}")
_TYPES = {"video": "video/mp4", "audio": "audio/flac", "pose": "application/octet-stream"}


def create_app(
    watcher: ReleaseWatcher, box: ReportBox, *, hosts: tuple[str, ...] = ()
) -> Starlette:
    """The explorer as an ASGI application.

    Args:
        watcher: the release.
        box: where requests for removal go.
        hosts: names that the page answers to, besides this machine's own names and the address of
            the connection. Any other name could belong to a foreign page.

    Raises:
        ValueError: not a host name.
    """
    pages = _Pages(watcher, box)
    address = "/{config}/{sample_id}/{column}"
    small = [Middleware(GZipMiddleware, minimum_size=2_000)]
    api = [
        Route("/release", as_json(pages.release)),
        Route("/scores/{config}", as_json(pages.scores)),
        Route("/search/{config}", as_json(pages.search)),
        Route("/sample/{config}/{sample_id}", as_json(pages.sample)),
        Route("/conversation/{source_id}", as_json(pages.conversation)),
        Route(
            "/report/{config}/{sample_id}",
            with_body(pages.report, _REPORT_BYTES),
            methods=["POST"],
        ),
    ]
    routes: list[BaseRoute] = [
        Route("/", pages.home),
        Route("/theme.css", pages.theme),
        Mount("/api", routes=api, middleware=small),
        Mount("/static", StaticFiles(directory=PAGE), middleware=small),
    ]
    preview_limiter = anyio.CapacityLimiter(_PREVIEWS_AT_ONCE)
    for kind, answer in (
        ("media", errors_as_json(pages.media)),
        ("poster", limited(pages.poster, preview_limiter)),
        ("wave", limited(pages.wave, preview_limiter)),
    ):
        routes += [Route(f"/{kind}{address}{turn}", answer) for turn in ("", "/{turn}")]
    app = Starlette(
        routes=routes, middleware=[Middleware(Headers), Middleware(AllowedHosts, hosts=hosts)]
    )
    # Now, so that a wrong name is an error before anything is served.
    app.middleware_stack = app.build_middleware_stack()
    return app


class _Pages:
    """One method for each route."""

    def __init__(self, watcher: ReleaseWatcher, box: ReportBox) -> None:
        self._watcher, self._box, self._cache = watcher, box, BlockCache()

    def home(self, _request: Request) -> Response:
        """The page."""
        return FileResponse(PAGE / "index.html")

    def theme(self, _request: Request) -> Response:
        """The figures' colours as CSS variables."""
        return Response(theme_css(), media_type="text/css")

    def release(self, _request: Request) -> Any:
        """Configs and facts of the release."""
        release = self._watcher.current().release
        facts = release.manifest.facts
        return {
            "root": public_address(release.root).rstrip("/").rsplit("/", 1)[-1],
            "origin": facts.origin,
            "with_media": facts.with_media,
            "configs": [
                {
                    "name": name,
                    "branch": config.branch,
                    "rows": entry.num_rows if (entry := release.manifest.configs.get(name)) else 0,
                    "why_empty": facts.empty_configs.get(name, "it was not written"),
                    "description": config.description,
                }
                for name, config in CONFIGS.items()
            ],
            "reports": self._box.is_open,
            "contact": self._box.contact,
        }

    def scores(self, request: Request) -> Any:
        """What a config can be filtered by, with ranges from its index."""
        index = self._index(request)
        return {"scores": sliders_of(index), "languages": languages_of(index)}

    def search(self, request: Request) -> Any:
        """A page of samples."""
        opened = self._watcher.current()
        index = opened.index(request.path_params["config"])
        search = opened.search(index.name, parse_filter(index.branch, request.query_params))
        number = _page_number(request.query_params.get("page", "1"))
        if request.query_params.get("count"):
            page = search.finish(seconds=_SEARCH_SECONDS)
        else:
            page = search.page(number, seconds=_SEARCH_SECONDS)
        with_media = opened.release.manifest.facts.with_media
        return {
            "rows": [card_view(index, record, with_media) for record in index.shown(page.rows)],
            "page": number,
            "page_rows": PAGE_ROWS,
            "num_found": page.num_found,
            "num_rows": len(index.samples),
            "searched": page.num_parts_searched / max(1, page.num_parts),
            "is_complete": page.is_complete,
        }

    def sample(self, request: Request) -> Any:
        """One sample, whole."""
        opened, index, row = self._find_sample(request)
        facts = opened.release.manifest.facts
        return sample_view(index, index.record(row), gates_of(facts), facts.with_media)

    def conversation(self, request: Request) -> Any:
        """Everything of one source."""
        opened = self._watcher.current()
        source_id = request.path_params["source_id"]
        records: dict[str, list[Record]] = {}
        for name in opened.release.configs:
            index = opened.index(name)
            if shown := index.shown(index.rows_of_source(source_id)):
                records[name] = shown
        if not records:
            raise NotFound(f"nothing of source {source_id[:40]!r} is in this release")
        return conversation_view(records)

    def media(self, request: Request) -> Response:
        """Media of a sample, or a byte range of them."""
        index, media_range = self._media_range(request)
        kind = next(k for k in _TYPES if k in request.path_params["column"].rpartition("_")[2])
        tag = f'"{media_range.xxh3_64:016x}"'
        headers = {"accept-ranges": "bytes", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        range_header = request.headers.get("range")
        if request.headers.get("if-range", tag) != tag:
            range_header = None
        try:
            part = parse_range(range_header, media_range.num_bytes)
        except Unsatisfiable:
            nothing = {"content-range": f"bytes */{media_range.num_bytes}"}
            return Response(status_code=416, headers=headers | nothing)
        start, stop = part or (0, media_range.num_bytes)
        if part:
            headers["content-range"] = f"bytes {start}-{stop - 1}/{media_range.num_bytes}"
        headers["content-length"] = str(stop - start)
        body: Iterator[bytes] = iter(())
        if request.method != "HEAD":
            file = self._cache.open(index.samples, media_range)
            file.seek(start)
            # The first block is read now, so that damage is an error and not a short body.
            body = _blocks(file, stop, file.read(min(BLOCK_BYTES, stop - start)))
        return StreamingResponse(body, 206 if part else 200, headers, media_type=_TYPES[kind])

    def poster(self, request: Request) -> Response:
        """A frame of a clip, as JPEG."""
        index, media_range = self._media_range(request, "video")
        check_size(media_range.num_bytes)
        file = cast(BinaryIO, self._cache.open(index.samples, media_range))
        return Response(draw_poster(file), media_type="image/jpeg")

    def wave(self, request: Request) -> Response:
        """The waveform of a clip."""
        index, media_range = self._media_range(request, "audio")
        check_size(media_range.num_bytes)
        return JSONResponse(waveform_peaks(index.samples.read(media_range)))

    def report(self, request: Request, body: bytes) -> Response:
        """Accepts a request for removal."""
        try:
            form = json.loads(body)
        except (ValueError, RecursionError):
            form = None
        if not isinstance(form, dict):
            raise ReportError("a request is a JSON object")
        _, index, row = self._find_sample(request)
        report = self._box.take(form, index.name, index.record(row))
        return JSONResponse({"number": report.number, "command": self._box.public_command(report)})

    def _index(self, request: Request) -> ConfigIndex:
        return self._watcher.current().index(request.path_params["config"])

    def _find_sample(self, request: Request) -> tuple[OpenRelease, ConfigIndex, int]:
        opened = self._watcher.current()
        index = opened.index(request.path_params["config"])
        sample_id = request.path_params["sample_id"]
        row = index.row_of(sample_id, request.query_params.get("at", ""))
        if row is None or index.is_pending(row):
            raise NotFound(f"no sample {sample_id[:40]!r} in {index.name}")
        return opened, index, row

    def _media_range(self, request: Request, medium: str = "") -> tuple[ConfigIndex, MediaRange]:
        _, index, row = self._find_sample(request)
        column = request.path_params["column"]
        if medium not in column:
            raise NotFound(f"column {column[:60]!r} is no {medium}")
        ranges = index.ranges(row, column)
        number = request.path_params.get("turn", "0")
        turn = int(number) if _TURN.fullmatch(number) else len(ranges)
        media_range = ranges[turn] if turn < len(ranges) else None
        if media_range is None:
            raise NotFound(f"the sample has no {column}, or it was not measured")
        return index, media_range


def _blocks(file: MediaFile, stop: int, data: bytes) -> Iterator[bytes]:
    """Block by block: a slow client keeps only one block in memory."""
    while data:
        yield data
        data = file.read(min(BLOCK_BYTES, stop - file.tell()))


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < len(text) < 20:
        raise FilterError(f"page={text[:40]!r} is not a number; pages count from 1")
    return min(max(1, int(text)), _LAST_PAGE)
