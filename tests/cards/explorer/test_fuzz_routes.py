"""Every route, asked for anything: an answer with a name, nothing in the log, little memory."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from starlette.routing import Mount, Route

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app
from speakervid5m.cards.explorer.search.filters import SCORES
from tests.cards.explorer.asking import Asked

MAX_GROWN_BYTES = 300_000_000
"""Of the whole run, over what the process had before (ours)."""
HOST = "127.0.0.1:7860"

anything = st.text(max_size=30)
quoted = anything.map(lambda text: quote(text, safe=""))
odd = st.sampled_from(
    ["", "..", "%2e%2e%2f", "%00", "%ff", "a" * 300, "9" * 5000, "-1", "%0d%0a", "\\", "*", "{x}"]
)


class Names:
    """What the release really has, by the name of a part of a path."""

    def __init__(self, asked: Asked) -> None:
        own = {"host": HOST}
        configs = [one["name"] for one in asked("/api/release", headers=own).json()["configs"]]
        rows = {name: asked(f"/api/search/{name}", headers=own).json()["rows"] for name in configs}
        samples = [(name, row) for name, found in rows.items() for row in found[:2]]
        self.of_a_part = {
            "config": configs,
            "sample_id": [row["sample_id"] for _, row in samples],
            "source_id": sorted({row["source_id"] for _, row in samples}),
            "column": ["initiator_video", "responder_audio", "video", "turn_videos", "sample_id"],
            "turn": ["0", "1", "7"],
            "path": ["main.js", "index.html", "../routes.py", ""],
        }
        self.at = [row["at"] for _, row in samples]
        self.whole = []
        for name, row in samples:
            view = asked(f"/api/sample/{name}/{row['sample_id']}", headers=own).json()
            self.whole.append(f"/api/report/{name}/{row['sample_id']}")
            for lane in view["lanes"]:
                found = (lane[kind] for kind in ("video", "audio", "pose", "wave"))
                self.whole += [f"/{one.partition('?')[0]}" for one in found if one]


def templates(routes: Any, before: str = "") -> Iterator[str]:
    """Paths of an application, mounted ones too, as they are declared."""
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from templates(route.routes, before + route.path)
        elif isinstance(route, Mount):
            yield f"{before}{route.path}/{{path}}"
        elif isinstance(route, Route):
            yield before + route.path


@pytest.fixture(scope="module")
def asked(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    box = ReportBox(tmp_path_factory.mktemp("box"), root=str(release))
    return Asked(create_app(ReleaseWatcher(str(release)), box))


@pytest.fixture(scope="module")
def names(asked: Asked) -> Names:
    return Names(asked)


def paths(declared: list[str], names: Names) -> st.SearchStrategy[str]:
    def filled(template: str) -> st.SearchStrategy[str]:
        parts = []
        for part in template.split("/"):
            if part.startswith("{"):
                real = st.sampled_from(names.of_a_part[part.strip("{}").partition(":")[0]])
                parts.append(real | real | real | quoted | odd)
            else:
                parts.append(st.just(part))
        return st.tuples(*parts).map("/".join)

    of_a_route = st.sampled_from(declared).flatmap(filled)
    wild = quoted.map(lambda text: f"/{text}") | odd.map(lambda text: f"/{text}")
    return of_a_route | st.sampled_from(names.whole) | wild


def queries(names: Names) -> st.SearchStrategy[str]:
    keys = st.sampled_from(["at", "page", "q", "language", "count", *(one.name for one in SCORES)])
    numbers = st.floats().map(str) | st.integers().map(str) | st.just("9" * 5000)
    bounds = st.tuples(numbers, numbers).map("..".join)
    values = quoted | odd | bounds | numbers | st.sampled_from(names.at)
    pairs = st.tuples(keys | quoted, values).map("=".join)
    return st.lists(pairs, max_size=4).map("&".join) | quoted


latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
headers = st.dictionaries(
    st.sampled_from(
        ["range", "if-range", "if-none-match", "if-modified-since", "accept-encoding", "cookie",
         "content-length", "content-type", "origin", "sec-fetch-site", "host", "x-forwarded-host"]
    ),
    latin | st.sampled_from(["bytes=0-", "bytes=5-2", "bytes=-9", "gzip", "text/plain", "null"]),
    max_size=3,
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=8,
)
forms = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["clip", "person", "source"]) | json_values,
        "clip_id": json_values,
        "reason": st.text(st.characters(), max_size=20) | st.just("\ud83d") | json_values,
        "contact": json_values,
    },
)
bodies = (
    (forms | json_values).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.sampled_from([b"[" * 20_000, b'{"a":' * 5_000, b" " * 40_000])
)
methods = st.sampled_from(["GET"] * 8 + ["POST"] * 4 + ["HEAD", "PUT", "OPTIONS", "TRACE", "FROB"])


def test_every_route_is_fuzzed(asked: Asked, names: Names) -> None:
    declared = [*templates(asked.app.routes)]
    assert {"/", "/api/search/{config}", "/static/{path}"} <= set(declared)
    parts = {part for one in declared for part in one.split("/") if part.startswith("{")}
    assert {part.strip("{}") for part in parts} <= set(names.of_a_part)


def test_no_page_or_place_that_is_asked_for_is_an_error_of_the_server(
    asked: Asked, names: Names
) -> None:
    """Of all requests below too few are a search that may be answered."""
    search = f"/api/search/{names.of_a_part['config'][0]}"
    sample = names.whole[0].replace("/report/", "/sample/")
    at = quoted | odd | st.integers().map(str) | st.sampled_from(names.at)

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(at, at, queries(names))
    def ask(page: str, place: str, query: str) -> None:
        for path in (f"{search}?page={page}&{query}", f"{sample}?at={place}&{query}"):
            told = asked(path, headers={"host": HOST})
            assert told.status < 500, told.body

    ask()


@pytest.mark.parametrize("num_examples", [150, pytest.param(5000, marks=pytest.mark.slow)])
def test_no_request_is_an_error_of_the_server(
    asked: Asked,
    names: Names,
    release: Path,
    num_examples: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = peak_bytes()

    @settings(max_examples=num_examples, suppress_health_check=list(HealthCheck))
    @given(methods, paths([*templates(asked.app.routes)], names), queries(names), headers, bodies)
    def ask(method: str, path: str, query: str, given: dict[str, str], body: bytes) -> None:
        own = {"host": HOST, "origin": f"http://{HOST}", "content-type": "application/json"}
        told = asked(f"{path}?{query}", method=method, headers=own | given, body=body)
        assert told.status < 500, told.body
        assert "content-security-policy" in told.headers
        said = told.body + repr(told.headers).encode()
        for hidden in (b"Traceback", str(release.parent).encode(), str(Path.cwd()).encode()):
            assert hidden not in said

    ask()
    assert not caplog.records
    said = capfd.readouterr()
    assert said.out + said.err == ""
    assert peak_bytes() - before < MAX_GROWN_BYTES


def peak_bytes() -> int:
    """The most that this process had in memory since the last call; 0 where nobody says."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
