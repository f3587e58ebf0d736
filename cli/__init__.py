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

from speakervid5m import records

DONE, FAILED, WRONG_USE, DONE_WITH_REJECTS = 0, 1, 2, 3

__all__ = ["DONE", "DONE_WITH_REJECTS", "FAILED", "WRONG_USE", "main"]

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "render shows, import them, load them", "demo"),
    "sources": ("official.sources", "which videos are needed; get them", "processing"),
    "import": ("official.import_release", "annotations + videos -> release", "processing"),
    "materialize": (
        "official.materialize",
        "release without media + videos -> release",
        "processing",
    ),
    "curate": ("curate.command", "your own videos -> release", "curate"),
    "verify": ("release.verify", "is a release whole?", "processing"),
    "reindex": ("release.verify", "make a release's index anew", "processing"),
    "encode": ("release.encode", "latents, tokens, hidden states, once", "encode"),
    "card": ("release.card", "write a release's cards anew", "cards"),
    "figures": ("release.card", "draw a release's figures", "cards"),
    "explore": ("release.explore", "look at a release, as a web page", "explore"),
    "publish": ("release.publish", "release -> Hub, private and gated", "cards"),
    "retract": ("release.retract", "take sources, people or clips back", "processing"),
    "doctor": ("doctor", "what is missing?", ""),
}
"""Command to the file that has it, what it does, and the extra that it may need."""


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
    parser.add_argument("--version", action="version", version=records.VERSION)
    parser.add_argument("-v", "--verbose", action="store_true", help="print the log as well")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    chosen = next((word for word in typed if not word.startswith("-")), None)
    try:
        _add_parsers(commands, chosen)
    except ModuleNotFoundError as error:
        print(f"error: {_lacking(chosen, error)}", file=sys.stderr)
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
        found = _lacking(chosen, error) if isinstance(error, ModuleNotFoundError) else error
        print(
            "\n".join(records.printable(line) for line in f"error: {found}".split("\n")),
            file=sys.stderr,
        )
        return FAILED
    return status


def _lacking(command: str | None, error: ModuleNotFoundError) -> ImportError:
    """What a command lacks of its extra; errors of ours say themselves what to do."""
    extra = _COMMANDS[command][2] if command in _COMMANDS else ""
    return records.lacking(f"`speakervid5m {command}` needs more than is installed", error, extra)


def _add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", chosen: str | None
) -> None:
    """Adds the chosen command's file; of the others, names alone."""
    file = _COMMANDS[chosen][0] if chosen in _COMMANDS else None
    if file is not None:
        importlib.import_module(f".{file}", __package__).add_parser(commands)
    for name, (other, what, _) in _COMMANDS.items():
        if other != file:
            commands.add_parser(name, help=what)
