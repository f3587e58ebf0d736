"""`make docs`: the site builds without a warning, and asks no other host for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import PAGES, ROOT

pytest.importorskip("mkdocs", reason="the dependency group docs is not installed")

_LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc=[\"']?(?:https?:)?//"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preconnect|icon|preload))[^>]*?"
    r"\bhref=[\"']?(?:https?:)?//"
    r"|@import\s+[\"']?https?:|url\([\"']?(?:https?:)?//"
)
"""What a browser fetches by itself."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a folder that has links to all that the checkout has."""
    clone = tmp_path_factory.mktemp("a checkout")
    for path in ROOT.iterdir():
        if path.name != "build":
            (clone / path.name).symlink_to(path)
    subprocess.run(["make", "--quiet", "pages"], cwd=clone, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=clone,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return clone / "build" / "site"


def test_every_page_is_in_it(site: Path) -> None:
    for page in PAGES:
        place = page.relative_to(ROOT).with_suffix("")
        name = place.parent if place.name == "README" else place
        assert (site / name / "index.html").exists(), page
    assert (site / "search" / "search_index.json").exists()


def test_it_asks_no_other_host(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 25
    for page in pages:
        asked = _LOADED.search(page.read_text("utf-8"))
        assert asked is None, (page, asked)


def test_the_api_is_of_the_docstrings(site: Path) -> None:
    text = (site / "docs" / "api" / "index.html").read_text("utf-8")
    for name in ("Loader", "open_release", "Samples", "VideoSpec", "Clip", "curate"):
        assert re.search(rf'id="speakervid5m\.[\w.]*\b{name}"', text), name
    assert "samples in a batch of this rank" in re.sub(r"<[^>]+>", "", text)
    assert ":::" not in text
