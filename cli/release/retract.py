"""`speakervid5m retract`: what a source, a person or a clip left is taken back, everywhere here.

release -> work folder -> tombstones, which later imports honour
"""

import argparse
import datetime
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from speakervid5m.processing import check_destination, delete_retracted, destination
from speakervid5m.processing.encoding import delete_retracted_values
from speakervid5m.release import open_release, work_folder
from speakervid5m.release.takedown import Request, find_traces, has_newer_tombstones, retract

from ..terminal.arguments import local_path
from .card import card_documents

DONE, FAILED = 0, 1
_JOURNAL = "retracting.json"

_EPILOG = """\
ids: those of the columns source_id, person_id and clip_id. Ids may begin with a dash: write
--source=-abc123. FILE holds one id a line; lines that begin with # followed by a space are
comments. Without ids, what a newer takedown/ names is removed: one that was copied in from another
copy of the release.

A person is told from others within one video only, so --person takes the clips of that video
whose person is unknown as well. Copies on a Hub or with others are not reached: publish again,
then remove the old bytes there, as the command says at its end.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "retract",
        help="take sources, people or clips back",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("--source", action="append", default=[], metavar="ID")
    parser.add_argument("--person", action="append", default=[], metavar="ID")
    parser.add_argument("--clip", action="append", default=[], metavar="KEY")
    parser.add_argument("--list", type=Path, metavar="FILE", help="ids of any kind, one a line")
    parser.add_argument("--date", type=datetime.date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--dry-run", action="store_true", help="say what would go")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    root: Path = options.release
    listed = read_list(options.list) if options.list else Request()
    if not options.dry_run:
        complete(root)
    request = Request(
        sources=listed.sources | frozenset(options.source),
        people=listed.people | frozenset(options.person),
        clips=listed.clips | frozenset(options.clip),
    )
    release = open_release(str(root))
    if not request and not has_newer_tombstones(release):
        raise ValueError("nothing to take back: give --source, --person, --clip or --list")
    found = find_traces(release, request)
    if found.unknown:
        raise ValueError(
            f"{str(root)!r} knows nothing of {', '.join(found.unknown[:5])}; nothing was changed"
        )
    for name, rows in found.removed.items():
        print(f"  {name:<20} {len(rows)} samples")
    if options.dry_run:
        print(f"dry run: {found.num_removed} samples would go, nothing was changed")
        return DONE
    date = (options.date or datetime.datetime.now(tz=datetime.UTC).date()).isoformat()
    named = {source for _, _, source in request.ids()}
    named |= {one.clips[0].source_id for gone in found.removed.values() for one in gone.values()}
    check_destination(root)
    _write_journal(root, request, date, sorted(named))
    complete(root)
    print(f"taken back: {found.num_removed} samples; see {root / 'TAKEDOWN.md'}")
    print(_HUB)
    return DONE


_HUB = """\
If it was published: `speakervid5m publish RELEASE ORG/NAME --erase-old` sends what has changed,
and then removes the old bytes there for good (permanently_delete_lfs_files, super_squash_history).
Your source videos and the downloaded annotations are yours to delete. Copies that others have
made cannot be reached from here."""


def complete(root: Path) -> None:
    """Ends a retraction that was interrupted; does nothing otherwise.

    The journal stands in the work folder until release and work folder are both done.
    """
    path = work_folder(root) / _JOURNAL
    if not path.exists():
        return
    values = json.loads(path.read_text())
    request = Request(**{name: frozenset(values[name]) for name in ("sources", "people", "clips")})
    with destination(root):
        retract(root, request, date=values["date"], documents=card_documents())
        sources = values["purge"]
        for what in [*delete_retracted(root, sources), *delete_retracted_values(root, sources)]:
            print(f"  work folder: {what}")
        path.unlink()


def _write_journal(root: Path, request: Request, date: str, purged: Sequence[str]) -> None:
    path = work_folder(root) / _JOURNAL
    path.parent.mkdir(parents=True, exist_ok=True)
    values: dict[str, object] = {
        name: sorted(getattr(request, name)) for name in ("sources", "people", "clips")
    }
    draft = path.with_suffix(".tmp")
    with draft.open("w") as file:
        json.dump(values | {"date": date, "purge": purged}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_list(path: Path) -> Request:
    """Ids of any kind, told apart by their form."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    ids = [line for line in lines if line and line != "#" and not line.startswith("# ")]
    if not ids:
        raise ValueError(f"{str(path)!r} names nothing; one id a line is read")
    return Request(
        clips=_those(ids, lambda one: "_full_video_" in one),
        people=_those(ids, lambda one: "_full_video_" not in one and "#" in one),
        sources=_those(ids, lambda one: "_full_video_" not in one and "#" not in one),
    )


def _those(ids: Sequence[str], chosen: Callable[[str], bool]) -> frozenset[str]:
    return frozenset(id_ for id_ in ids if chosen(id_))
