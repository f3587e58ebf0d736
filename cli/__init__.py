"""`speakervid5m ...`: a command line in, printed text and an exit status out.

Each command is a module with `add_parser(commands)`, which registers the function that runs it and
returns an exit status of `terminal.exit_codes`. Only the module of the typed command is imported,
so a command needs only the packages that it uses itself.
"""

import argparse
import importlib
import io
import logging
import sys
from collections.abc import Sequence

from speakervid5m import records

from .terminal.exit_codes import DONE, DONE_WITH_REJECTS, FAILED, WRONG_USE

__all__ = ["DONE", "DONE_WITH_REJECTS", "FAILED", "WRONG_USE", "main"]

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "render videos, import and load them", "demo"),
    "sources": ("official.sources", "list the needed videos, and download them", "processing"),
    "import": ("official.import_release", "annotations + videos -> release", "processing"),
    "materialize": (
        "official.materialize",
        "release without media + videos -> release",
        "processing",
    ),
    "curate": ("curate.command", "your own videos -> release", "curate"),
    "verify": ("release.verify", "check a release for damage", "processing"),
    "reindex": ("release.verify", "rebuild a release's index", "processing"),
    "encode": ("release.encode", "compute a release's latents, tokens or hidden states", "encode"),
    "card": ("release.card", "rewrite a release's cards and figures", "cards"),
    "figures": ("release.card", "draw a release's figures into a folder", "cards"),
    "explore": ("release.explore", "browse a release as a web page", "explore"),
    "publish": ("release.publish", "upload a release to a Hub, private and gated", "cards"),
    "retract": ("release.retract", "remove sources, people or clips for good", "processing"),
    "doctor": ("doctor", "check the installation", ""),
}
"""Command to its module, its help, and the extra that it may need."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status.

    Args:
        argv: the command line without the program's name; the process's own if left out.
    """
    typed = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A pipe or terminal with a small character set still gets every line.
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
        print("\ninterrupted; run the same command again to continue", file=sys.stderr)
        return FAILED
    except (ValueError, OSError, ImportError) as error:
        if options.verbose:
            raise
        shown = _lacking(chosen, error) if isinstance(error, ModuleNotFoundError) else error
        print(
            "\n".join(records.printable(line) for line in f"error: {shown}".split("\n")),
            file=sys.stderr,
        )
        return FAILED
    return status


def _lacking(command: str | None, error: ModuleNotFoundError) -> ImportError:
    """An error that names the extra to install; our own errors already say what to do."""
    extra = _COMMANDS[command][2] if command in _COMMANDS else ""
    return records.lacking(f"`speakervid5m {command}` needs more than is installed", error, extra)


def _add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", chosen: str | None
) -> None:
    """Adds the chosen command's parser, and only the names of the others."""
    module = _COMMANDS[chosen][0] if chosen in _COMMANDS else None
    if module is not None:
        importlib.import_module(f".{module}", __package__).add_parser(commands)
    for name, (other, text, _) in _COMMANDS.items():
        if other != module:
            commands.add_parser(name, help=text)
