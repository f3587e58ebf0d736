"""A release on a web server, and the files of a Space."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from speakervid5m.cards.explorer.css_colours import contrast, legible, theme_css
from speakervid5m.cards.figures.theme import BLUE, DARK, LIGHT
from speakervid5m.cards.hub.upload import check_release, publish
from speakervid5m.cli import main
from speakervid5m.cli.release.explore import requests_folder
from speakervid5m.release import open_release
from tests.cards.explorer.serving import Explorer, explorer
from tests.fake_hub import fake_hub
from tests.release.serving import serve

ROOT = Path(__file__).parents[3]


def test_from_elsewhere_no_more_is_read_than_is_shown(release: Path, tmp_path: Path) -> None:
    shards = {path.relative_to(release).as_posix() for path in release.glob("data/**/*.parquet")}
    with serve(release) as web, explorer(web.url, tmp_path) as page:
        view = page.sample("dialogue_sft")
        assert not any(web.num_bytes(name) for name in shards)
        lane = view["lanes"][0]
        whole = page.ask("/" + lane["video"]).body
        part = page.ask("/" + lane["video"], headers={"Range": "bytes=100-199"}).body
        assert part == whole[100:200]
        read = sum(web.num_bytes(name) for name in shards)
        # The piece, and the end of its shard, against which it is checked once.
        assert len(whole) <= read <= len(whole) + (1 << 17)
        page.ask("/" + lane["video"])
        assert sum(web.num_bytes(name) for name in shards) == read
        told = page.json("/api/release")
        assert told["root"] and told["with_media"]


def test_requests_lie_beside_a_release_and_never_in_it(tmp_path: Path) -> None:
    assert requests_folder(str(tmp_path / "r"), None) == tmp_path / "r.work" / "requests"
    assert requests_folder("hf://datasets/org/name", None) == Path("name.work/requests")
    assert requests_folder("anything", tmp_path) == tmp_path


# huggingface_hub sends bytes in a way that its own HTTP client is about to drop.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_a_space_runs_the_same_page(release: Path, tmp_path: Path) -> None:
    space, name = tmp_path / "space", "org/SpeakerVid-5M"
    url = f"hf://datasets/{name}"
    package = "speakervid5m[explore,remote] @ git+https://example.org/speakervid5m"
    export = ["explore", url, "--export-space", str(space), "--package", package]
    assert main([*export, "--contact", 'O\'Brien "me"']) == 0
    assert {path.name for path in space.iterdir()} == {
        "app.py",
        "requirements.txt",
        "Dockerfile",
        "README.md",
    }
    assert "sdk: docker" in (space / "README.md").read_text()
    assert (space / "requirements.txt").read_text() == f"{package}\n"
    assert "apt-get install -y --no-install-recommends git" in (space / "Dockerfile").read_text()
    with fake_hub() as hub:
        api = HfApi(endpoint=hub.endpoint, token="hf_fake")
        publish(check_release(release, i_hold_the_rights=True), name, api)
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PORT": "0",
            "HF_ENDPOINT": hub.endpoint,
            "HF_TOKEN": "hf_fake",
            "HF_HOME": str(tmp_path / "hf"),
        }
        with subprocess.Popen(
            [sys.executable, "-u", str(space / "app.py")],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                lines = [process.stdout.readline() for _ in range(2)]
                port = int(lines[1].split("is served at http://127.0.0.1:")[1].split("/")[0])
                _patiently(f"http://127.0.0.1:{port}/api/release")
                page = Explorer(port=port, requests=tmp_path)
                told = page.json("/api/release")
                assert told["root"] == "SpeakerVid-5M"
                assert told["reports"] or told["contact"] == 'O\'Brien "me"'
                view = page.sample("dialogue_sft")
                samples = open_release(str(release))["dialogue_sft"]
                assert samples[0].sample_id == view["sample_id"]
                video = page.ask("/" + view["lanes"][0]["video"], headers={"Range": "bytes=9-"})
                wanted = samples.media(0, "initiator_video")
                assert isinstance(wanted, bytes) and video.body == wanted[9:]
            finally:
                process.terminate()


def test_a_port_that_is_taken_is_told(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["explore", str(release), "--port", str(port), "--no-open"]) == 1
    told = capsys.readouterr().err
    assert f"port {port}" in told and "--port 0 takes a free port" in told


def _patiently(url: str) -> bytes:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_words_can_be_read_on_both_papers() -> None:
    for theme in (LIGHT, DARK):
        assert contrast(legible(BLUE, theme), theme.background) >= 4.5
        assert contrast(theme.foreground, theme.background) >= 7
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert "prefers-color-scheme: dark" in theme_css()
