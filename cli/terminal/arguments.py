"""Argument types of several commands: typed text in, checked values out."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from .exit_codes import WRONG_USE


class WrongUse(typer.TyperException):
    """Options that do not go together."""

    exit_code = WRONG_USE


def argument(metavar: str, help: str, **settings: Any) -> Any:
    """An argument that its place tells."""
    return typer.Argument(metavar=metavar, help=help, **settings)


def option(
    metavar: str,
    help: str,
    *names: str,
    parser: Callable[[str], object] | None = None,
    **settings: Any,
) -> Any:
    """An option with a value; it has the parameter's name if no other is given."""
    if parser is not None:
        # typer gives defaults to the parser too; they are values already.
        settings["parser"] = lambda value: parser(value) if isinstance(value, str) else value
    return typer.Option(*names, metavar=metavar, help=help, **settings)


def flag(names: str, help: str, **settings: Any) -> Any:
    """An option without a value: `--long`, or `-l --long`."""
    return typer.Option(*names.split(), metavar="", help=help, **settings)


def name_in(names: Iterable[str]) -> Callable[[str], str]:
    """Reads a name that is one of `names`."""

    def read(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}")
        return text

    return read


def positive_int(text: str) -> int:
    """Reads a number from 1."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is not a number from 1")
    return int(text)


def local_path(text: str) -> Path:
    """A local path; refuses a URL, which would otherwise become oddly named folders."""
    if "://" in text and not text.startswith("file://"):
        from speakervid5m.release import public_address

        raise typer.BadParameter(
            f"{public_address(text)} is a URL, but this command needs a local folder: "
            "download the release first (from the Hub: hf download --repo-type dataset)"
        )
    return Path(text.removeprefix("file://"))


class Shard(NamedTuple):
    """Part `number` of `num_shards`, counted from 0."""

    number: int
    num_shards: int


def _shard(text: str) -> Shard:
    number, _, num_shards = text.partition("/")
    if not (number.isdigit() and num_shards.isdigit() and int(number) < int(num_shards)):
        raise typer.BadParameter(f"{text!r} is not I/N with 0 <= I < N, such as 0/8")
    return Shard(int(number), int(num_shards))


ReleaseFolder = Annotated[
    Path, argument("RELEASE", "the release, a local folder", parser=local_path)
]
ReleaseAddress = Annotated[
    str, argument("RELEASE", "a folder, or a URL such as hf://datasets/org/name")
]
ShardOption = Annotated[
    Shard | None,
    option("I/N", "only part I of N: fill the work folder, write no release", parser=_shard),
]
