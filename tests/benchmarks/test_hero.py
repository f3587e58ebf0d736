"""The moving picture of the README, of a small release, a few frames long."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import hero
from tests.small_release import write_small_release


@pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("google-chrome")), reason="no Chromium"
)
def test_a_pair_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_small_release(tmp_path / "work" / "speakervid5m", num_sources=1)
    monkeypatch.setattr(hero, "_SECONDS", (0.2, 0.2))
    out = tmp_path / "pair.webp"
    frames = ["--work", str(tmp_path / "work"), "--frames", str(tmp_path / "frames")]
    hero.main(["--out", str(out), *frames])
    shots = sorted((tmp_path / "frames").glob("*.png"))
    assert len(shots) == round(0.4 * hero._FPS)
    assert len({shot.read_bytes() for shot in shots}) == len(shots), "something moves in each"
    with Image.open(out) as image:
        assert image.format == "WEBP"
        assert image.size == (hero._SIZE["width"], hero._SIZE["height"])


def test_the_picture_of_the_docs_moves() -> None:
    with Image.open(Path(__file__).parents[2] / "docs" / "explorer.webp") as image:
        assert getattr(image, "n_frames", 1) == round(sum(hero._SECONDS) * hero._FPS)


def test_too_large_a_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hero, "_MAX_BYTES", 10)
    with pytest.raises(ValueError, match="more than a page should load"):
        hero.write_webp([Image.new("RGB", (8, 8))], tmp_path / "x.webp")
