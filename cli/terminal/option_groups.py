"""Options that commands share: the fields of a dataclass in, options of a command out."""

import copy
import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Iterator
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.models import OptionInfo

Answer = TypeVar("Answer")


def with_option_groups(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Makes an option of every field of a command's dataclass parameters.

    The command gets each dataclass back, filled from the command line. A field says in its type
    what its option is; without that, its name and type say it. On the help page the options stand
    together, under the first line of the dataclass' docstring.

        @dataclass(frozen=True, kw_only=True)
        class Cutting:
            "How clips are cut."

            jobs: Annotated[int, typer.Option(metavar="N", help="processes")] = 1

        @app.command()
        @with_option_groups
        def materialize(release: ReleaseFolder, cutting: Cutting) -> Result: ...

    `Annotated[Cutting, ["jobs"]]` leaves the field `jobs` out; it keeps its default.
    """
    groups: dict[str, tuple[type, list[inspect.Parameter]]] = {}
    signature: list[inspect.Parameter] = []
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, *left_out = get_args(hints[name]) or (hints[name],)
        if not dataclasses.is_dataclass(kind):
            signature.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        assert isinstance(kind, type), "hints are types"
        groups[name] = kind, [*_options_of(kind, *left_out)]
        signature += groups[name][1]

    @functools.wraps(command)
    def run(**typed: Any) -> Answer:
        for name, (kind, options) in groups.items():
            typed[name] = kind(**{option.name: typed.pop(option.name) for option in options})
        return command(**typed)

    run.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    return run


def _options_of(kind: type, left_out: Collection[str] = ()) -> Iterator[inspect.Parameter]:
    title = inspect.cleandoc(kind.__doc__ or "").partition("\n")[0].rstrip(".")
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        if field.name in left_out:
            continue
        hint = hints[field.name]
        if get_origin(hint) is not Annotated:
            hint = Annotated[hint, typer.Option()]
        value_type, option = get_args(hint)
        if isinstance(option, OptionInfo):
            option = copy.copy(option)
            option.rich_help_panel = title
        factory = field.default_factory
        default = field.default if factory is dataclasses.MISSING else factory()
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if default is dataclasses.MISSING else default,
            annotation=Annotated[value_type, option],
        )
