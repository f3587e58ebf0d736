"""The public form of an address: what a message, a log or a page may show of it.

    path, URL or error text --> the same without user, password, query and fragment

Addresses hold secrets in two places: before the host (`user:password@`) and after the path
(`?token=`, a signature). Errors of other libraries quote addresses in full.
"""

import re
from pathlib import Path

_REMOTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_QUOTED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_CHAIN = re.compile(r"::(?![^\[\]]*\])")
_HOST = re.compile(r"[^:@]*(:\d*)?|\[[0-9A-Fa-f:.%]*\](:\d*)?")


def public_address(place: str) -> str:
    """An address without user, password, query and fragment; of a local path, its name.

    Args:
        place: a path, or an address as fsspec takes it, also of several parts (`zip://a::s3://b`).
    """
    return "::".join(_public(part) for part in _CHAIN.split(place))


def safe_root(place: str) -> str:
    """For the person at this machine: a local path in full, an address in its public form."""
    return public_address(place) if "://" in place else place


def public_text(text: str) -> str:
    """The text of another library's error, with every address in its public form."""
    return _QUOTED.sub(lambda match: public_address(match[0]), text)


def _public(part: str) -> str:
    remote = _REMOTE.fullmatch(part)
    if remote is None:
        return Path(part).name or part
    authority, slash, path = re.split(r"[?#]", remote["rest"], maxsplit=1)[0].partition("/")
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host) or (host == authority and ":" in host and "@" in path):
        # What looks like a host may be the beginning of a password that holds a slash.
        return f"{remote['scheme']}://..."
    return f"{remote['scheme']}://{host}{slash}{path}"
