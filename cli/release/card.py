"""`speakervid5m card` and `figures`: a release in, rewritten cards and figures out."""

import argparse
from collections.abc import Callable
from pathlib import Path

from speakervid5m.release import open_release, rewrite_documents

from ..terminal.arguments import local_path
from ..terminal.exit_codes import DONE, FAILED


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the commands."""
    card = commands.add_parser(
        "card",
        help="rewrite a release's cards and figures",
        description="Computes statistics from the index, and rewrites cards and figures; data/ and "
        "index/ stay unchanged.",
    )
    card.set_defaults(run=run_card)
    card.add_argument("release", type=local_path)
    card.add_argument(
        "--check", action="store_true", help="only check whether a Hub would accept README.md"
    )
    figures = commands.add_parser(
        "figures",
        help="draw a release's figures into a folder",
        description="Draws the figures into a folder; the release itself is not changed.",
    )
    figures.set_defaults(run=run_figures)
    figures.add_argument("release", help="a folder or a URL")
    figures.add_argument("--out", type=Path, required=True, help="folder for the figures")
    figures.add_argument("--dark", action="store_true", help="on a dark background")


def run_card(options: argparse.Namespace) -> int:
    """Runs `card`; returns its exit status."""
    from speakervid5m.cards import validate_card, write_documents

    if options.check:
        path = options.release / "README.md"
        problems = validate_card(path.read_text("utf-8"))
        for problem in problems:
            print(f"{path}: {problem}")
        print(f"{len(problems)} problems" if problems else "the card's YAML is valid")
        return FAILED if problems else DONE
    manifest = rewrite_documents(options.release, write_documents)
    names = [name for name in manifest.files if not name.startswith(("data/", "index/"))]
    print("rewritten, all other files unchanged: " + ", ".join(names))
    return DONE


def run_figures(options: argparse.Namespace) -> int:
    """Runs `figures`; returns its exit status."""
    from speakervid5m.cards import DARK, LIGHT, draw_figures, measure

    release = open_release(options.release)
    if release.files.is_local and options.out.resolve().is_relative_to(release.root):
        raise ValueError(
            f"--out {str(options.out)!r} lies in the release, whose files are listed in its "
            "manifest: give another folder, or run `speakervid5m card`, which draws its own figures"
        )
    theme = DARK if options.dark else LIGHT
    for figure in draw_figures(release, measure(release), options.out, theme):
        print(f"{options.out / Path(figure.path).name}: {figure.alt}")
    return DONE


def card_documents() -> Callable[[Path], None] | None:
    """The function that writes a release's documents; None without the extra `cards`."""
    try:
        from speakervid5m.cards import write_documents
    except ImportError:
        return None
    return write_documents
