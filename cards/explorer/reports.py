"""Requests for removal: a form of the web page in, one line of JSON in a file out.

They name people and hold contact details. So only the file's owner can read it, it lies beside the
release and never in it, and it is never sent anywhere. A request removes nothing: the release's
maintainer reads it, and runs the command that it names.
"""

import json
import os
import re
import secrets
import shlex
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ...records import Clip
from ...release import public_address
from .search.config_index import Record

Kind = Literal["clip", "person", "source"]

REQUESTS = "requests.jsonl"
LONGEST_REASON = 4_000
"""Characters (ours)."""
LONGEST_CONTACT = 300
"""Characters (ours)."""
FULL_BYTES = 50_000_000
"""Of the file, after which nothing is written (ours: a stranger's script must not fill a disk)."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class ReportError(ValueError):
    """A request that cannot be accepted; says what is missing."""


class ReportsClosed(RuntimeError):
    """Requests cannot be stored here; says whom to write to instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One request."""

    number: str
    """Reference for both sides."""
    received: str
    """When, ISO 8601, UTC."""
    kind: Kind
    """What to remove: the clip, the person it shows in this video, or the whole video."""
    id: str
    """Of the clip, person or source."""
    clip_id: str
    """The clip on the page."""
    config: str
    """The config on the page."""
    sample_id: str
    """The sample on the page."""
    reason: str
    """Why, in the visitor's words."""
    contact: str
    """How to reach the visitor; may be empty."""
    command: str
    """The command that carries it out."""


class ReportBox:
    """Stores requests for one release."""

    def __init__(self, folder: Path | None, *, root: str, contact: str = "") -> None:
        self.folder = folder
        self.contact = contact
        self._root = root
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether requests are stored."""
        return self.folder is not None

    def take(self, form: Mapping[str, Any], config: str, record: Record) -> Report:
        """Stores a request.

        Args:
            form: `kind`, `clip_id`, `reason`, `contact`, as the page sends them.
            config: of the sample.
            record: the sample.

        Raises:
            ReportError: something is missing or too long.
            ReportsClosed: no folder is set up, or it is full.
        """
        if self.folder is None:
            raise ReportsClosed(f"requests are not stored here; {self._whom_to_ask()}")
        text = {name: form.get(name, "") for name in ("kind", "clip_id", "reason", "contact")}
        if not all(isinstance(value, str) for value in text.values()):
            raise ReportError("kind, clip_id, reason and contact are strings")
        if any(_SURROGATE.search(value) for value in text.values()):
            raise ReportError("text with half a character (a lone surrogate) is not accepted")
        clip = next(
            (
                clip_of_sample
                for clip_of_sample in record.sample.clips
                if clip_of_sample.clip_id == text["clip_id"]
            ),
            None,
        )
        if clip is None:
            raise ReportError(f"the sample has no clip {text['clip_id'][:100]!r}")
        reason, contact = text["reason"].strip(), text["contact"].strip()
        if not reason:
            raise ReportError("say why: a sentence is enough")
        if len(reason) > LONGEST_REASON or len(contact) > LONGEST_CONTACT:
            raise ReportError(
                f"at most {LONGEST_REASON} characters of reason and {LONGEST_CONTACT} of contact"
            )
        kind, ident = _target(text["kind"], clip)
        report = Report(
            number=secrets.token_hex(4),
            received=datetime.now(tz=UTC).isoformat(timespec="seconds"),
            kind=kind,
            id=ident,
            clip_id=clip.clip_id,
            config=config,
            sample_id=record.sample_id,
            reason=reason,
            contact=contact,
            command=retract_command(self._root, kind, ident),
        )
        self._write(self.folder / REQUESTS, report)
        return report

    def public_command(self, report: Report) -> str:
        """The command of a report, without the path of the release."""
        name = public_address(self._root).rstrip("/").rsplit("/", 1)[-1]
        return retract_command(name, report.kind, report.id)

    def _write(self, path: Path, report: Report) -> None:
        line = (json.dumps(asdict(report), ensure_ascii=False) + "\n").encode()
        with self._lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A single write to a file opened for appending is atomic.
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(handle).st_size
                if size + len(line) > FULL_BYTES:
                    raise ReportsClosed(f"the list of requests is full; {self._whom_to_ask()}")
                if os.write(handle, line) != len(line):
                    os.ftruncate(handle, size)
                    raise ReportsClosed(f"the disk is full; {self._whom_to_ask()}")
                os.fsync(handle)
            finally:
                os.close(handle)

    def _whom_to_ask(self) -> str:
        return f"write to {self.contact}" if self.contact else "write to the operator of this page"


def retract_command(root: str, kind: Kind, ident: str) -> str:
    """The shell command that retracts this."""
    # Ids may begin with a dash, so they follow an equals sign.
    folder = root if "://" not in root else "RELEASE"
    return shlex.join(["speakervid5m", "retract", folder, f"--{kind}={ident}"])


def _target(kind: str, clip: Clip) -> tuple[Kind, str]:
    match kind:
        case "clip":
            return "clip", clip.clip_id
        case "source":
            return "source", clip.source_id
        case "person" if clip.person_id is not None:
            return "person", clip.person_id
        case "person":
            raise ReportError("it is not known whom this clip shows; ask for the clip or the video")
    raise ReportError(f"kind {kind[:40]!r} is none of clip, person, source")
