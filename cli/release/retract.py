"""`speakervid5m retract`: removes sources, people or clips from a release and its work folder.

ids -> release without them + tombstones, which later imports respect -> cleaned work folder
"""

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import check_destination, delete_retracted, destination
from speakervid5m.processing.encoding import delete_retracted_values
from speakervid5m.records import atomic_file, own_command, typed_path
from speakervid5m.release import open_release, work_folder
from speakervid5m.release.takedown import Request, has_newer_tombstones, plan_retraction, retract

from ..terminal.arguments import ReleaseFolder, flag, option
from ..terminal.result import Result, Section
from .card import card_documents

_JOURNAL = "retracting.json"

app = typer.Typer()
_EPILOG = """\
ids: values of the columns source_id, person_id and clip_id. Ids may begin
with a dash: write --source=-abc123. FILE holds one id per line; lines that
begin with # and a space are comments. Without ids the command removes what
a newer takedown/ names, that is, one copied in from another copy of the
release.

People are only told apart within one video, so --person also removes clips
of that video with an unknown person. Copies on a Hub or elsewhere are not
reached: publish again, then delete the old bytes there, as the command says
at its end.
"""


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-25") from None


@app.command("retract", epilog=_EPILOG)
def run_retract(
    release: ReleaseFolder,
    source: Annotated[list[str] | None, option("ID", "may be repeated")] = None,
    person: Annotated[list[str] | None, option("ID", "may be repeated")] = None,
    clip: Annotated[list[str] | None, option("KEY", "may be repeated")] = None,
    listed: Annotated[
        Path | None, option("FILE", "ids of any kind, one per line", "--list")
    ] = None,
    date: Annotated[
        datetime.date | None,
        option("YYYY-MM-DD", "of the takedown", parser=_date, show_default="today"),
    ] = None,
    dry_run: Annotated[bool, flag("--dry-run", "print what would be removed")] = False,
) -> Result:
    """Removes sources, people or clips from a release and its work folder, for good.

    Later imports leave them out too.
    """
    of_list = read_list(listed) if listed else Request()
    if not dry_run:
        finish_retraction(release)
    request = Request(
        sources=of_list.sources | frozenset(source or ()),
        people=of_list.people | frozenset(person or ()),
        clips=of_list.clips | frozenset(clip or ()),
    )
    opened = open_release(str(release))
    if not request and not has_newer_tombstones(opened):
        raise ValueError("nothing to retract: give --source, --person, --clip or --list")
    plan = plan_retraction(opened, request)
    if plan.unknown:
        raise ValueError(
            f"not in {str(release)!r}: {', '.join(plan.unknown[:5])}; nothing was changed"
        )
    removed = {name: len(rows) for name, rows in plan.removed.items()}
    section = Section(
        values={"removed": removed},
        lines=[f"  {name:<20} {number} samples" for name, number in removed.items()],
    )
    if dry_run:
        line = f"dry run: {plan.num_removed} samples would be removed, nothing was changed"
        return Result(sections=[section, Section(lines=[line])])
    day = (date or datetime.datetime.now(tz=datetime.UTC).date()).isoformat()
    source_ids = {source for _, _, source in request.ids()}
    source_ids |= {
        sample.clips[0].source_id
        for samples in plan.removed.values()
        for sample in samples.values()
    }
    check_destination(release)
    _write_journal(release, request, day, sorted(source_ids))
    finish_retraction(release)
    line = f"retracted: {plan.num_removed} samples; see {release / 'TAKEDOWN.md'}"
    return Result(
        sections=[section, Section(lines=[line, _HUB])],
        out=release,
        next=[own_command("verify", typed_path(release))],
    )


_HUB = """\
If it was published: `speakervid5m publish RELEASE ORG/NAME --erase-old` uploads what has changed,
and then deletes the old bytes there for good (permanently_delete_lfs_files, super_squash_history).
Delete your source videos and the downloaded annotations yourself. Copies that others have made
cannot be reached from here."""


def finish_retraction(root: Path) -> None:
    """Finishes an interrupted retraction; does nothing otherwise.

    The journal stays in the work folder until release and work folder are both done.
    """
    path = work_folder(root) / _JOURNAL
    if not path.exists():
        return
    values = json.loads(path.read_text())
    request = Request(**{name: frozenset(values[name]) for name in ("sources", "people", "clips")})
    with destination(root):
        retract(root, request, date=values["date"], documents=card_documents())
        sources = values["purge"]
        for removed in [*delete_retracted(root, sources), *delete_retracted_values(root, sources)]:
            print(f"  work folder: {removed}")
        path.unlink()


def _write_journal(root: Path, request: Request, date: str, source_ids: Sequence[str]) -> None:
    path = work_folder(root) / _JOURNAL
    values: dict[str, object] = {
        name: sorted(getattr(request, name)) for name in ("sources", "people", "clips")
    }
    with atomic_file(path) as draft:
        draft.write_text(json.dumps(values | {"date": date, "purge": source_ids}))


def read_list(path: Path) -> Request:
    """Reads a file of ids; their form says which are sources, people or clips."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    ids = [line for line in lines if line and line != "#" and not line.startswith("# ")]
    if not ids:
        raise ValueError(f"{str(path)!r} holds no ids; write one id per line")
    return Request(
        clips=_ids_where(ids, lambda id_: "_full_video_" in id_),
        people=_ids_where(ids, lambda id_: "_full_video_" not in id_ and "#" in id_),
        sources=_ids_where(ids, lambda id_: "_full_video_" not in id_ and "#" not in id_),
    )


def _ids_where(ids: Sequence[str], condition: Callable[[str], bool]) -> frozenset[str]:
    return frozenset(id_ for id_ in ids if condition(id_))
