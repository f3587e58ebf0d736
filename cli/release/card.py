"""`speakervid5m card` and `figures`: a release in, rewritten cards and figures out."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.records import own_command, typed_path
from speakervid5m.release import open_release, rewrite_documents

from ..terminal.arguments import (
    ReleaseAddress,
    ReleaseFolder,
    flag,
    folder_path,
    option,
    typed_address,
)
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.option_groups import with_option_groups
from ..terminal.result import Result, Section
from .said import Said

app = typer.Typer()


@app.command("card")
@with_option_groups
def run_card(
    release: ReleaseFolder,
    said: Said,
    check: Annotated[
        bool, flag("--check", "only check whether a Hub would accept README.md")
    ] = False,
) -> Result:
    """Computes statistics from the index, and rewrites cards and figures.

    data/ and index/ stay unchanged.
    """
    from speakervid5m.cards import validate_card, write_documents

    if check:
        path = release / "README.md"
        problems = validate_card(path.read_text("utf-8"))
        verdict = f"{len(problems)} problems" if problems else "the card's YAML is valid"
        lines = [*(f"{path}: {problem}" for problem in problems), verdict]
        return Result(
            sections=[Section(values={"problems": problems}, lines=lines)],
            status=FAILED if problems else DONE,
        )
    publication = said.onto(open_release(str(release)).manifest.facts.publication)
    manifest = rewrite_documents(release, write_documents, publication=publication)
    names = [name for name in manifest.files if not name.startswith(("data/", "index/"))]
    line = "rewritten, all other files unchanged: " + ", ".join(names)
    return Result(
        sections=[Section(values={"files": names}, lines=[line])],
        out=release / "README.md",
        next=[own_command("card", typed_path(release), "--check")],
    )


@app.command("figures")
def run_figures(
    release: ReleaseAddress,
    out: Annotated[Path, option("FOLDER", "folder for the figures", parser=folder_path)],
    dark: Annotated[bool, flag("--dark", "on a dark background")] = False,
) -> Result:
    """Draws the figures into a folder; the release itself is not changed."""
    from speakervid5m.cards import DARK, LIGHT, draw_figures, measure

    opened = open_release(release)
    if opened.files.is_local and out.resolve().is_relative_to(opened.root):
        raise ValueError(
            f"--out {str(out)!r} lies in the release, whose files are listed in its manifest: give "
            "another folder, or run `speakervid5m card`, which draws its own figures"
        )
    figures = draw_figures(opened, measure(opened), out, DARK if dark else LIGHT)
    paths = [out / Path(figure.path).name for figure in figures]
    values = {
        "figures": [
            {"path": path, "alt": figure.alt} for path, figure in zip(paths, figures, strict=True)
        ]
    }
    return Result(
        sections=[Section(values=values, lines=map(str, paths))],
        out=out,
        next=[own_command("explore", typed_address(release))],
    )


def card_documents() -> Callable[[Path], None] | None:
    """The function that writes a release's documents; None without the extra `cards`."""
    try:
        from speakervid5m.cards import write_documents
    except ImportError:
        return None
    return write_documents
