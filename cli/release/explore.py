"""`speakervid5m explore`: a release in; a web page, or the files of a Space, out."""

import argparse
import contextlib
import ipaddress
import socket
import threading
import typing
import webbrowser
from pathlib import Path

from speakervid5m.records import installation
from speakervid5m.release import public_address, work_folder

from ..terminal.exit_codes import DONE

if typing.TYPE_CHECKING:
    from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox


_EPILOG = """\
keys: space plays and pauses, left and right go to the previous and next sample, with shift to the
previous and next clip of the conversation, / searches, ? lists all keys.

Everyone who can reach the page can see and hear the people in the release. So it serves only this
machine unless --host says otherwise. It answers only to this machine's own addresses and to the
names in --allow-host: under any other name a foreign page could read it.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "explore",
        help="browse a release as a web page",
        description="Shows a release as a web page: search, play, see why a clip is in its tier, "
        "request removal. Media are read by byte ranges, from local and remote releases.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", help="a folder or a URL, such as hf://datasets/org/name")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name that the page answers to; may be repeated",
    )
    parser.add_argument(
        "--port", type=int, default=7860, help="0 takes a free port (default: %(default)s)"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--requests",
        type=Path,
        metavar="DIR",
        help="folder for removal requests (default: RELEASE.work/requests)",
    )
    parser.add_argument(
        "--no-takedown-check",
        action="store_true",
        help="show a release although its host forbids to check for a takedown",
    )
    parser.add_argument("--no-requests", action="store_true", help="accept no removal requests")
    parser.add_argument("--contact", default="", help="whom to write to for removal")
    parser.add_argument(
        "--export-space", type=Path, metavar="DIR", help="write the files of a Space instead"
    )
    parser.add_argument(
        "--package",
        default=installation().requirement("explore", "remote"),
        help="where the Space installs this package from: a requirement, or a wheel file; optional "
        "if this copy was installed from an index or a Git URL",
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
    from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, SpaceFacts, export_space

    if options.export_space is not None:
        if options.package is None:
            raise ValueError(
                "a Space cannot install this copy of the package, which is from a local folder: "
                "give --package 'speakervid5m[explore,remote] @ git+https://...', or "
                "build a wheel (`python -m build --wheel`) and give --package dist/NAME.whl"
            )
        facts = SpaceFacts(
            release=options.release, package=options.package, contact=options.contact
        )
        for path in export_space(options.export_space, facts):
            print(path)
        print(f"a Space's files; upload them with `hf upload --repo-type space NAME "
              f"{options.export_space}`")  # fmt: skip
        return DONE
    watcher = ReleaseWatcher(options.release, takedown_check=not options.no_takedown_check)
    folder = None if options.no_requests else requests_folder(options.release, options.requests)
    box = ReportBox(folder, root=options.release, contact=options.contact)
    _serve(watcher, box, options)
    return DONE


def requests_folder(release: str, chosen: Path | None) -> Path:
    """The folder for removal requests: beside the release, never in it."""
    if chosen is not None:
        return chosen
    if "://" not in release:
        return work_folder(Path(release)) / "requests"
    name = public_address(release).rstrip("/").rsplit("/", 1)[-1]
    return Path(f"{name}.work") / "requests"


def _serve(watcher: "ReleaseWatcher", box: "ReportBox", options: argparse.Namespace) -> None:
    import uvicorn

    from speakervid5m.cards.explorer import create_app, server_config

    here = _is_this_machine(options.host)
    config = server_config(create_app(watcher, box, hosts=tuple(options.allow_host)))
    with _listening(options.host, options.port) as listener:
        url = f"http://{_shown(options.host)}:{listener.getsockname()[1]}/"
        print(f"{watcher.safe_root}\nis served at {url}; press Ctrl-C to stop")
        if not here:
            print("everyone who can reach this address can see and hear the people in it")
        if box.folder is not None:
            print(f"requests for removal: {box.folder}")
        if not options.no_open:
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
