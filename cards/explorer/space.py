"""The explorer as a Space: URL and package in; app, Dockerfile, requirements and card out."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ...release import public_address, public_text
from ..content.escaping import code

_GIT = re.compile(r"git\+[a-z]+://", re.IGNORECASE)

_APP = '''\
"""The page that `speakervid5m explore` shows, for a Space."""

import os

from speakervid5m.cli import main

# Requests for removal need a disk that outlives this machine: a Space has one at /data if its
# owner adds storage, else the page says whom to write to.
requests = ["--requests", "/data/requests"] if os.access("/data", os.W_OK) else ["--no-requests"]
root = os.environ.get("SPEAKERVID5M_RELEASE", {release!r})
port = os.environ.get("PORT", "7860")
# The names under which the Hub shows this Space; for one of your own add --allow-host NAME.
names = [f"--allow-host={{name}}" for name in os.environ.get("SPACE_HOST", "").split(",") if name]
command = ["explore", root, "--host", "0.0.0.0", "--port", port, "--no-open", *names, *requests]
raise SystemExit(main([*command, {contact!r}]))
'''
_WITH_GIT = "RUN apt-get update && apt-get install -y --no-install-recommends git\n"
_DOCKERFILE = """\
FROM python:3.12-slim
{git}RUN useradd --create-home --uid 1000 user
USER user
ENV PATH=/home/user/.local/bin:$PATH
WORKDIR /home/user/app
COPY --chown=user . .
RUN pip install --no-cache-dir --requirement requirements.txt
EXPOSE 7860
CMD ["python", "app.py"]
"""
_README = """\
---
title: SpeakerVid-5M explorer
sdk: docker
app_port: 7860
pinned: false
---

# Explorer

Search, play and check {release} by range reads; nothing is copied here.

A dataset that is private or gated needs a token that may read it: add it as the secret `HF_TOKEN`.
These are the faces and voices of real people: keep the Space private if the dataset is.
Requests for removal are kept under `/data` where the Space has storage of its own.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpaceFacts:
    """What a Space needs to know."""

    release: str
    """URL of the release, such as `hf://datasets/org/SpeakerVid-5M`."""
    package: str
    """Where the Space gets this package: a requirement as pip reads it, or a wheel's file."""
    contact: str = ""
    """Whom to write to for removal where requests are not kept."""


def export_space(folder: Path, facts: SpaceFacts) -> list[Path]:
    """Writes the files of a Space; upload the folder as one.

    Args:
        folder: new, or with an earlier export.
        facts: release, package, contact.

    Raises:
        ValueError: the release is a local folder, the package is not a single requirement, or the
            wheel is missing; or a password or token would be written into the files.
    """
    if "://" not in facts.release:
        raise ValueError(
            f"a Space cannot see {facts.release!r}: give a URL, as hf://datasets/org/SpeakerVid-5M"
        )
    _check_public(facts.release)
    wheel = Path(facts.package) if facts.package.endswith(".whl") else None
    requirement = _of_wheel(wheel) if wheel else _checked(facts.package)
    folder.mkdir(parents=True, exist_ok=True)
    if wheel:
        shutil.copyfile(wheel, folder / wheel.name)
    texts = {
        "app.py": _APP.format(release=facts.release, contact=f"--contact={facts.contact}"),
        "requirements.txt": f"{requirement}\n",
        "Dockerfile": _DOCKERFILE.format(git=_WITH_GIT if "git+" in requirement else ""),
        "README.md": _README.format(release=code(facts.release)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in sorted(texts)]


def _check_public(address: str) -> None:
    if public_address(address) != address or not address.isprintable():
        raise ValueError(
            f"{public_address(address)!r} was given with a user, a password, a query or "
            "unprintable characters, and everyone who sees the Space could read them: give the "
            "plain address, and pass secrets as secrets of the Space"
        )


def _checked(package: str) -> str:
    """The line of a requirements file: one requirement, and no option of pip's."""
    try:
        address = package if _GIT.match(package) else Requirement(package).url or ""
        is_one = package.isprintable() and " " not in address
    except InvalidRequirement:
        address, is_one = "", False
    if not is_one:
        raise ValueError(
            f"--package {public_text(package)!r} is not a requirement: give one, such as "
            "'speakervid5m[explore,remote] @ git+https://...', or the file of a wheel"
        )
    # `git` is the public user of Git over SSH; after # come a package's folder and name.
    _check_public(address.replace("://git@", "://", 1).partition("#")[0])
    return package


def _of_wheel(wheel: Path) -> str:
    """The same for a wheel in the folder of the Space."""
    if not wheel.is_file():
        raise ValueError(f"no wheel {str(wheel)!r}; `python -m build --wheel` makes one")
    try:
        parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise ValueError(f"{wheel.name!r} is not a wheel's name: {error}") from error
    return f"./{wheel.name}[explore,remote]"
