"""Can a folder of replies be judged: every reason why not, by name, before any number.

Bench, Submission --> metadata --> names of files --> media of each reply --> leaks --> VerifyReport
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import soundfile

from ...media import MediaError
from ...processing.models import FPS
from ...records import Listener, Progress, silent
from ..errors import RetractedError, SubmissionError
from ..footage import FileFootage
from ..pairs.answers import Answer, answers
from ..pairs.bench import Bench
from .answer_files import answer_footage
from .layout import ReplyFiles, Submission, read_json, write_json
from .leaks import LEAK_CORRELATION, LEAK_PSNR, find_leak

Problem = Literal[
    "other_pairs",
    "other_protocol",
    "trained_on_test",
    "missing",
    "extra",
    "strange_name",
    "not_a_file",
    "too_large",
    "bad_declaration",
    "unreadable",
    "no_video",
    "too_small",
    "too_long",
    "bad_audio",
    "audio_longer",
    "is_the_truth",
]
"""Why a submission, or a reply of it, cannot be judged."""
PROBLEMS: tuple[Problem, ...] = get_args(Problem)
Note = Literal["failed", "no_audio", "doubled"]
"""What is counted and no reason to refuse."""

MAX_REPLY_BYTES = 1 << 28
"""Most bytes of a reply's mp4 or FLAC (ours: 40 seconds at 50 Mbit/s)."""
MIN_SIDE = 32
"""Pixels of the shorter side of a reply (paper: none; ours: SSIM needs 11, a face 24)."""
_CHECK_VERSION = 1
"""Of the checks of one reply; a stored verdict of another version is made again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something about a submission, or one reply."""

    kind: str
    """One of `PROBLEMS`, or a note."""
    detail: str
    """In words."""
    sample_id: str = ""
    """Of which reply; empty for the whole."""
    seed: int | None = None
    """Of which seed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """What was found."""

    num_expected: int
    """Replies: pairs times seeds."""
    num_usable: int
    """Replies that can be judged."""
    problems: tuple[Finding, ...]
    """Why it cannot be judged; empty if it can."""
    notes: tuple[Finding, ...]
    """Failures of the model, silent replies, equal files: counted, and no reason to refuse."""

    @property
    def ok(self) -> bool:
        """Whether it can be judged."""
        return not self.problems

    def counts(self) -> dict[str, int]:
        """Problems and notes by their kind."""
        return dict(sorted(Counter(found.kind for found in self.problems + self.notes).items()))

    def require_ok(self, folder: Path) -> None:
        """Refuses what cannot be judged.

        Raises:
            SubmissionError: names the kinds and the first of them.
        """
        if self.ok:
            return
        kinds = Counter(problem.kind for problem in self.problems)
        named = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        first = self.problems[0]
        raise SubmissionError(
            f"{folder} cannot be judged: {named}. First: {first.kind} {first.sample_id} "
            f"{first.detail}. `speakervid5m bench verify` lists all; run the model again"
        )


def verify(
    bench: Bench, folder: Path, *, check_leaks: bool = True, progress: Listener = silent
) -> VerifyReport:
    """Checks a submission against the pairs that it answers.

    Args:
        bench: the pairs.
        folder: of the submission.
        check_leaks: whether replies are compared with the truth.
        progress: receives progress events.

    Raises:
        SubmissionError: the folder says nothing of itself, or not in the right form.
        RetractedError: it holds replies to people who were taken down.
    """
    submission = Submission(folder)
    metadata = submission.metadata()
    refuse_retracted(bench, submission)
    problems, notes, usable = [*_of_metadata(bench, submission)], list[Finding](), 0
    truth = answers(bench)
    total = len(truth) * len(metadata.seeds)
    digests: dict[str, str] = {}
    for seed in metadata.seeds:
        problems += _of_names(submission, seed, set(truth))
        for number, (sample_id, answer) in enumerate(truth.items()):
            files = submission.files(seed, sample_id)
            for finding in _of_reply(bench, files, answer, check_leaks):
                placed = Finding(**{**asdict(finding), "sample_id": sample_id, "seed": seed})
                (problems if finding.kind in PROBLEMS else notes).append(placed)
                usable -= finding.kind in (*PROBLEMS, "failed")
            usable += 1
            if files.video.is_file() and not files.video.is_symlink():
                twin = digests.setdefault(files.digest(), sample_id)
                if twin != sample_id:
                    notes.append(
                        Finding(kind="doubled", detail=f"as {twin}", sample_id=sample_id, seed=seed)
                    )
            progress(Progress("verify", number + 1, total, "replies", sample_id))
    return VerifyReport(
        num_expected=total, num_usable=usable, problems=tuple(problems), notes=tuple(notes)
    )


def refuse_retracted(bench: Bench, submission: Submission) -> None:
    """Refuses replies to people who were taken down since.

    Raises:
        RetractedError: names how many, and what to do.
    """
    metadata = submission.metadata()
    retracted = bench.retracted_among(metadata.sources)
    held = [
        path.name
        for seed in metadata.seeds
        for path in submission.present(seed)
        if path.name.partition(".")[0] in retracted
    ]
    if held:
        raise RetractedError(
            f"{submission.folder} holds {len(held)} files of samples that were retracted (first: "
            f"{held[0]}): delete them; they are under a tombstone of the release"
        )


def _of_metadata(bench: Bench, submission: Submission) -> Iterator[Finding]:
    metadata = submission.metadata()
    if metadata.protocol != bench.protocol:
        yield Finding(
            kind="other_protocol",
            detail=f"{metadata.protocol}; these pairs are opened as {bench.protocol}",
        )
    elif metadata.bench_digest != bench.digest:
        yield Finding(
            kind="other_pairs",
            detail=f"digest {metadata.bench_digest[:12]!r}; of these pairs it is "
            f"{bench.digest[:12]}: another release, or other pairs of it",
        )
    if bench.release_digest in metadata.training_digests:
        yield Finding(kind="trained_on_test", detail="the test pairs are among its training data")


def _of_names(submission: Submission, seed: int, expected: set[str]) -> Iterator[Finding]:
    for path in submission.present(seed):
        name, _, rest = path.name.partition(".")
        if path.is_symlink() or not path.is_file():
            yield Finding(kind="not_a_file", detail=repr(path.name[:80]), seed=seed)
        elif name not in expected:
            kind = "extra" if rest in ("mp4", "flac", "json", "failed.json") else "strange_name"
            yield Finding(kind=kind, detail=repr(path.name[:80]), seed=seed)
        elif rest not in ("mp4", "flac", "json", "failed.json"):
            yield Finding(kind="strange_name", detail=repr(path.name[:80]), seed=seed)


def _of_reply(
    bench: Bench, files: ReplyFiles, answer: Answer, check_leaks: bool
) -> Iterator[Finding]:
    """What is wrong with one reply; a link or folder was named before."""
    if any(path.is_symlink() for path in (files.video, files.flac, files.declared)):
        return
    if not os.path.lexists(files.video):
        yield _without_video(files)
        return
    for path in (files.video, files.flac):
        if path.exists() and path.stat().st_size > MAX_REPLY_BYTES:
            yield Finding(kind="too_large", detail=f"{path.name}: {path.stat().st_size} bytes")
            return
    try:
        Submission(files.folder.parent.parent).declared(int(files.folder.name), files.sample_id)
    except SubmissionError as error:
        yield Finding(kind="bad_declaration", detail=str(error))
    yield from _verdict(bench, files, answer, check_leaks)


def _without_video(files: ReplyFiles) -> Finding:
    try:
        failure = Submission(files.folder.parent.parent).failure(
            int(files.folder.name), files.sample_id
        )
    except SubmissionError as error:
        return Finding(kind="bad_declaration", detail=str(error))
    if failure is not None:
        return Finding(kind="failed", detail=f"{failure.reason}: {failure.detail}"[:300])
    return Finding(kind="missing", detail=f"no {files.video.name}")


def _verdict(
    bench: Bench, files: ReplyFiles, answer: Answer, check_leaks: bool
) -> Iterator[Finding]:
    """What is wrong with the media of a reply; a verdict about these bytes is kept."""
    said = json.dumps([_CHECK_VERSION, check_leaks, LEAK_PSNR, LEAK_CORRELATION])
    path = bench.work / "verdicts" / f"{files.sample_id}-{files.digest()}.json"
    if path.exists():
        stored = read_json(path, _Verdict)
        if stored.said == said:
            yield from stored.findings
            return
    findings = tuple(_of_media(bench, files, answer, check_leaks))
    write_json(path, asdict(_Verdict(said=said, findings=findings)))
    yield from findings


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """About the bytes of one reply."""

    said: str
    findings: tuple[Finding, ...]


def _of_media(
    bench: Bench, files: ReplyFiles, answer: Answer, check_leaks: bool
) -> Iterator[Finding]:
    footage = FileFootage(files.video, files.flac if files.flac.exists() else None)
    try:
        info = footage.info
        if min(info.width, info.height) < MIN_SIDE:
            yield Finding(
                kind="too_small",
                detail=f"{info.width}x{info.height} pixels; {MIN_SIDE}x{MIN_SIDE} are the least",
            )
            return
        num_frames = sum(1 for _ in footage.planes())
    except MediaError as error:
        kind = {"no_video": "no_video", "too_large": "too_long"}.get(error.reason, "unreadable")
        yield Finding(kind=kind, detail=str(error)[:300])
        return
    if not num_frames:
        yield Finding(kind="no_video", detail="not one frame")
        return
    try:
        samples = footage.samples
    except (MediaError, soundfile.LibsndfileError) as error:
        yield Finding(kind="bad_audio", detail=str(error)[:300])
        return
    if not len(samples):
        yield Finding(kind="no_audio", detail="neither a FLAC nor a track in the mp4")
    longer = len(samples) / 16_000 - num_frames / FPS
    # An AAC track is as long as its last block; a FLAC is exact.
    if longer > (1.0 if files.flac.exists() else 2.0) / FPS + 1e-3:
        yield Finding(
            kind="audio_longer",
            detail=f"by {longer:.2f} s than its {num_frames} frames; one frame is allowed",
        )
    if check_leaks:
        with answer_footage(bench, answer) as truth:
            if leak := find_leak(footage, truth):
                yield Finding(kind="is_the_truth", detail=leak)
