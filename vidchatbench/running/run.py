"""Asks a model every question, for every seed, and keeps what it says.

Bench, model --> pairs without a reply --> replies and failures --> timings.jsonl, failures.jsonl

It can be killed anywhere and run again: a reply is there whole or not at all. A failure is final,
unless `retry_failed`.
"""

import os
import platform
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...records import Listener, Progress, file_lock, silent
from ..errors import ReplyError, SubmissionError
from ..pairs.bench import Bench
from ..pairs.item import BenchItem
from ..submission.layout import (
    METADATA,
    Declared,
    Metadata,
    Submission,
    Timeline,
    write_lines,
)
from .callable_model import CallableModel, Function, load_function
from .http_model import HttpModel
from .keeping import is_kept, keep_bytes, keep_failure, keep_reply
from .model import EncodedReply, Made, Model
from .worker import WorkerModel

TIMEOUT_SECONDS = 600.0
"""Of one reply (ours: a diffusion model of today needs minutes for fourteen seconds)."""
NUM_WARM_UPS = 3
"""Untimed replies before the first (ours: kernels are compiled and caches filled by then)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """What a run did."""

    num_replies: int
    """Replies that are there, also from earlier runs."""
    num_new: int
    """Replies of this run."""
    failures: tuple[tuple[int, str, str], ...]
    """Seed, sample id and reason of every reply that there is not."""


def run(
    bench: Bench,
    model: str | Function | None = None,
    *,
    out: str | Path,
    command: Sequence[str] | None = None,
    url: str | None = None,
    allowed_host: str | None = None,
    name: str | None = None,
    revision: str = "",
    licence: str = "",
    training_digests: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    timeline: Timeline = "reply",
    timeout_seconds: float = TIMEOUT_SECONDS,
    num_warm_ups: int = NUM_WARM_UPS,
    paced: bool = False,
    retry_failed: bool = False,
    progress: Listener = silent,
) -> RunReport:
    """Asks a model every question; see the module.

    Args:
        bench: the questions.
        model: `MODULE:FUNCTION`, or a function `reply(item, seed)`.
        out: the submission's folder.
        command: of a worker of JSON lines, instead of `model`.
        url: of a server, instead of `model`.
        allowed_host: a host beside this machine that may be asked.
        name: of the model; that of the folder by default.
        revision: of the model.
        licence: of its weights.
        training_digests: config digests of what it was trained on.
        seeds: each question is asked once for each.
        timeline: what second 0 of a reply is.
        timeout_seconds: of one reply.
        num_warm_ups: replies before the first that are neither timed nor kept.
        paced: whether `BenchItem.chunks` come in real time.
        retry_failed: whether failures are asked again.
        progress: receives progress events.

    Raises:
        ValueError: none or several of `model`, `command` and `url`; no such function.
        SubmissionError: the folder holds replies to other pairs, or another process writes it.
    """
    folder = Path(out)
    if sum(way is not None for way in (model, command, url)) != 1:
        raise ValueError("give one of a function, a command or a URL")
    if paced and (command or url):
        raise ValueError("--pace feeds a function in this process; a worker reads whole files")
    if command is not None:
        asked: Model = WorkerModel(command, timeout_seconds)
    elif url is not None:
        asked = HttpModel(url, timeout_seconds, allowed_host)
    elif isinstance(model, str):
        asked = CallableModel(load_function(model), timeout_seconds)
    else:
        assert model is not None
        asked = CallableModel(model, timeout_seconds)
    metadata = Metadata(
        name=name or folder.resolve().name,
        revision=revision,
        bench_digest=bench.digest,
        protocol=bench.protocol,
        seeds=tuple(seeds),
        timeline=timeline,
        way=asked.way,
        licence=licence,
        training_digests=tuple(training_digests),
        sources={name: sample.conversation_id for name, sample in bench.pairs.items()},
    )
    with closing(asked), file_lock(folder.with_name(f".{folder.name}.lock")) as other:
        if other is not None:
            raise SubmissionError(f"{folder} is written by {other} now; wait for it")
        submission = _begun(folder, metadata)
        return _Run(bench, submission, asked, paced, progress).all(num_warm_ups, retry_failed)


def _begun(folder: Path, metadata: Metadata) -> Submission:
    """The submission, which says whose it is; more seeds and another way may be added."""
    submission = Submission(folder)
    if (folder / METADATA).exists():
        before = submission.metadata()
        for field in ("bench_digest", "protocol", "timeline", "name", "revision"):
            if getattr(before, field) != getattr(metadata, field):
                raise SubmissionError(
                    f"{folder} holds replies of another run: its {field} is "
                    f"{getattr(before, field)!r}, now {getattr(metadata, field)!r}; give another "
                    "folder"
                )
        metadata = replace(metadata, seeds=tuple(sorted({*before.seeds, *metadata.seeds})))
    submission.write_metadata(metadata)
    return submission


@dataclass(frozen=True, slots=True)
class _Run:
    bench: Bench
    submission: Submission
    model: Model
    paced: bool
    progress: Listener

    def all(self, num_warm_ups: int, retry_failed: bool) -> RunReport:
        """Asks what is pending."""
        seeds = self.submission.metadata().seeds
        everything = [(seed, name) for seed in seeds for name in self.bench.pairs]
        pending = [place for place in everything if self._is_pending(*place, retry_failed)]
        for seed, name in pending[:num_warm_ups]:
            try:
                self._ask(self.bench.item(name), seed)
            except ReplyError:
                break  # The same will be said, and kept, below.
        before = len(everything) - len(pending)
        num_failed = 0
        for number, (seed, name) in enumerate(pending):
            num_failed += not self._keep(seed, name)
            done = before + number + 1
            self.progress(
                Progress("run", done, len(everything), "replies", name, before, num_failed)
            )
        return self._report(len(pending) - num_failed)

    def _is_pending(self, seed: int, name: str, retry_failed: bool) -> bool:
        files = self.submission.files(seed, name)
        if files.failed.exists() and not is_kept(files):
            return retry_failed
        return not is_kept(files)

    def _ask(self, item: BenchItem, seed: int) -> Made:
        return self.model.reply(replace(item, paced=self.paced), seed)

    def _keep(self, seed: int, name: str) -> bool:
        files = self.submission.files(seed, name)
        try:
            made = self._ask(self.bench.item(name), seed)
        except ReplyError as error:
            keep_failure(files, error)
            return False
        declared = Declared(
            text=made.reply.text,
            seconds_to_first=made.seconds_to_first,
            seconds=made.seconds,
            peak_bytes=made.peak_bytes,
        )
        if isinstance(made.reply, EncodedReply):
            keep_bytes(files, made.reply.video, made.reply.flac, declared)
        else:
            length = len(made.reply.frames) / made.reply.fps
            keep_reply(files, made.reply, replace(declared, output_seconds=length))
        return True

    def _report(self, num_new: int) -> RunReport:
        """Writes the tables, and counts."""
        timings, failures = list[dict[str, Any]](), list[dict[str, Any]]()
        for seed in self.submission.metadata().seeds:
            for name in self.bench.pairs:
                place = {"seed": seed, "sample_id": name}
                if failure := self.submission.failure(seed, name):
                    failures.append(place | asdict(failure))
                elif (declared := self.submission.declared(seed, name)).digest:
                    timings.append(place | asdict(declared) | _host())
        write_lines(self.submission.folder / "timings.jsonl", timings)
        write_lines(self.submission.folder / "failures.jsonl", failures)
        return RunReport(
            num_replies=len(timings),
            num_new=num_new,
            failures=tuple((row["seed"], row["sample_id"], row["reason"]) for row in failures),
        )


def _host() -> dict[str, object]:
    return {"clock": "the call", "machine": platform.machine(), "num_cores": os.cpu_count()}
