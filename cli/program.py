"""The program `speakervid5m`: a command line in; the command that it names, run.

Each command is a typed function that returns a `Result`, or an exit status of
`terminal.exit_codes` if it ends without one; its module has an `app` that knows it. Only the module
of the typed command is imported, so a command needs only the packages that it uses itself, and help
needs none of them.
"""

import contextlib
import importlib
import logging
import sys
from typing import Annotated, Any, Literal

import typer
from typer.completion import completion_init, install_callback, show_callback  # type: ignore[attr-defined]
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_group

from speakervid5m import records

from .terminal import streams
from .terminal.arguments import WrongUse, flag, option
from .terminal.exit_codes import DONE, FAILED, PIPE_CLOSED, WRONG_USE
from .terminal.result import Result, present

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "render videos, import and load them", "demo"),
    "sources": ("official.sources", "list the needed videos, and download them", "processing"),
    "import": ("official.import_release", "annotations + videos -> release", "processing"),
    "materialize": (
        "official.materialize",
        "release without media + videos -> release",
        "processing",
    ),
    "curate": ("curate.command", "your own videos -> release", "curate"),
    "verify": ("release.verify", "check a release for damage", "processing"),
    "reindex": ("release.verify", "rebuild a release's index", "processing"),
    "encode": ("release.encode", "compute a release's latents, tokens or hidden states", "encode"),
    "info": ("release.show", "print what a release holds", "processing"),
    "show": ("release.show", "print, play or extract one sample", "processing"),
    "rejects": ("release.rejects", "list what was left out, and why", "processing"),
    "card": ("release.card", "rewrite a release's cards and figures", "cards"),
    "figures": ("release.card", "draw a release's figures into a folder", "cards"),
    "explore": ("release.explore", "browse a release as a web page", "explore"),
    "publish": ("release.publish", "upload a release to a Hub, private and gated", "cards"),
    "retract": ("release.retract", "remove sources, people or clips for good", "processing"),
    "weights": ("weights", "list, fetch and check files of weights", "curate"),
    "bench": ("bench.command", "VidChatBench: ask a model, check its replies", "bench"),
    "doctor": ("doctor", "check the installation", ""),
}
"""Command to its module, its help, and the extra that it may need."""


class _Commands(TyperGroup):
    """Every command by its name and help; its module is imported once it is typed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {
            name: TyperCommand(name, help=text) for name, (_, text, _) in _COMMANDS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The typed command, which takes the options of all commands too, and what follows it."""
        name, _, rest = super().resolve_command(ctx, args)
        command = _imported(str(name))
        for each in (command, *getattr(command, "commands", {}).values()):
            is_group = each is command and hasattr(command, "commands")
            shared = _SHARED if is_group or _has_result(each) else _SHARED[:2]
            each.params += [option for option in self.params if option.name in shared]
            _without_type(each.get_help_option(ctx))
        is_asked = ctx.meta.keys() & {"json", "strict"}
        if is_asked and not hasattr(command, "commands") and not _has_result(command):
            raise WrongUse(f"`{name}` ends without a result: leave out --json and --strict")
        return name, command, rest

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """`--help`, as the other options without a value look."""
        return _without_type(super().get_help_option(ctx))

    def invoke(self, ctx: Any) -> int:
        """Runs the typed command and prints its result; an error becomes a message and a status."""
        try:
            result: Result | int = super().invoke(ctx)
        except KeyboardInterrupt:
            _print_error("\ninterrupted; run the same command again to continue")
            return FAILED
        except (ValueError, OSError, ImportError) as error:
            if ctx.meta.get("verbose") or (
                isinstance(error, BrokenPipeError) and streams.without_reader()
            ):
                raise
            if isinstance(error, ModuleNotFoundError):
                error = _lacking(ctx.invoked_subcommand, error)
            _print_error(f"error: {error}")
            return FAILED
        if isinstance(result, int):
            return result
        as_json, is_strict = "json" in ctx.meta, "strict" in ctx.meta
        # With --json all other text goes to standard error.
        with contextlib.redirect_stdout(ctx.meta.get("json", sys.stdout)):
            return present(result, as_json=as_json, is_strict=is_strict)


_SHARED = ("quiet", "verbose", "json", "strict")
"""Options of the program that may also follow the command; the last two only if it has a result."""


def _has_result(command: Any) -> bool:
    """Whether a command returns a `Result`."""
    return command.callback.__annotations__.get("return") is Result


def _without_type(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.metavar = ""
    return option


def _imported(name: str) -> Any:
    try:
        app = importlib.import_module(f".{_COMMANDS[name][0]}", __package__).app
    except ModuleNotFoundError as error:
        raise _lacking(name, error) from error
    group = get_group(app)
    return group.commands.get(name, group)


def _lacking(command: str, error: ModuleNotFoundError) -> ImportError:
    """An error that names the extra to install; our own errors already say what to do."""
    need = f"`speakervid5m {command}` needs more than is installed"
    return records.lacking(need, error, _COMMANDS[command][2])


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(records.VERSION)
        raise typer.Exit


def _be_verbose(context: typer.Context, is_asked: bool) -> None:
    if is_asked:
        context.meta["verbose"] = True
        logging.getLogger().setLevel(logging.INFO)


def _be_quiet(is_asked: bool) -> None:
    if is_asked:
        logging.getLogger().setLevel(logging.ERROR)


def _be_json(context: typer.Context, is_asked: bool) -> None:
    if is_asked and "json" not in context.meta:
        context.meta["json"] = sys.stdout
        context.find_root().with_resource(contextlib.redirect_stdout(sys.stderr))


def _be_strict(context: typer.Context, is_asked: bool) -> None:
    if is_asked:
        context.meta["strict"] = True


_app = typer.Typer(cls=_Commands)
_Shell = Literal["bash", "zsh", "fish", "powershell"]


@_app.callback()
def _speakervid5m(
    version: Annotated[
        bool, flag("--version", "print the version", callback=_print_version, is_eager=True)
    ] = False,
    quiet: Annotated[
        bool,
        flag(
            "-q --quiet", "show no progress and no warnings", callback=_be_quiet, expose_value=False
        ),
    ] = False,
    verbose: Annotated[
        bool,
        flag("-v --verbose", "print the log as well", callback=_be_verbose, expose_value=False),
    ] = False,
    json: Annotated[
        bool,
        flag(
            "--json",
            "print the result as one JSON object, and all else on standard error",
            callback=_be_json,
            expose_value=False,
        ),
    ] = False,
    strict: Annotated[
        bool,
        flag(
            "--strict",
            "exit status 3 if anything was left out",
            callback=_be_strict,
            expose_value=False,
        ),
    ] = False,
    install_completion: Annotated[
        _Shell | None,
        option("SHELL", "install completion", callback=install_callback, expose_value=False),
    ] = None,
    show_completion: Annotated[
        _Shell | None,
        option("SHELL", "print its script", callback=show_callback, expose_value=False),
    ] = None,
) -> None:
    """SpeakerVid-5M: from annotations and videos to training batches."""


def run(typed: list[str]) -> int:
    """Runs what was typed; returns its exit status.

    Raises:
        SystemExit: the command line is wrong.
        BrokenPipeError: nobody reads the output any more.
    """
    program = get_group(_app)
    completion_init()
    # A shell asks by a variable what may follow; what is not installed completes nothing.
    with contextlib.suppress(ImportError):
        program._main_shell_completion({}, "speakervid5m")
    try:
        with program.make_context("speakervid5m", typed) as context:
            status: int = program.invoke(context)
            return status
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as wrong:
        where = getattr(wrong, "ctx", None)
        usage = f"{where.get_usage()}\n" if where else ""
        # The prefix is pydantic's, which checks values for typer.
        message = wrong.format_message().replace(": Value error, ", ": ")
        _print_error(f"{usage}error: {message}")
        raise SystemExit(WRONG_USE) from None
    except SystemExit as end:
        # So rich ends a help page that nobody reads any more, and typer `--show-completion`.
        return PIPE_CLOSED if end.code else DONE


def _print_error(text: str) -> None:
    print("\n".join(map(records.printable, text.split("\n"))), file=sys.stderr)
