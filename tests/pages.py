"""The pages that a newcomer reads: their blocks of code, paragraphs, headings and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
NEEDS = ("hub", "gpu", "cluster", "your videos")
"""What a test may lack; a block that needs it is marked so, and something else stands in for it."""

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^>]*) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    code: str
    mark: str
    """The comment in the line before it, or nothing."""

    @property
    def need(self) -> str:
        """What it needs that a test may lack, or nothing."""
        return self.mark.removeprefix("needs: ") if self.mark.startswith("needs: ") else ""

    @property
    def lines(self) -> list[str]:
        """Its lines, continued ones put together, without comments on lines of their own."""
        lines = self.code.replace("\\\n", " ").splitlines()
        return [line for line in lines if line and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(language=match["language"], code=match["code"], mark=match["mark"] or "")
        for match in _BLOCK.finditer(page.read_text("utf-8"))
    ]


def runnable(page: Path) -> list[Block]:
    """The blocks of a page that a reader types."""
    return [block for block in blocks(page) if block.language in ("sh", "python")]


def prose(page: Path) -> str:
    """A page without its code and comments."""
    text = _BLOCK.sub("", page.read_text("utf-8"))
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def paragraphs(page: Path) -> Iterator[str]:
    """Every paragraph, and every item of a list; no tables and headings."""
    for part in re.split(r"\n\s*\n", prose(page)):
        if not part.lstrip().startswith(("|", "#")):
            yield from re.split(r"^(?:- |\d+\. )", part, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link may point to within a page, by GitHub's rule."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def links(page: Path) -> list[str]:
    """Every link and picture of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))
