"""The pages can be read: short paragraphs, links that lead somewhere, an order, one front page."""

import re
from pathlib import Path

import pytest

from tests.pages import DOCS, PAGES, ROOT, anchors, links, paragraphs, runnable

MOST_WORDS = 90
"""Of a paragraph, less one."""
MOST_WORDS_OF_A_PAGE = 2_300
"""Tables included; a page of the reference is the longest."""
LOOKED_UP = {"thresholds.md"}
"""Pages that nobody reads from beginning to end."""
OUR_WORDS = ("stands in", "anew", "as by")
"""Turns of phrase that readers stumbled over."""
MOST_MEDIA_BYTES = 2_000_000
BUILT_ON = (
    *("datasets", "huggingface_hub", "pyarrow", "fsspec", "soundfile"),
    *("torch", "torchvision", "decord"),
)
"""The packages that this one was asked to stand on."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_can_be_read(page: Path) -> None:
    for paragraph in paragraphs(page):
        assert len(paragraph.split()) < MOST_WORDS, paragraph
        for phrase in OUR_WORDS:
            assert not re.search(rf"\b{phrase}\b", paragraph), (phrase, paragraph)
    if page.name not in LOOKED_UP:
        assert len(page.read_text("utf-8").split()) < MOST_WORDS_OF_A_PAGE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if not link.startswith("https://"):
            file, _, anchor = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_the_table_of_contents_has_every_page_in_the_order_of_the_site() -> None:
    listed = [link for link in links(DOCS / "README.md") if re.fullmatch(r"[\w-]+\.md", link)]
    in_order = list(dict.fromkeys(listed[1:]))  # The first link explains a word.
    assert {path.name for path in DOCS.glob("*.md")} == {*in_order, "README.md"}
    site = re.findall(r"docs/([\w-]+\.md)", (ROOT / "mkdocs.yml").read_text())
    assert site == ["README.md", *in_order]


def test_the_glossary_is_reached_from_the_first_pages() -> None:
    for page in (ROOT / "README.md", DOCS / "README.md", DOCS / "tutorial.md"):
        assert any("glossary.md" in link for link in links(page))


def test_the_front_page_measures_what_other_pages_explain() -> None:
    """A figure of the front page has a command, and stands on the page with the details."""
    text = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \*\*(.*?)\*\*.*\| (.*) \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) == 6
    details = "".join(page.read_text("utf-8") for page in PAGES[1:])
    for title, figures, command in rows:
        assert "python -m benchmarks" in command or command == "the same command", title
        for figure in re.findall(r"\d[\d.,]*\d|\d+", figures):
            assert figure in details, (title, figure)
    assert re.findall(r"^\| `(\w+)` \| `", text, re.MULTILINE) == [*BUILT_ON]


def test_pictures_are_used_and_small() -> None:
    media = [path for path in DOCS.iterdir() if path.suffix != ".md"]
    used = {Path(link).name for page in PAGES for link in links(page)}
    assert {path.name for path in media} <= used
    assert 0 < sum(path.stat().st_size for path in media) < MOST_MEDIA_BYTES


def test_blocks_are_fenced() -> None:
    """An indented command is not coloured, cannot be copied by a click, and is not run."""
    for page in PAGES:
        assert not re.search(r"^\s*\n {4}speakervid5m ", page.read_text("utf-8"), re.MULTILINE)
    assert sum(len(runnable(page)) for page in PAGES) > 30
