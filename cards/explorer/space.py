"""The explorer as a Space: a folder with an app, what it needs, and the card that starts it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

_APP = '''\
"""The page that `speakervid5m explore` shows, for a Space."""

import os

from speakervid5m.cli import main

# Requests for removal need a disk that outlives this machine: a Space has one at /data if its
# owner adds storage, else the page says whom to write to.
requests = ["--requests", "/data/requests"] if os.access("/data", os.W_OK) else ["--no-requests"]
root = os.environ.get("SPEAKERVID5M_RELEASE", {release!r})
port = os.environ.get("PORT", "7860")
command = ["explore", root, "--host", "0.0.0.0", "--port", port, "--no-open", *requests]
raise SystemExit(main([*command, {contact!r}]))
'''
_GIT = "RUN apt-get update && apt-get install -y --no-install-recommends git\n"
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
    """What a Space is told."""

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
        ValueError: the release is a folder of this machine, or the wheel is not there.
    """
    if "://" not in facts.release:
        raise ValueError(
            f"a Space cannot see {facts.release!r}: give a URL, as hf://datasets/org/SpeakerVid-5M"
        )
    folder.mkdir(parents=True, exist_ok=True)
    requirement = facts.package
    if requirement.endswith(".whl"):
        wheel = Path(requirement)
        if not wheel.is_file():
            raise ValueError(f"no wheel {requirement!r}; `python -m build --wheel` makes one")
        shutil.copyfile(wheel, folder / wheel.name)
        requirement = f"./{wheel.name}[explore,remote]"
    texts = {
        "app.py": _APP.format(release=facts.release, contact=f"--contact={facts.contact}"),
        "requirements.txt": f"{requirement}\n",
        "Dockerfile": _DOCKERFILE.format(git=_GIT if "git+" in requirement else ""),
        "README.md": _README.format(release=f"`{facts.release}`"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in sorted(texts)]
