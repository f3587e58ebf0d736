"""Hosts of strangers: no answer is read without an end, none is believed, no password is shown."""

import base64
import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import speakervid5m
from speakervid5m import cli
from speakervid5m.release import (
    DamagedRelease,
    NotARelease,
    ReleaseError,
    Samples,
    open_release,
    public_address,
    safe_root,
)
from speakervid5m.release.storage import retries
from speakervid5m.release.storage.retries import ReadFailed
from tests.localhost import running

SECRET = "pass%3Aword"
Answer = Callable[[BaseHTTPRequestHandler, Path], None]


@contextlib.contextmanager
def host(folder: Path, *, odd: dict[str, Answer], password: bool = False) -> Iterator[str]:
    """Serves a folder with ranges, but for some paths, which get an answer of their own."""
    wanted = "Basic " + base64.b64encode(b"visitor9:pass:word").decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            name = self.path.strip("/")
            if password and self.headers.get("Authorization") != wanted:
                say(self, 401, b"")
                return
            answer = next((odd[part] for part in odd if name.startswith(part)), ranges)
            answer(self, folder / name)

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server) as address:
        yield address


def say(handler: BaseHTTPRequestHandler, code: int, body: bytes, **headers: str) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(body)


def ranges(handler: BaseHTTPRequestHandler, path: Path, shift: int = 0) -> None:
    if not path.is_file():
        say(handler, 200 if path.is_dir() else 404, b"")
        return
    data, asked = path.read_bytes(), handler.headers.get("Range")
    if asked is None:
        say(handler, 200, data)
        return
    first, last = (int(one) for one in asked.removeprefix("bytes=").split("-"))
    piece = data[first + shift : last + 1 + shift]
    said = f"bytes {first + shift}-{last + shift}/{len(data)}"
    say(handler, 206, piece, Content_Range=said)


def whole(handler: BaseHTTPRequestHandler, path: Path) -> None:
    """As `python -m http.server` does."""
    say(handler, 200, path.read_bytes()) if path.is_file() else say(handler, 404, b"")


def forbidden(handler: BaseHTTPRequestHandler, _: Path) -> None:
    say(handler, 403, b"")


def endless(sent: list[int], code: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, _: Path) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        try:
            while sent[0] < 1 << 30:
                sent[0] += handler.wfile.write(b"[" * (1 << 16))
        except ConnectionError:
            pass

    return answer


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)


def first_video(samples: Samples) -> bytes:
    data = samples.media(0, "video")
    assert isinstance(data, bytes)
    return data


def test_a_manifest_without_an_end(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speakervid5m.release.storage.files.MAX_MANIFEST_BYTES", 1 << 20)
    sent = [0]
    with (
        host(small, odd={"manifest.json": endless(sent)}) as url,
        pytest.raises(DamagedRelease, match=r"manifest\.json has more than 1048576 bytes"),
    ):
        open_release(url)
    # What lies in the buffers of two sockets was sent besides.
    assert 1 << 20 < sent[0] < 1 << 25


def test_a_large_manifest_of_a_folder(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (copy / "manifest.json").stat().st_size
    monkeypatch.setattr("speakervid5m.release.storage.files.MAX_MANIFEST_BYTES", size)
    assert open_release(str(copy)).configs
    monkeypatch.setattr("speakervid5m.release.storage.files.MAX_MANIFEST_BYTES", size - 1)
    with pytest.raises(DamagedRelease, match=f"has more than {size - 1} bytes"):
        open_release(str(copy))


def test_tombstones_without_an_end(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speakervid5m.release.storage.files.MAX_TAKEDOWN_BYTES", 1 << 20)
    sent = [0]
    with (
        host(small, odd={"takedown": endless(sent)}) as url,
        pytest.raises(DamagedRelease, match="has more than 1048576 bytes"),
    ):
        open_release(url)["single_sft"]
    assert sent[0] < 1 << 25


def test_a_redirection_without_an_end(small: Path) -> None:
    sent = [0]
    with host(small, odd={}) as there:
        to = f"{there}/manifest.json"
        with host(small, odd={"manifest.json": endless(sent, 302, Location=to)}) as url:
            assert open_release(url).configs
    assert sent[0] < 1 << 25


NOWHERE = ["http://[bad", "file:///etc/passwd", "", "http://h:x/", "http://..../", f"//{'a' * 70}/"]


@pytest.mark.parametrize("to", NOWHERE)
def test_a_redirection_to_nowhere(small: Path, to: str) -> None:
    def answer(handler: BaseHTTPRequestHandler, _: Path) -> None:
        say(handler, 302, b"", Location=to)

    with (
        host(small, odd={"manifest.json": answer}) as url,
        pytest.raises(ReadFailed, match="no address that can be"),
    ):
        open_release(url)


def test_a_redirection_has_the_password_of_its_host_alone(small: Path) -> None:
    asked: list[tuple[str, str | None]] = []

    def manifest(handler: BaseHTTPRequestHandler, _: Path) -> None:
        asked.append((handler.path, handler.headers.get("Authorization")))
        ranges(handler, small / "manifest.json")

    places: list[str] = []

    def moved(handler: BaseHTTPRequestHandler, _: Path) -> None:
        say(handler, 302, b"", Location=places.pop(0))

    with (
        host(small, odd={"there": manifest}) as other,
        host(small, odd={"there": manifest, "manifest.json": moved}, password=True) as own,
    ):
        url = own.replace("//", f"//visitor9:{SECRET}@")
        places += [f"{other}/there?a=\u00e9", "/there", f"{own}/there"]
        while places:
            assert open_release(url).configs
    (elsewhere, here, whole_address) = asked
    assert elsewhere == ("/there?a=%C3%A9", None)
    assert here == whole_address
    assert here[0] == "/there"
    assert here[1]


def test_a_server_without_ranges_is_told_as_such(small: Path) -> None:
    with host(small, odd={"index": whole, "data": whole}) as url:
        with pytest.raises(ReadFailed, match="whole files instead of") as caught:
            open_release(url)["single_sft"].media(0, "video")
        assert "http.server" in str(caught.value)


def test_another_range_than_was_asked_for(small: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, path: Path) -> None:
        ranges(handler, path, shift=-1)

    with (
        host(small, odd={"data": answer}) as url,
        pytest.raises(ReadFailed, match="another range than bytes"),
    ):
        open_release(url)["single_sft"].media(0, "video")


def test_a_host_that_forbids_to_ask_for_a_takedown(small: Path) -> None:
    with host(small, odd={"takedown": forbidden}) as url:
        with pytest.raises(DamagedRelease, match="nobody knows whether") as caught:
            open_release(url)["single_sft"]
        assert "--no-takedown-check" in str(caught.value)
        with pytest.raises(ReleaseError, match="takedown_check=False"):
            speakervid5m.SpeakerVid5M(config_name="single_sft", root=url)
        samples = open_release(url, takedown_check=False)["single_sft"]
        assert first_video(samples) == first_video(open_release(str(small))["single_sft"])
        builder = speakervid5m.SpeakerVid5M(
            config_name="single_sft", root=url, takedown_check=False
        )
        assert builder.config.name == "single_sft"


def test_tombstones_apply_without_the_check_too(copy: Path) -> None:
    from speakervid5m.release.tombstones.records import Request, Takedown

    source = sorted(open_release(str(copy)).source_ids())[0]
    request = Request(sources=frozenset([source]))
    Takedown(tombstones=request.tombstones("2026-11-30")).write(copy)
    assert source not in open_release(str(copy), takedown_check=False).source_ids()


def test_no_password_is_shown(
    copy: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    shard = copy / "data/single/sft/train-0000.parquet"
    data = bytearray(shard.read_bytes())
    data[: len(data) // 2] = bytes(len(data) // 2)
    shard.write_bytes(data)
    with host(copy, odd={"takedown": forbidden}, password=True) as address:
        url = address.replace("//", f"//visitor9:{SECRET}@")
        caplog.set_level(logging.INFO)  # as -v does; fsspec shows addresses below that
        release = open_release(url, takedown_check=False)
        errors = [
            damage(lambda: release["single_sft"].media(0, "video")),
            damage(lambda: open_release(url)["single_sft"]),
            damage(lambda: open_release(f"{url}?token={SECRET}")),
            damage(lambda: open_release(url.replace(SECRET, f"{SECRET}x"))),
            damage(lambda: open_release(f"{url}/nowhere")),
            damage(lambda: speakervid5m.SpeakerVid5M(config_name="single_sft", root=url)),
            damage(lambda: speakervid5m.find_root(url, f"{url}/other")),
        ]
        for argv in (
            ["explore", f"{url}/nowhere"],
            ["verify", url],
            ["card", url],
            ["retract", url, "--source=abcdefghijk"],
            ["publish", url, "org/name"],
            ["encode", url, "--encoder", "mimi"],
        ):
            try:
                assert cli.main(argv)
            except SystemExit as wrong:
                assert wrong.code == 2
        speakervid5m.find_root(url)
    said = capsys.readouterr()
    everything = "\n".join([*errors, repr(release), said.out, said.err, caplog.text])
    assert address in everything
    for secret in (SECRET, "pass:word", "visitor9"):
        assert secret not in everything


def damage(read: Callable[[], object]) -> str:
    """An error with all that led to it, as a program prints it."""
    with pytest.raises((ValueError, OSError)) as caught:
        read()
    return "".join(traceback.format_exception(caught.value))


def test_an_address_with_a_query_is_refused() -> None:
    with pytest.raises(NotARelease, match="'https://h/rel' was given with a query"):
        open_release("https://h/rel?token=1")


@pytest.mark.parametrize(
    ("place", "public"),
    [
        ("https://me:secret@h:80/a/b?X-Signature=1#c", "https://h:80/a/b"),
        ("https://me:sec/ret@h/a", "https://..."),
        ("https://me:1/ret@h/a", "https://..."),
        ("https://me:sec?ret@h/a", "https://..."),
        ("http://u:p@[::1]:80/x", "http://[::1]:80/x"),
        ("zip://a.zip::s3://key:secret@bucket/x?v=1", "zip://a.zip::s3://bucket/x"),
        ("hf://datasets/org/name@revision/x", "hf://datasets/org/name@revision/x"),
        ("/srv/secret/speakervid5m", "speakervid5m"),
    ],
)
def test_the_public_form_of_an_address(place: str, public: str) -> None:
    assert public_address(place) == public
    assert safe_root(place) == (place if place.startswith("/") else public)
