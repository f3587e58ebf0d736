"""The moving picture of the README: a dialogue pair as the explorer plays it.

    python -m benchmarks.hero --out docs/explorer.webp

rendered talk shows --> release --> explorer --> Chromium, moved from frame to frame --> WebP

The page is moved by its own slider and not by the clock, so a busy machine gives the same picture.
"""

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from speakervid5m.cli.demo import import_shows, render_shows, write_annotations
from speakervid5m.records import DialogueSample
from speakervid5m.release import Samples, open_release

if TYPE_CHECKING:
    from playwright.sync_api import Page

CONFIG = "dialogue_sft"
_SIZE = {"width": 1000, "height": 880}
_FPS = 10
_SECONDS = (3.2, 4.8)
"""How much is shown of the end of the first clip, and of the beginning of the answer."""
_QUALITY = 85
_MAX_BYTES = 2_000_000
_TRUTH = "Number(document.querySelector('.clock').dataset.seconds)"
_SETTLED = "[...document.querySelectorAll('video')].every((v) => v.readyState >= 2 && !v.seeking)"
_AS_PLAYING = "document.querySelector('button.play').textContent = 'Pause'"
"""What the button says while the pair plays."""
_SEEK = """(share) => {
  const slider = document.querySelector('input.seek');
  slider.value = Number(slider.min) + share * (Number(slider.max) - Number(slider.min));
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def main(arguments: list[str] | None = None) -> None:
    """Renders what is missing, then writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the picture, .webp")
    parser.add_argument(
        "--work", type=Path, default=Path("build/hero"), help="shows and release (%(default)s)"
    )
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--frames", type=Path, help="a folder for the single frames, as PNG")
    options = parser.parse_args(arguments)
    root = demo_release(options.work)
    with served(root) as url:
        frames = list(pictures(url, well_matched(open_release(str(root))[CONFIG]), options.scheme))
    if options.frames is not None:
        options.frames.mkdir(parents=True, exist_ok=True)
        for number, frame in enumerate(frames):
            frame.save(options.frames / f"{number:03}.png")
    num_bytes = write_webp(frames, options.out)
    print(f"{options.out}: {len(frames)} frames, {num_bytes / 1e6:.2f} MB")


def demo_release(work: Path) -> Path:
    """The release of `speakervid5m demo`, without its checks."""
    root = work / "speakervid5m"
    if not (root / "manifest.json").exists():
        write_annotations(render_shows(work / "videos", jobs=2), work / "dump")
        import_shows(work, jobs=2)
    return root


def well_matched(samples: Samples) -> str:
    """The id of the pair that looks best: both say something, in frames of one size."""

    def unlike(number: int) -> tuple[bool, int, float]:
        sample = samples[number]
        assert isinstance(sample, DialogueSample)
        first, answer = sample.initiator, sample.responder
        words = first.transcript and answer.transcript
        seconds = answer.end_seconds - first.start_seconds
        first_area, answer_area = ((clip.width or 0) * (clip.height or 0) for clip in sample.clips)
        return not words, abs(first_area - answer_area), -min(seconds, sum(_SECONDS) * 2)

    best = min(range(len(samples)), key=unlike)
    identity: str = samples.table(["sample_id"])["sample_id"][best].as_py()
    return identity


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The explorer of a release, at a URL."""
    command = [sys.executable, "-m", "speakervid5m.cli", "explore", str(root)]
    command += ["--port", "0", "--no-open", "--no-requests"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if "http://" in line)
            yield "http://" + line.partition("http://")[2].split()[0].rstrip(";,.")
        finally:
            server.terminate()


def pictures(url: str, sample: str, scheme: str) -> Iterator[Image.Image]:
    """The page at each moment, from before the end of the first clip into the answer."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=_SIZE, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{url}?config={CONFIG}&sample={sample}")
        page.locator("h2.title").wait_for()
        page.wait_for_load_state("networkidle")
        _seek(page, 1.0)
        duration: float = page.evaluate(_TRUTH)
        answer: float = page.evaluate(
            "document.querySelectorAll('video')[1].duration"
        )  # The answer ends the pair.
        begin = max(0.0, duration - answer - _SECONDS[0])
        for number in range(round(sum(_SECONDS) * _FPS)):
            time = begin + number / _FPS
            if time < duration:
                _seek(page, time / duration)
                yield Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()


def _seek(page: "Page", share: float) -> None:
    page.evaluate(_SEEK, share)
    for _ in range(500):
        page.wait_for_timeout(20)
        if page.evaluate(_SETTLED):
            page.evaluate(_AS_PLAYING)
            return
    raise TimeoutError("the videos of the page do not come to the moment")


def write_webp(frames: list[Image.Image], path: Path) -> int:
    """An endless WebP of at most 2 MB; returns its bytes."""
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=1000 // _FPS,
        loop=0,
        quality=_QUALITY,
        method=6,
        minimize_size=True,
    )
    if (num_bytes := path.stat().st_size) > _MAX_BYTES:
        raise ValueError(f"{path} has {num_bytes} bytes, more than a page should load")
    return num_bytes


if __name__ == "__main__":
    main()
