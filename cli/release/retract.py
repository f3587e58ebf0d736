"""`speakervid5m retract`: removes sources, people or clips from a release and its work folder.

ids -> release without them + tombstones, which later imports respect -> cleaned work folder
"""

import argparse
import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from speakervid5m.processing import check_destination, delete_retracted, destination
from speakervid5m.processing.encoding import delete_retracted_values
from speakervid5m.records import atomic_file
from speakervid5m.release import open_release, work_folder
from speakervid5m.release.takedown import Request, has_newer_tombstones, plan_retraction, retract

from ..terminal.arguments import local_path
from ..terminal.exit_codes import DONE
from .card import card_documents

_JOURNAL = "retracting.json"

_EPILOG = """\
ids: values of the columns source_id, person_id and clip_id. Ids may begin with a dash: write
--source=-abc123. FILE holds one id per line; lines that begin with # and a space are comments.
Without ids the command removes what a newer takedown/ names, that is, one copied in from another
copy of the release.

People are only told apart within one video, so --person also removes clips of that video with an
unknown person. Copies on a Hub or elsewhere are not reached: publish again, then delete the old
bytes there, as the command says at its end.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "retract",
        help="remove sources, people or clips for good",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("--source", action="append", default=[], metavar="ID")
    parser.add_argument("--person", action="append", default=[], metavar="ID")
    parser.add_argument("--clip", action="append", default=[], metavar="KEY")
    parser.add_argument("--list", type=Path, metavar="FILE", help="ids of any kind, one per line")
    parser.add_argument("--date", type=datetime.date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--dry-run", action="store_true", help="print what would be removed")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    root: Path = options.release
    listed = read_list(options.list) if options.list else Request()
    if not options.dry_run:
        finish_retraction(root)
    request = Request(
        sources=listed.sources | frozenset(options.source),
        people=listed.people | frozenset(options.person),
        clips=listed.clips | frozenset(options.clip),
    )
    release = open_release(str(root))
    if not request and not has_newer_tombstones(release):
        raise ValueError("nothing to retract: give --source, --person, --clip or --list")
    plan = plan_retraction(release, request)
    if plan.unknown:
        raise ValueError(
            f"not in {str(root)!r}: {', '.join(plan.unknown[:5])}; nothing was changed"
        )
    for name, rows in plan.removed.items():
        print(f"  {name:<20} {len(rows)} samples")
    if options.dry_run:
        print(f"dry run: {plan.num_removed} samples would be removed, nothing was changed")
        return DONE
    date = (options.date or datetime.datetime.now(tz=datetime.UTC).date()).isoformat()
    source_ids = {source for _, _, source in request.ids()}
    source_ids |= {
        sample.clips[0].source_id
        for samples in plan.removed.values()
        for sample in samples.values()
    }
    check_destination(root)
    _write_journal(root, request, date, sorted(source_ids))
    finish_retraction(root)
    print(f"retracted: {plan.num_removed} samples; see {root / 'TAKEDOWN.md'}")
    print(_HUB)
    return DONE


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
