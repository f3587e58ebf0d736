"""Names and records of a folder of replies.

Submission(folder) --> Metadata, the files of a reply, what was declared, what failed
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from ...records import atomic_file
from ...release import plain, record
from ..errors import SubmissionError
from ..pairs.item import Protocol

Timeline = Literal["reply", "conversation"]
"""Second 0 of a reply: that of the answer's clip, or that of the question's."""
TIMELINES: tuple[Timeline, ...] = get_args(Timeline)
Way = Literal["callable", "command", "http", "files"]
"""How replies were made. A callable runs in our process and could read the release."""

METADATA = "metadata.json"
MAX_JSON_BYTES = 1 << 20
"""Most bytes of one JSON file of a submission (ours: a reply's words take a kilobyte)."""
_SAMPLE_ID = re.compile(r"[0-9a-f]{24}")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What a submission says of itself."""

    name: str
    """Of the model."""
    bench_digest: str
    """`Bench.digest` of the pairs that were asked."""
    protocol: Protocol
    """What the model was given."""
    revision: str = ""
    """Of the model."""
    seeds: tuple[int, ...] = (0,)
    """Each has a folder of replies."""
    timeline: Timeline = "reply"
    """What second 0 of a reply is."""
    way: Way = "files"
    """How replies were made."""
    licence: str = ""
    """Of the model's weights."""
    training_digests: tuple[str, ...] = ()
    """Config digests of what the model was trained on."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Sample id to source id, so that a takedown finds the replies to people of a source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What is known of a reply besides its media."""

    text: str | None = None
    """The words that the model says it speaks."""
    seconds_to_first: float | None = None
    """From the question's end of transfer to the first output, by the runner's clock."""
    seconds: float | None = None
    """To the end of the reply."""
    output_seconds: float | None = None
    """Length of the reply."""
    peak_bytes: int | None = None
    """Greatest memory of the model's process so far; None where it is elsewhere."""
    digest: str | None = None
    """sha256 of mp4 and FLAC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there is no reply."""

    reason: str
    """One of `REPLY_REASONS`."""
    detail: str
    """In words."""


@dataclass(frozen=True, slots=True)
class ReplyFiles:
    """The paths of one reply."""

    folder: Path
    """Of its seed."""
    sample_id: str
    """Of its pair."""

    @property
    def video(self) -> Path:
        """The mp4."""
        return self.folder / f"{self.sample_id}.mp4"

    @property
    def flac(self) -> Path:
        """The audio, which may be missing."""
        return self.folder / f"{self.sample_id}.flac"

    @property
    def declared(self) -> Path:
        """What is known besides, which may be missing."""
        return self.folder / f"{self.sample_id}.json"

    @property
    def failed(self) -> Path:
        """There while there is no reply."""
        return self.folder / f"{self.sample_id}.failed.json"

    def digest(self) -> str:
        """sha256 of mp4 and FLAC."""
        digest = hashlib.sha256()
        for path in (self.video, self.flac):
            content = path.read_bytes() if path.exists() else b""
            digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Submission:
    """A folder of replies."""

    folder: Path
    """Where it lies."""

    def metadata(self) -> Metadata:
        """What it says of itself.

        Raises:
            SubmissionError: it says nothing, or not in the right form.
        """
        metadata = read_json(self.folder / METADATA, Metadata)
        if not metadata.seeds or len(set(metadata.seeds)) < len(metadata.seeds):
            raise SubmissionError(f"{self.folder}: seeds {metadata.seeds}; one or more, each once")
        return metadata

    def write_metadata(self, metadata: Metadata) -> None:
        """Says it."""
        write_json(self.folder / METADATA, asdict(metadata))

    def files(self, seed: int, sample_id: str) -> ReplyFiles:
        """The paths of a reply."""
        assert _SAMPLE_ID.fullmatch(sample_id), "an id of ours"
        return ReplyFiles(self.folder / "replies" / str(seed), sample_id)

    def present(self, seed: int) -> Iterator[Path]:
        """Everything that lies in the folder of a seed, by name."""
        folder = self.folder / "replies" / str(seed)
        yield from sorted(folder.iterdir()) if folder.is_dir() else ()

    def declared(self, seed: int, sample_id: str) -> Declared:
        """What is known of a reply besides its media; nothing without a file.

        Raises:
            SubmissionError: the file is not in the right form.
        """
        path = self.files(seed, sample_id).declared
        return read_json(path, Declared) if path.exists() else Declared()

    def failure(self, seed: int, sample_id: str) -> Failure | None:
        """Why there is no reply; None if nothing is said.

        Raises:
            SubmissionError: the file is not in the right form.
        """
        path = self.files(seed, sample_id).failed
        return read_json(path, Failure) if path.exists() else None


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """A line of JSON for each row."""
    with atomic_file(path) as draft:
        draft.write_text("".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows), "utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """A JSON object, whole or not at all."""
    with atomic_file(path) as draft:
        draft.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", "utf-8")


def read_json(path: Path, kind: type[R]) -> R:
    """A record from a stranger's file.

    Raises:
        SubmissionError: no such file, too large, no JSON, or a field of another type; says which.
    """
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError(f"it has {path.stat().st_size} bytes; {MAX_JSON_BYTES} are allowed")
        return record(kind, plain(path.read_text("utf-8")), path.name)
    except (OSError, ValueError) as error:
        raise SubmissionError(f"{path}: {error}") from error
