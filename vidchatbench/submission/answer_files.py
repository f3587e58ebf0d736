"""The truth's media as footage, from bytes of the release.

Answer --> FileFootage, in a folder that is removed afterwards
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..footage import FileFootage
from ..pairs.answers import Answer
from ..pairs.bench import Bench


@contextmanager
def footage_of(work: Path, video: bytes, flac: bytes) -> Iterator[FileFootage]:
    """An mp4 and a FLAC as footage, for as long as the block lasts."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix=".clip.") as name:
        folder = Path(name)
        (folder / "clip.mp4").write_bytes(video)
        (folder / "clip.flac").write_bytes(flac)
        yield FileFootage(folder / "clip.mp4", folder / "clip.flac")


@contextmanager
def answer_footage(bench: Bench, answer: Answer) -> Iterator[FileFootage]:
    """The truth of a pair, for as long as the block lasts."""
    with footage_of(bench.work, answer.video, answer.flac) as footage:
        yield footage
