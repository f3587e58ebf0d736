"""The web server: the page, what it asks for as JSON, and byte ranges of media.

Everything in an address comes from a stranger. Names of configs, columns and samples are looked
up among those that exist; none of them ever becomes a path.
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
from .allowed_hosts import Visitors
from .css_colours import theme_css
from .http_errors import Headers, NotThere, as_json, of_a_body, one_by_one, told
from .media.byte_ranges import BLOCK_BYTES, PieceFile, Pieces, Unsatisfiable, parse_range
from .media.previews import check_size, waveform
from .media.previews import poster as picture_of
from .release_watcher import Edition, Library
from .reports import ReportBox, ReportError
from .sample.gate_answers import gates_of
from .sample.views import card_view, conversation_view, sample_view
from .search.config_index import Place, Record, Shelf
from .search.filters import QuestionError, parse_question
from .search.matches import PAGE_ROWS
from .search.sliders import languages_of, sliders_of

PAGE = Path(__file__).parent / "page"
_SEARCH_SECONDS = 0.8
"""Of one answer (ours: short enough to be told how far it is)."""
_LAST_PAGE = 1_000_000
"""Pages beyond it are this one (ours: 24 million rows)."""
_REPORT_BYTES = 32_768
"""Of a form (ours)."""
_DRAWN_AT_ONCE = 2
"""Posters and waveforms (ours: a frame of the most pixels takes 150 MB while it is drawn)."""
_TURN = re.compile(r"[0-9]{1,4}")
_TYPES = {"video": "video/mp4", "audio": "audio/flac", "pose": "application/octet-stream"}


def create_app(library: Library, box: ReportBox, *, hosts: tuple[str, ...] = ()) -> Starlette:
    """The explorer as an ASGI application.

    Args:
        library: the release.
        box: where requests for removal go.
        hosts: names under which the page may be asked for, besides those of this machine for
            itself and the address that a connection comes to. Behind any other a foreign page
            could stand.

    Raises:
        ValueError: no name of a host.
    """
    pages = _Pages(library, box)
    piece = "/{config}/{sample_id}/{column}"
    small = [Middleware(GZipMiddleware, minimum_size=2_000)]
    api = [
        Route("/release", as_json(pages.release)),
        Route("/scores/{config}", as_json(pages.scores)),
        Route("/search/{config}", as_json(pages.search)),
        Route("/sample/{config}/{sample_id}", as_json(pages.sample)),
        Route("/conversation/{source_id}", as_json(pages.conversation)),
        Route(
            "/report/{config}/{sample_id}",
            of_a_body(pages.report, _REPORT_BYTES),
            methods=["POST"],
        ),
    ]
    routes: list[BaseRoute] = [
        Route("/", pages.home),
        Route("/theme.css", pages.theme),
        Mount("/api", routes=api, middleware=small),
        Mount("/static", StaticFiles(directory=PAGE), middleware=small),
    ]
    drawing = anyio.CapacityLimiter(_DRAWN_AT_ONCE)
    for kind, answer in (
        ("media", told(pages.media)),
        ("poster", one_by_one(pages.poster, drawing)),
        ("wave", one_by_one(pages.wave, drawing)),
    ):
        routes += [Route(f"/{kind}{piece}{turn}", answer) for turn in ("", "/{turn}")]
    app = Starlette(
        routes=routes, middleware=[Middleware(Headers), Middleware(Visitors, hosts=hosts)]
    )
    # Now, so that a wrong name is told before anything is served.
    app.middleware_stack = app.build_middleware_stack()
    return app


class _Pages:
    """What is answered to each address."""

    def __init__(self, library: Library, box: ReportBox) -> None:
        self._library, self._box, self._pieces = library, box, Pieces()

    def home(self, _request: Request) -> Response:
        """The page."""
        return FileResponse(PAGE / "index.html")

    def theme(self, _request: Request) -> Response:
        """Colours of the figures, as variables."""
        return Response(theme_css(), media_type="text/css")

    def release(self, _request: Request) -> Any:
        """What there is to look at."""
        release = self._library.edition().release
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
        shelf = self._shelf(request)
        return {"scores": sliders_of(shelf), "languages": languages_of(shelf)}

    def search(self, request: Request) -> Any:
        """A page of samples."""
        edition = self._library.edition()
        shelf = edition.shelf(request.path_params["config"])
        search = edition.search(shelf.name, parse_question(shelf.branch, request.query_params))
        number = _page_number(request.query_params.get("page", "1"))
        if request.query_params.get("count"):
            found = search.finish(seconds=_SEARCH_SECONDS)
        else:
            found = search.page(number, seconds=_SEARCH_SECONDS)
        with_media = edition.release.manifest.facts.with_media
        return {
            "rows": [
                card_view(shelf, record, with_media)
                for record in shelf.records(found.places)
                if not shelf.is_withheld(record.place)
            ],
            "page": number,
            "page_rows": PAGE_ROWS,
            "num_found": found.num_found,
            "num_rows": shelf.num_rows,
            "searched": found.num_parts_searched / max(1, found.num_parts),
            "is_complete": found.is_complete,
        }

    def sample(self, request: Request) -> Any:
        """One sample, whole."""
        edition, shelf, place = self._one(request)
        facts = edition.release.manifest.facts
        return sample_view(shelf, shelf.record(place), gates_of(facts), facts.with_media)

    def conversation(self, request: Request) -> Any:
        """Everything of one source."""
        edition = self._library.edition()
        source_id = request.path_params["source_id"]
        found: dict[str, list[Record]] = {}
        for name in edition.release.configs:
            shelf = edition.shelf(name)
            rows = shelf.records(shelf.of_source(source_id))
            if kept := [row for row in rows if not shelf.is_withheld(row.place)]:
                found[name] = kept
        if not found:
            raise NotThere(f"nothing of source {source_id[:40]!r} is in this release")
        return conversation_view(found)

    def media(self, request: Request) -> Response:
        """A piece of media, or a range of it."""
        shelf, piece = self._piece(request)
        kind = next(k for k in _TYPES if k in request.path_params["column"].rpartition("_")[2])
        tag = f'"{piece.xxh3_64:016x}"'
        headers = {"accept-ranges": "bytes", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        wanted = request.headers.get("range")
        if request.headers.get("if-range", tag) != tag:
            wanted = None
        try:
            part = parse_range(wanted, piece.num_bytes)
        except Unsatisfiable:
            nothing = {"content-range": f"bytes */{piece.num_bytes}"}
            return Response(status_code=416, headers=headers | nothing)
        start, stop = part or (0, piece.num_bytes)
        if part:
            headers["content-range"] = f"bytes {start}-{stop - 1}/{piece.num_bytes}"
        headers["content-length"] = str(stop - start)
        body: Iterator[bytes] = iter(())
        if request.method != "HEAD":
            file = self._pieces.open(shelf.samples, piece)
            file.seek(start)
            # The first piece is read now, so that what is damaged is an error and not a short body.
            body = _rest(file, stop, file.read(min(BLOCK_BYTES, stop - start)))
        return StreamingResponse(body, 206 if part else 200, headers, media_type=_TYPES[kind])

    def poster(self, request: Request) -> Response:
        """A picture of a clip."""
        shelf, piece = self._piece(request, "video")
        check_size(piece.num_bytes)
        file = cast(BinaryIO, self._pieces.open(shelf.samples, piece))
        return Response(picture_of(file), media_type="image/jpeg")

    def wave(self, request: Request) -> Response:
        """The loudness of a clip's sound."""
        shelf, piece = self._piece(request, "audio")
        check_size(piece.num_bytes)
        return JSONResponse(waveform(shelf.samples.read(piece)))

    def report(self, request: Request, body: bytes) -> Response:
        """Takes a request for removal."""
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise ReportError("a request is a JSON object")
        _, shelf, place = self._one(request)
        report = self._box.take(asked, shelf.name, shelf.record(place))
        return JSONResponse({"number": report.number, "command": self._box.public_command(report)})

    def _shelf(self, request: Request) -> Shelf:
        return self._library.edition().shelf(request.path_params["config"])

    def _one(self, request: Request) -> tuple[Edition, Shelf, Place]:
        edition = self._library.edition()
        shelf = edition.shelf(request.path_params["config"])
        ident = request.path_params["sample_id"]
        place = shelf.place_of(ident, Place.parse(request.query_params.get("at", "")))
        if place is None or shelf.is_withheld(place):
            raise NotThere(f"no sample {ident[:40]!r} in {shelf.name}")
        return edition, shelf, place

    def _piece(self, request: Request, medium: str = "") -> tuple[Shelf, MediaRange]:
        _, shelf, place = self._one(request)
        column = request.path_params["column"]
        if medium not in column:
            raise NotThere(f"column {column[:60]!r} is no {medium}")
        pieces = shelf.ranges(place, column)
        number = request.path_params.get("turn", "0")
        turn = int(number) if _TURN.fullmatch(number) else len(pieces)
        piece = pieces[turn] if turn < len(pieces) else None
        if piece is None:
            raise NotThere(f"the sample has no {column}, or it was not measured")
        return shelf, piece


def _rest(file: PieceFile, stop: int, data: bytes) -> Iterator[bytes]:
    """Block by block, so that a visitor who reads slowly keeps no more of it in memory."""
    while data:
        yield data
        data = file.read(min(BLOCK_BYTES, stop - file.tell()))


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < len(text) < 20:
        raise QuestionError(f"page={text[:40]!r} is no number; pages are counted from 1")
    return min(max(1, int(text)), _LAST_PAGE)
