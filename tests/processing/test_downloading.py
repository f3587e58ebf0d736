"""Videos from a local site by the real yt-dlp: got, resumed, refused, remembered."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speakervid5m.processing.downloading import (
    DEFAULT_URL,
    Downloaded,
    DownloadOptions,
    download,
    outcome_of,
)
from tests.processing.shows import write_video

pytest.importorskip("yt_dlp", reason="the extra download is not installed")

GOOD, GONE = "-a_b-c_d-e_", "BK6_XIz6-ZE"


class Site(SimpleHTTPRequestHandler):
    """Serves a folder with byte ranges, and notes what was asked."""

    asked: list[tuple[str, str, str | None]]

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        self.asked.append((self.command, self.path, self.headers.get("Range")))
        if not path.is_file():
            self.send_error(404)
            return
        data, begin = path.read_bytes(), 0
        asked = self.headers.get("Range")
        if asked:
            begin = int(asked.removeprefix("bytes=").split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[begin:])

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    folder = tmp_path / "site"
    folder.mkdir()
    write_video(folder / f"{GOOD}.mp4", 128, 72, 100, 1)
    asked: list[tuple[str, str, str | None]] = []
    handler = type("Handler", (Site,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{{source_id}}.mp4", asked
    server.shutdown()
    thread.join()
    server.server_close()


def outcomes(results: Iterator[Downloaded]) -> dict[str, str]:
    return {one.source_id: one.outcome for one in results}


def test_videos_come_under_their_official_names(
    site: tuple[str, list[tuple[str, str, str | None]]], tmp_path: Path
) -> None:
    url, asked = site
    options = DownloadOptions(folder=tmp_path / "my videos", url=url, pause_seconds=0)
    found = outcomes(download([GOOD, GONE], options))
    assert found == {GOOD: "downloaded", GONE: "unavailable"}
    video = options.folder / f"{GOOD}_128x72_full_video.mp4"
    assert video.read_bytes() == (tmp_path / "site" / f"{GOOD}.mp4").read_bytes()
    assert {path.name for path in options.folder.iterdir()} == {video.name, "outcomes.json"}
    asked.clear()
    again = outcomes(download([GOOD, GONE], options, there=[GOOD]))
    assert again == {GOOD: "there", GONE: "unavailable"}
    assert not asked
    retried = DownloadOptions(folder=options.folder, url=url, pause_seconds=0, retry=True)
    assert outcomes(download([GONE], retried)) == {GONE: "unavailable"}
    assert asked


def test_what_was_begun_is_resumed(
    site: tuple[str, list[tuple[str, str, str | None]]], tmp_path: Path
) -> None:
    url, asked = site
    whole = (tmp_path / "site" / f"{GOOD}.mp4").read_bytes()
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / f".{GOOD}.mp4.part").write_bytes(whole[:5000])
    options = DownloadOptions(folder=folder, url=url, pause_seconds=0)
    assert outcomes(download([GOOD], options)) == {GOOD: "downloaded"}
    assert ("GET", f"/{GOOD}.mp4", "bytes=5000-") in asked
    assert (folder / f"{GOOD}_128x72_full_video.mp4").read_bytes() == whole


def test_what_was_taken_down_is_never_asked_for(
    site: tuple[str, list[tuple[str, str, str | None]]], tmp_path: Path
) -> None:
    url, asked = site
    options = DownloadOptions(folder=tmp_path / "videos", url=url, retry=True)
    assert outcomes(download([GOOD], options, taken_down=[GOOD])) == {GOOD: "taken_down"}
    assert not asked


def test_what_is_no_video_is_not_kept(
    site: tuple[str, list[tuple[str, str, str | None]]], tmp_path: Path
) -> None:
    url, _ = site
    (tmp_path / "site" / f"{GONE}.mp4").write_bytes(b"an error page" * 100)
    options = DownloadOptions(folder=tmp_path / "videos", url=url, pause_seconds=0)
    (result,) = download([GONE], options)
    assert result.outcome == "failed"
    assert [path.name for path in options.folder.iterdir()] == ["outcomes.json"]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("ERROR: [youtube] x: Private video. Sign in if you've been granted access", "private"),
        ("ERROR: [youtube] x: Video unavailable. This video has been removed", "unavailable"),
        ("The uploader has not made this video available in your country", "region"),
        ("Sign in to confirm your age. This video may be inappropriate", "age"),
        ("Unable to download: HTTP Error 503", "failed"),
    ],
)
def test_what_a_site_says(said: str, outcome: str) -> None:
    assert outcome_of(said) == outcome


def test_a_url_without_an_id_is_refused(tmp_path: Path) -> None:
    options = DownloadOptions(folder=tmp_path, url="http://x/")
    with pytest.raises(ValueError, match=r"must hold \{source_id\}"):
        list(download([GOOD], options))
    assert "{source_id}" in DEFAULT_URL
