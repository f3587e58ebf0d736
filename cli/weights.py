"""`speakervid5m weights`: names of profiles, encoders or files in; files of weights out.

list   every file: size, licence, terms, what it was trained on, source, whether it is there
get    fetches files, verifies them, and puts them into the folder of weights
check  compares every file that is there with its digest
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import (
    WEIGHTS,
    WEIGHTS_VARIABLE,
    Weights,
    check_weights,
    fetch_weights,
    weights_folder,
)
from speakervid5m.processing.curation import weights_of_profiles
from speakervid5m.processing.encoding import ENCODERS
from speakervid5m.records import own_command, readable_size

from .terminal.arguments import WrongUse, argument, option
from .terminal.exit_codes import DONE, FAILED
from .terminal.formatting import table
from .terminal.progress_display import ProgressDisplay
from .terminal.result import Result, Section

app = typer.Typer(no_args_is_help=True, help="Lists, fetches and checks files of weights.")

_WORD = {True: "yes", False: "no", None: "not stated"}
Folder = Annotated[
    Path | None,
    option("DIR", f"folder of weights; else {WEIGHTS_VARIABLE}, else the user's cache"),
]
Names = Annotated[list[str], argument("NAME...", "a profile, an encoder, or a file of the list")]


@app.command("list")
def list_weights(
    names: Annotated[
        list[str] | None, argument("[NAME]...", "only of these profiles, encoders or files")
    ] = None,
    folder: Folder = None,
) -> Result:
    """Lists files of weights, and whether they are there."""
    place, users = weights_folder(folder), _users()
    rows = [
        {
            "file": weights.file,
            "for": users[weights.file],
            "num_bytes": weights.num_bytes,
            "download_bytes": weights.download_bytes,
            "licence": weights.licence,
            "commercial": weights.commercial,
            "trained_on": weights.trained_on or None,
            "terms": weights.terms,
            "source": str(weights.source),
            "sha256": weights.sha256,
            "is_there": _is_there(weights, place),
        }
        for weights in _named(names or list(WEIGHTS))
    ]
    head = (
        "file", "for", "size", "licence", "commercial", "trained on", "digest", "there", "from"
    )  # fmt: skip
    cells = [
        (
            weights.file, ", ".join(users[weights.file]) or "-", readable_size(weights.num_bytes),
            weights.licence, _WORD[weights.commercial], weights.trained_on or "not stated",
            "known" if weights.sha256 else "unknown", _WORD[_is_there(weights, place)],
            str(weights.source),
        )
        for weights in _named(names or list(WEIGHTS))
    ]  # fmt: skip
    return Result(
        sections=[
            Section(
                values={"folder": place, "weights": rows},
                lines=[table(head, cells), "", f"folder of weights: {place}"],
            )
        ],
        next=[own_command("weights", "get", "NAME")],
    )


@app.command("get")
def get_weights(
    names: Names,
    accept: Annotated[
        list[str] | None, option("FILE", "accept the terms of this file; may be repeated")
    ] = None,
    folder: Folder = None,
) -> Result:
    """Fetches files of weights, verifies them, and puts them into the folder of weights."""
    place, wanted = weights_folder(folder), _named(names)
    accepted = [weights.file for weights in _named(accept or [])]
    lacking = [weights for weights in wanted if not _is_there(weights, place)]
    download = sum(weights.download_bytes for weights in lacking)
    kept = sum(weights.num_bytes for weights in lacking)
    print(
        f"weights: {len(wanted)} files, {len(lacking)} to fetch"
        + f" ({readable_size(download)} of downloads, {readable_size(kept)} kept)" * bool(lacking)
        + f" into {place}",
        file=sys.stderr,
        flush=True,
    )
    with ProgressDisplay() as display:
        fetched = fetch_weights(wanted, place, accepted=accepted, progress=display)
    lines = [f"{len(wanted)} files are there, {len(fetched)} of them new"]
    for file, entry in fetched.items():
        lines.append(f"  {file}: {readable_size(WEIGHTS[file].size(place))} from {entry.source}")
        if WEIGHTS[file].sha256 is None:
            lines.append(
                f"    unproven: no digest is known; noted sha256 {entry.sha256} of {entry.revision}"
            )
    return Result(
        sections=[
            Section(
                values={"files": [file.file for file in wanted], "fetched": fetched}, lines=lines
            )
        ],
        out=place,
        next=[own_command("curate", "plan", "VIDEOS")] if "compact" in names else [],
    )


@app.command("check")
def check(
    names: Annotated[
        list[str] | None, argument("[NAME]...", "only of these profiles, encoders or files")
    ] = None,
    folder: Folder = None,
) -> Result:
    """Compares every file that is there with its digest; names what is damaged."""
    place = weights_folder(folder)
    checked = list(check_weights(_named(names or list(WEIGHTS)), place))
    counts = Counter(state for _, state in checked)
    damaged = [weights.file for weights, state in checked if state == "damaged"]
    lacking = bool(names) and counts["missing"] > 0
    total = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return Result(
        sections=[
            Section(
                values={"folder": place, "files": {file.file: state for file, state in checked}},
                lines=[
                    *(
                        f"{state:<10}  {file.file}"
                        for file, state in checked
                        if state != "missing" or names
                    ),
                    f"{place}: {total}",
                ],
            )
        ],
        next=[own_command("weights", "get", *damaged)] if damaged else [],
        status=FAILED if damaged or lacking else DONE,
    )


def weights_line() -> str:
    """How many of the files of each profile are there, for `doctor`."""
    place = weights_folder()
    parts = []
    for name, (needed, _) in weights_of_profiles().items():
        there = sum(weights.is_there(place) for weights in needed)
        damaged = sum(weights.is_damaged(place) for weights in needed)
        parts.append(f"{name} {there} of {len(needed)}" + f" ({damaged} damaged)" * bool(damaged))
    return f"weights in {place}: {', '.join(parts)} ({own_command('weights', 'list')})"


def _is_there(weights: Weights, folder: Path) -> bool:
    """Whether it is there and whole, or a dependency brings it."""
    return weights.is_bundled or weights.is_whole(folder)


def _sets() -> dict[str, Sequence[Weights]]:
    """Files by the name of a profile, an encoder or their own."""
    files: dict[str, Sequence[Weights]] = {file: (weights,) for file, weights in WEIGHTS.items()}
    profiles: dict[str, Sequence[Weights]] = {
        name: needed for name, (needed, _) in weights_of_profiles().items()
    }
    encoders: dict[str, Sequence[Weights]] = {
        name: (encoder.weights,) for name, encoder in ENCODERS.items()
    }
    return files | encoders | profiles


def _named(names: Iterable[str]) -> list[Weights]:
    """The files of these names, each once.

    Raises:
        WrongUse: no such name; says which there are.
    """
    sets = _sets()
    wanted: dict[str, Weights] = {}
    for name in names:
        if (key := name.rstrip("/")) not in sets:
            known = [*weights_of_profiles(), *ENCODERS]
            raise WrongUse(
                f"no weights {name!r}; there are {', '.join(known)}, and the files of "
                f"`{own_command('weights', 'list')}`"
            )
        wanted |= {weights.file: weights for weights in sets[key]}
    return list(wanted.values())


def _users() -> dict[str, list[str]]:
    """File to the profiles and encoders that use it."""
    users: dict[str, list[str]] = {file: [] for file in WEIGHTS}
    for name, (needed, optional) in weights_of_profiles().items():
        for weights in needed:
            users[weights.file].append(name)
        for weights in optional:
            users[weights.file].append(f"{name} (optional)")
    for name, encoder in ENCODERS.items():
        users[encoder.weights.file].append(f"encode {name}")
    return users
