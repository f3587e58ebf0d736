"""Argument types of several commands: typed text in, checked values out."""

import argparse
from pathlib import Path

from speakervid5m.release import public_address


def local_path(text: str) -> Path:
    """A local path; refuses a URL, which would otherwise become oddly named folders."""
    if "://" in text and not text.startswith("file://"):
        raise argparse.ArgumentTypeError(
            f"{public_address(text)} is a URL, but this command needs a local folder: "
            "download the release first (from the Hub: hf download --repo-type dataset)"
        )
    return Path(text.removeprefix("file://"))


def shard(text: str) -> tuple[int, int]:
    """Reads `I/N` with 0 <= I < N."""
    index, _, num_shards = text.partition("/")
    if not (index.isdigit() and num_shards.isdigit() and int(index) < int(num_shards)):
        raise argparse.ArgumentTypeError(f"{text!r} is not I/N with 0 <= I < N, such as 0/8")
    return int(index), int(num_shards)


def positive_int(text: str) -> int:
    """Reads a number from 1."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
