"""Arguments of `speakervid5m curate`: text of a command line in, values out."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import get_args

from speakervid5m.processing import Assumptions, CutSettings
from speakervid5m.processing.curation import EngineName

from ..terminal.arguments import shard


def add_engine_arguments(command: argparse.ArgumentParser) -> None:
    """Where and how far stages run."""
    command.add_argument(
        "--engine", choices=get_args(EngineName), default="local",
        help="processes of this machine, a Ray cluster (RAY_ADDRESS, else one is started), or "
        "this process (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--device", default="cpu", help="where models run: cpu, cuda:0 (default: %(default)s)"
    )
    chosen = command.add_mutually_exclusive_group()
    chosen.add_argument("--stages", type=stages, metavar="A..B", help="only from A to B")
    chosen.add_argument("--until", metavar="STAGE", help="stop after this stage")
    command.add_argument("--limit", type=int, metavar="N", help="begin at most N videos")
    command.add_argument(
        "--time-limit",
        type=duration_seconds,
        metavar="SPAN",
        help="begin nothing more after this time: 90m, 2h, 30s",
    )
    share = command.add_mutually_exclusive_group()
    share.add_argument(
        "--shard", type=shard, metavar="I/N", help="run part I of N, write no release"
    )
    share.add_argument(
        "--finish",
        action="store_true",
        help="run no stage, write the release from what is finished",
    )


def add_release_arguments(command: argparse.ArgumentParser) -> None:
    """What the release is written from."""
    command.add_argument(
        "--test-sources",
        type=Path,
        metavar="FILE",
        help="ids of the benchmark's sources, one per line",
    )
    command.add_argument(
        "--long-side", type=int, default=CutSettings().long_side, metavar="PIXELS",
        help="largest width or height of a clip (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--expected-hours", type=float, metavar="HOURS",
        help="final hours of video; sets the number of shards (default: as in the first run)",
    )  # fmt: skip
    group = command.add_argument_group("assumptions", "values that the paper does not publish")
    for field in fields(Assumptions):
        # `cut_range` chooses between two ranges of the official dump only.
        if field.name != "cut_range":
            name = "--" + field.name.replace("_", "-")
            group.add_argument(name, type=type(field.default), default=field.default, metavar="X")


def threshold(text: str) -> tuple[str, float]:
    """`--gate NAME=NUMBER`."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=NUMBER, such as sft_face_sharpness=0.8"
        ) from None


def backend(text: str) -> tuple[str, str]:
    """`--backend STAGE=NAME`."""
    stage, equals, name = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not STAGE=NAME, such as voices=pyannote")
    return stage, name


def stages(text: str) -> tuple[str | None, str | None]:
    """`--stages A..B`, or one stage."""
    first, dots, last = text.partition("..")
    if not dots:
        return text, text
    return first or None, last or None


def duration_seconds(text: str) -> float:
    """`--time-limit 90m`, in seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    number = text[:-1] if text[-1:] in units else text
    try:
        seconds = float(number) * units.get(text[-1:], 1)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a duration such as 30s, 90m or 2h"
        ) from None
    return seconds
