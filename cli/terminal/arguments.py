"""Argument types of several commands: typed text in, checked values out."""

import difflib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from typer.core import TyperCommand

from speakervid5m.records import BRANCHES, TIERS

from .exit_codes import WRONG_USE

Name = TypeVar("Name", bound=str)
_CLIP_MARK = "_full_video_"
"""What the name of every clip has in it."""
_WITH_NAMES = ("--branches", "--tiers")
"""Options that several names follow."""


class WrongUse(typer.TyperException):
    """Options that do not go together."""

    exit_code = WRONG_USE


def argument(metavar: str, help: str, *, names: Collection[str] = (), **settings: Any) -> Any:
    """An argument that its place tells; a shell completes `names`."""
    return typer.Argument(metavar=metavar, help=help, autocompletion=_completion(names), **settings)


def option(
    metavar: str,
    help: str,
    *flags: str,
    parser: Callable[[str], object] | None = None,
    names: Collection[str] = (),
    **settings: Any,
) -> Any:
    """An option with a value; it has the parameter's name if no other is given.

    A shell completes `names`; without a parser, it takes no others.
    """
    parser = parser or (name_in(names) if names else None)
    if parser is not None:
        # typer gives defaults to the parser too; they are values already.
        settings["parser"] = lambda value: parser(value) if isinstance(value, str) else value
    return typer.Option(
        *flags, metavar=metavar, help=help, autocompletion=_completion(names), **settings
    )


def _completion(names: Collection[str]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


def flag(names: str, help: str, **settings: Any) -> Any:
    """An option without a value: `--long`, or `-l --long`."""
    return typer.Option(*names.split(), metavar="", help=help, **settings)


def name_in(names: Collection[str]) -> Callable[[str], str]:
    """Reads a name that is one of `names`."""

    def read(text: str) -> str:
        if text not in names:
            close = difflib.get_close_matches(text, names, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}{hint}")
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


class ManyNames(TyperCommand):
    """Lets several names follow one `--branches` or `--tiers`, by spaces or commas."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Writes the option before each of its names, as typer wants it."""
        written, option = list[str](), ""
        for number, word in enumerate(args):
            if word == "--":
                written += args[number:]
                break
            if word.startswith("-"):
                option, equals, names = word.partition("=")
                if option in _WITH_NAMES and equals:
                    written += [f"{option}={name}" for name in names.split(",")]
                    option = ""
                    continue
                written.append(word)
            elif option in _WITH_NAMES:
                if written[-1] == option:
                    written.pop()
                written += [part for name in word.split(",") for part in (option, name)]
            else:
                written.append(word)
        return super().parse_args(ctx, written)


class ClipNames(TyperCommand):
    """Lets the name of a clip begin with a dash, as ids of YouTube may."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses such a name as the argument that it is."""
        names = {f"\0{word}": word for word in args if word[:1] == "-" and _CLIP_MARK in word}
        rest = super().parse_args(
            ctx, [f"\0{word}" if f"\0{word}" in names else word for word in args]
        )
        for param, value in ctx.params.items():
            if isinstance(value, str) and value in names:
                ctx.params[param] = names[value]
        return rest


def folder_path(text: str) -> Path:
    """A folder to write into; refuses a file of that name before any work."""
    path = local_path(text)
    if path.exists() and not path.is_dir():
        raise typer.BadParameter(f"{text!r} is a file; give the name of a folder")
    return path


def typed_address(address: str) -> str:
    """A release as the user typed it, but a URL without its secrets: for commands to type next."""
    from speakervid5m.release import public_address

    return public_address(address) if "://" in address else address


class Shard(NamedTuple):
    """Part `number` of `num_shards`, counted from 0."""

    number: int
    num_shards: int


def _shard(text: str) -> Shard:
    number, _, num_shards = text.partition("/")
    if not (number.isdigit() and num_shards.isdigit() and int(number) < int(num_shards)):
        raise typer.BadParameter(f"{text!r} is not I/N with 0 <= I < N, such as 0/8")
    return Shard(int(number), int(num_shards))


def chosen_of(names: tuple[Name, ...], typed: Collection[str] | None) -> tuple[Name, ...]:
    """The typed ones of these names, in their order; all if none was typed."""
    return tuple(name for name in names if not typed or name in typed)


Branches = Annotated[
    list[str] | None,
    option("B...", f"only these of {', '.join(BRANCHES)}", names=BRANCHES),
]
Tiers = Annotated[
    list[str] | None,
    option("T...", f"only these of {', '.join(TIERS)}", names=TIERS),
]
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
