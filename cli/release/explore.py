"""`speakervid5m explore`: a release in; a web page, or the files of a Space, out."""

import contextlib
import ipaddress
import socket
import threading
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speakervid5m.records import installation, typed
from speakervid5m.release import public_address, work_folder

from ..terminal.arguments import ReleaseAddress, flag, folder_path, option
from ..terminal.option_groups import with_option_groups
from ..terminal.result import Result, Section

if TYPE_CHECKING:
    from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox

app = typer.Typer()

_EPILOG = """\
keys: space plays and pauses, left and right go to the previous and next
sample, with shift to the previous and next clip of the conversation,
/ searches, ? lists all keys.

Everyone who can reach the page can see and hear the people in the release.
So it serves only this machine unless --host says otherwise. It answers only
to this machine's own addresses and to the names in --allow-host: under any
other name a foreign page could read it.
"""


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Who can see the page."""

    host: Annotated[str, option("HOST", "address to listen at")] = "127.0.0.1"
    allow_host: Annotated[
        list[str], option("NAME", "a host name that the page answers to; may be repeated")
    ] = field(default_factory=list)
    port: Annotated[int, option("PORT", "0 takes a free port")] = 7860
    no_open: Annotated[bool, flag("--no-open", "do not open a browser")] = False
    no_takedown_check: Annotated[
        bool,
        flag(
            "--no-takedown-check",
            "show a release although its host forbids to check for a takedown",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class Removals:
    """Requests for removal."""

    requests: Annotated[
        Path | None, option("DIR", "their folder", show_default="RELEASE.work/requests")
    ] = None
    no_requests: Annotated[bool, flag("--no-requests", "accept none")] = False
    contact: Annotated[str, option("TEXT", "whom to write to for removal")] = ""


@dataclass(frozen=True, kw_only=True)
class Space:
    """A Space of the Hub instead of a page here."""

    export_space: Annotated[
        Path | None, option("DIR", "write its files into this folder", parser=folder_path)
    ] = None
    package: Annotated[
        str | None,
        option(
            "WHAT",
            "where it installs this package from: a requirement, or a wheel file; optional if "
            "this copy was installed from an index or a Git URL",
        ),
    ] = None


@app.command("explore", epilog=_EPILOG)
@with_option_groups
def run_explore(
    release: ReleaseAddress, serving: Serving, removals: Removals, space: Space
) -> Result:
    """Shows a release as a web page: search, play, see why a clip is in its tier, request removal.

    Media are read by byte ranges, from local and remote releases.
    """
    from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox

    if space.export_space is not None:
        return _export(release, space.export_space, space.package, removals.contact)
    watcher = ReleaseWatcher(release, takedown_check=not serving.no_takedown_check)
    folder = None if removals.no_requests else requests_folder(release, removals.requests)
    _serve(watcher, ReportBox(folder, root=release, contact=removals.contact), serving)
    return Result(sections=[Section(values={"root": watcher.safe_root})])


def _export(release: str, folder: Path, package: str | None, contact: str) -> Result:
    from speakervid5m.cards.explorer import SpaceFacts, export_space

    if package is None:
        package = installation().requirement("explore", "remote")
    if package is None:
        raise ValueError(
            "a Space cannot install this copy of the package, which is from a local folder: "
            "give --package 'speakervid5m[explore,remote] @ git+https://...', or "
            "build a wheel (`python -m build --wheel`) and give --package dist/NAME.whl"
        )
    facts = SpaceFacts(release=release, package=package, contact=contact)
    paths = list(export_space(folder, facts))
    upload = typed(["hf", "upload", "--repo-type", "space", "NAME", str(folder)])
    return Result(
        sections=[Section(values={"files": paths}, lines=map(str, paths))],
        out=folder,
        next=[upload],
    )


def requests_folder(release: str, chosen: Path | None) -> Path:
    """The folder for removal requests: beside the release, never in it."""
    if chosen is not None:
        return chosen
    if "://" not in release:
        return work_folder(Path(release)) / "requests"
    name = public_address(release).rstrip("/").rsplit("/", 1)[-1]
    return Path(f"{name}.work") / "requests"


def _serve(watcher: "ReleaseWatcher", box: "ReportBox", serving: Serving) -> None:
    import uvicorn

    from speakervid5m.cards.explorer import create_app, server_config

    config = server_config(create_app(watcher, box, hosts=tuple(serving.allow_host)))
    with _listening(serving.host, serving.port) as listener:
        url = f"http://{_shown(serving.host)}:{listener.getsockname()[1]}/"
        print(f"{watcher.safe_root}\nis served at {url}; press Ctrl-C to stop")
        if not _is_this_machine(serving.host):
            print("everyone who can reach this address can see and hear the people in it")
        if box.folder is not None:
            print(f"requests for removal: {box.folder}")
        if not serving.no_open:
            threading.Timer(0.5, webbrowser.open, [url]).start()
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise OSError(
            f"cannot listen at {host}, port {port}: {error.strerror}; --port 0 takes a free port"
        ) from error


def _shown(host: str) -> str:
    """The host as written in a URL; wildcard addresses become the loopback address."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"[{own}]" if ":" in own else own


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
