"""Kinds of arguments that several commands take."""

import argparse
from pathlib import Path

from speakervid5m.release import public_address


def local_path(text: str) -> Path:
    """A path of this machine: an address would be taken for folders of odd names."""
    if "://" in text and not text.startswith("file://"):
        raise argparse.ArgumentTypeError(
            f"{public_address(text)} is an address, and this command works on a folder of this "
            "machine: copy the release first (for the Hub: hf download --repo-type dataset)"
        )
    return Path(text.removeprefix("file://"))
