"""Who may ask: this server's own page, under this server's own names.

A page elsewhere can let a visitor's browser send requests here, and can give a name of its own this
server's address (DNS rebinding). Browsers say in `Host` under which name they ask, and in `Origin`
whose page asks; neither can be set by a page.
"""

import ipaddress
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{1,5})?", re.IGNORECASE)
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")


class Visitors:
    """Refuses requests under other names, and changes that another page asks for."""

    def __init__(self, app: Any, hosts: tuple[str, ...] = ()) -> None:
        """Wraps an application.

        Args:
            app: what answers.
            hosts: names that it answers to, besides those of this machine for itself and the
                address that the connection came to.

        Raises:
            ValueError: no name of a host.
        """
        self._app, self._hosts = app, {_checked(name) for name in hosts}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Asks on, or answers why not."""
        status, why = self._refusal(scope)
        if status:
            await JSONResponse({"error": why}, status)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Any) -> tuple[int, str]:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = _name_of(host)
        if name is None:
            return 400, f"a request names its host; {host[:80]!r} is no name"
        if not self._answers_to(name, scope.get("server")):
            return 400, (
                f"this page does not answer to the name {name!r}: whoever runs it allows that by "
                f"--allow-host {name}"
            )
        if scope["method"] in _CHANGES_NOTHING:
            return 0, ""
        origin = headers.getlist("origin")
        if [one.partition("://")[2].lower() for one in origin] != [host.lower()]:
            return 403, "only this page sends requests: `Origin` must name the host that is asked"
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "only this page sends requests"
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return 415, f"requests are application/json, not {kind[:80]!r}"
        return 0, ""

    def _answers_to(self, name: str, server: tuple[str, int | None] | None) -> bool:
        if name in self._hosts or name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # Nobody can give an address to another name's page, and these are of this machine.
        here = address.is_loopback or address.is_unspecified
        return here or (server is not None and name == _plain(server[0]))


def _checked(name: str) -> str:
    found = _name_of(name)
    if found is None or found != _plain(name):
        raise ValueError(
            f"{name!r} is no name of a host; give it without scheme and port, as in "
            "--allow-host explorer.example.org"
        )
    return found


def _name_of(host: str) -> str | None:
    """The name in a `Host` header, without the port."""
    found = _HOST.fullmatch(host)
    return _plain(found[1]) if found else None


def _plain(name: str) -> str:
    """A name or an address in its one form."""
    bare = name.removeprefix("[").removesuffix("]").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return bare
    return str(getattr(address, "ipv4_mapped", None) or address)
