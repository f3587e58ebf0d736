"""Checks `Host` and `Origin` of every request: only this server's own page may send requests.

A foreign page can make a visitor's browser send requests here, and can point a name of its own at
this server's address (DNS rebinding). Browsers send the name they used in `Host` and the
requesting page in `Origin`; a page can set neither.
"""

import ipaddress
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{1,5})?", re.IGNORECASE)
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")


class AllowedHosts:
    """Refuses requests under other host names, and changes requested by another page."""

    def __init__(self, app: Any, hosts: tuple[str, ...] = ()) -> None:
        """Wraps an application.

        Args:
            app: the application.
            hosts: names to answer to, besides this machine's own names and the address of the
                connection.

        Raises:
            ValueError: not a host name.
        """
        self._app, self._hosts = app, {_checked(name) for name in hosts}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes the request on, or answers why not."""
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
            return 400, f"a request names its host; {host[:80]!r} is not a host name"
        if not self._answers_to(name, scope.get("server")):
            return 400, (
                f"this page does not answer to the name {name!r}; its operator can allow it with "
                f"--allow-host {name}"
            )
        if scope["method"] in _CHANGES_NOTHING:
            return 0, ""
        origin = headers.getlist("origin")
        if [value.partition("://")[2].lower() for value in origin] != [host.lower()]:
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
        # DNS rebinding needs a name; an address of this machine is safe.
        here = address.is_loopback or address.is_unspecified
        return here or (server is not None and name == _plain(server[0]))


def _checked(name: str) -> str:
    known = _name_of(name)
    if known is None or known != _plain(name):
        raise ValueError(
            f"{name!r} is not a host name; give it without scheme and port, as in "
            "--allow-host explorer.example.org"
        )
    return known


def _name_of(host: str) -> str | None:
    """The name in a `Host` header, without the port."""
    match = _HOST.fullmatch(host)
    return _plain(match[1]) if match else None


def _plain(name: str) -> str:
    """A name or an address in its canonical form."""
    bare = name.removeprefix("[").removesuffix("]").lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return bare
    return str(getattr(address, "ipv4_mapped", None) or address)
