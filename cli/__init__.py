"""`speakervid5m ...`: thin commands that compose the rooms.

Each command is a file with `add_parser(commands)`, which names the function that runs it and
returns the exit status: 0 done, 1 an error that stopped it, 2 a wrong command line, 3 done, but
something was left out. Only the file of the command that was typed is imported, so a command
needs the packages that it uses itself, and no others.
"""

import argparse
import importlib
import io
import logging
import sys
from collections.abc import Sequence

from speakervid5m import __version__
from speakervid5m.records import printable

DONE, FAILED, WRONG_USE, DONE_WITH_REJECTS = 0, 1, 2, 3

__all__ = ["DONE", "DONE_WITH_REJECTS", "FAILED", "WRONG_USE", "main"]

_COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "render shows, import them, load them"),
    "sources": ("sources", "which videos are needed; get them"),
    "import": ("importing", "official annotations + videos -> release"),
    "materialize": ("materializing", "release without media + videos -> release"),
    "curate": ("curating", "your own videos -> release"),
    "verify": ("upkeep", "is a release whole?"),
    "reindex": ("upkeep", "make a release's index anew"),
    "encode": ("encoding", "latents, tokens, hidden states, once"),
    "card": ("cards", "write a release's cards anew"),
    "figures": ("cards", "draw a release's figures"),
    "explore": ("exploring", "look at a release, as a web page"),
    "publish": ("publishing", "release -> Hub, private and gated"),
    "retract": ("retracting", "take sources, people or clips back"),
    "doctor": ("doctor", "what is missing?"),
}
"""Command to the file that has it, and what it does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status.

    Args:
        argv: the command line without the program's name; the process's own if left out.
    """
    typed = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A pipe or a terminal that has not every letter still gets every line.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(
        prog="speakervid5m",
        description="SpeakerVid-5M: from annotations and videos to training batches.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("-v", "--verbose", action="store_true", help="print the log as well")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    chosen = next((word for word in typed if not word.startswith("-")), None)
    try:
        _add_parsers(commands, chosen)
    except ImportError as error:
        print(f"error: {error} (`speakervid5m doctor` says what to install)", file=sys.stderr)
        return FAILED
    options = parser.parse_args(typed)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        print("\ninterrupted; run the same command again to go on", file=sys.stderr)
        return FAILED
    except (ValueError, OSError, ImportError) as error:
        if options.verbose:
            raise
        lines = f"error: {error}".split("\n")
        print("\n".join(printable(line) for line in lines), file=sys.stderr)
        return FAILED
    return status


def _add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", chosen: str | None
) -> None:
    """Adds the chosen command's file; of the others, names alone."""
    file = _COMMANDS[chosen][0] if chosen in _COMMANDS else None
    if file is not None:
        importlib.import_module(f".{file}", __package__).add_parser(commands)
    for name, (other, what) in _COMMANDS.items():
        if other != file:
            commands.add_parser(name, help=what)
