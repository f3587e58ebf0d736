"""`speakervid5m ...`: thin commands that compose the rooms.

Each command is one file with `add_parser(commands)` and a function that returns the exit status:
0 done, 1 an error that stopped it, 2 a wrong command line, 3 done, but something was left out.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from speakervid5m import __version__

from . import curating, demo, doctor, importing, materializing, sources, upkeep

DONE, FAILED, WRONG_USE, DONE_WITH_REJECTS = 0, 1, 2, 3

__all__ = ["DONE", "DONE_WITH_REJECTS", "FAILED", "WRONG_USE", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status.

    Args:
        argv: the command line without the program's name; the process's own if left out.
    """
    parser = argparse.ArgumentParser(
        prog="speakervid5m",
        description="SpeakerVid-5M: from annotations and videos to training batches.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("-v", "--verbose", action="store_true", help="print the log as well")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (demo, sources, importing, materializing, curating, upkeep, doctor):
        module.add_parser(commands)
    options = parser.parse_args(argv)
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
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    return status
