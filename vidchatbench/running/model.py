"""What the runner needs of a model, however it is reached.

BenchItem, seed --Model.reply--> Made: a checked reply or the files of one, and its times
"""

from dataclasses import dataclass
from typing import Protocol

from ..pairs.item import BenchItem
from ..submission.layout import Way
from .reply import Reply


@dataclass(frozen=True, slots=True)
class EncodedReply:
    """A reply that the model encoded itself; `verify` checks it."""

    video: bytes
    """An mp4."""
    flac: bytes | None
    """Its audio; None: the mp4's own track."""
    text: str | None
    """The declared words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A reply and what it took."""

    reply: Reply | EncodedReply
    """The reply."""
    seconds_to_first: float
    """From the question to the first part of the reply."""
    seconds: float
    """From the question to its end."""
    peak_bytes: int | None
    """Greatest memory of the model's process so far; None where it is elsewhere."""


class Model(Protocol):
    """Something that answers."""

    way: Way
    """How it is reached."""

    def reply(self, item: BenchItem, seed: int) -> Made:
        """Asks once.

        Raises:
            ReplyError: there is no reply that can be kept; says why.
        """

    def close(self) -> None:
        """Ends what was started."""
