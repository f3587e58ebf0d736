"""`speakervid5m rejects`: a release or its work folder in; what was left out, and why, out."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import annotations_of, cut_rejects
from speakervid5m.records import Reject, lacking, own_command, printable, typed_path
from speakervid5m.release import nearest, work_folder

from ..terminal.arguments import argument, local_path, option
from ..terminal.formatting import table
from ..terminal.result import Result, Section

app = typer.Typer()
_SHOWN = 20
"""Rejects that are printed if none are chosen."""
_WORK = ".work"


@app.command("rejects")
def run_rejects(
    release: Annotated[
        Path,
        argument("WORK_OR_RELEASE", "a release here, or its work folder", parser=local_path),
    ],
    reason: Annotated[str | None, option("NAME", "only what was left out for this reason")] = None,
    source: Annotated[str | None, option("ID", "only of this source")] = None,
) -> Result:
    """Lists what was left out, at which stage, and why.

    A clip that several gates drop has a row for each of them.
    """
    work = _work_folder(release)
    rejects = list(_rejects_of(work))
    _check_name("reason", reason, {reject.reason for reject in rejects})
    _check_name("source", source, {reject.source_id for reject in rejects})
    chosen = [
        reject
        for reject in rejects
        if reason in (None, reject.reason) and source in (None, reject.source_id)
    ]
    counts = Counter((reject.stage, reject.reason) for reject in chosen)
    shown = chosen if reason or source else chosen[:_SHOWN]
    lines = [table(("stage", "reason", "number"), [(*key, n) for key, n in counts.items()]), ""]
    lines += [_line(reject) for reject in shown]
    following = []
    if len(shown) < len(chosen):
        lines.append(f"and {len(chosen) - len(shown)} more")
        words = ("rejects", typed_path(release))
        following = [
            own_command(*words, "--reason", counts.most_common(1)[0][0][1]),
            own_command(*words, "--json"),
        ]
    return Result(
        sections=[
            Section(
                values={
                    "counts": [
                        {"stage": stage, "reason": why, "number": number}
                        for (stage, why), number in counts.items()
                    ],
                    "list": chosen,
                },
                lines=lines if chosen else ["nothing was left out"],
            )
        ],
        rejects=Counter(reject.reason for reject in chosen),
        next=following,
    )


def _work_folder(path: Path) -> Path:
    """The work folder of a release; itself, if it is one.

    Raises:
        FileNotFoundError: there is none, or nothing was ever left out there.
    """
    work = path if path.name.endswith(_WORK) and path.is_dir() else work_folder(path)
    if not any((work / name).is_dir() for name in ("annotations", "stages", "cuts")):
        raise FileNotFoundError(
            f"no annotations, stages or cuts in {str(work)!r}. What was left out is kept in the "
            "work folder of a release, beside it on the machine that made it: give either of the "
            "two, such as speakervid5m or speakervid5m.work"
        )
    return work


def _rejects_of(work: Path) -> Iterator[Reject]:
    out = work.with_name(work.name.removesuffix(_WORK))
    parts = list[Iterator[Reject]]()
    if annotations := annotations_of(out):
        parts.append(annotations.rejects())
    if (work / "stages").is_dir():
        try:
            from speakervid5m.processing.curation import curation_rejects
        except ModuleNotFoundError as error:
            raise lacking("what a curation left out needs more", error, "curate") from error
        parts.append(curation_rejects(out))
    return chain(*parts, cut_rejects(work / "cuts"))


def _check_name(kind: str, name: str | None, names: set[str]) -> None:
    """Raises ValueError for a name that no reject has."""
    if name is not None and name not in names:
        known = nearest(name, sorted(names - {""}))
        raise ValueError(
            f"nothing of {kind} {name!r} was left out"
            + (f"; the nearest are {', '.join(known)}" if known else "")
        )


def _line(reject: Reject) -> str:
    place = " ".join(filter(None, (reject.source_id, reject.name)))
    words = ": ".join(filter(None, (f"{reject.stage} {reject.reason}", place, reject.detail)))
    return printable(words)
