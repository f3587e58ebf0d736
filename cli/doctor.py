"""`speakervid5m doctor`: what is installed, what is missing or does not work, and what to type."""

import argparse
import importlib
import importlib.metadata
import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.requirements import Requirement

from speakervid5m import __version__
from speakervid5m.records import (
    extras,
    first_line,
    install_command,
    own_command,
    requirements,
    trouble_of,
)
from speakervid5m.release import ReleaseError, open_release

from .terminal.screen import size, table

DONE, FAILED = 0, 1
_MOST_CHARACTERS = 60
"""Of a trouble in the table; it stands in full below."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser("doctor", help="what is missing?", description=__doc__)
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Runs the command; returns 1 where the base does not work."""
    print(f"speakervid5m {__version__}, Python {platform.python_version()}, {platform.machine()}")
    rows, broken = [], False
    missing, troubles = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
    modules = _modules()
    for requirement, extra in _needed():
        version, trouble, is_there = _look(requirement, modules)
        rows.append((requirement.name, version, extra or "base", trouble[:_MOST_CHARACTERS]))
        if trouble:
            broken |= not extra
            (troubles if is_there else missing).add((requirement.name, extra, trouble))
    print(table(("package", "version", "needed by", "trouble"), rows))
    for package, _extra, trouble in sorted(troubles):
        print(f"\n{package}: {trouble}")
    if missing:
        wanted = sorted({extra for _, extra, _ in missing} - {""})
        print(f"\nto get what is missing: {install_command(*wanted)}")
    print(f"\ncores {os.cpu_count()}, free disk here {size(shutil.disk_usage('.').free)}, {_gpu()}")
    print(_release())
    return FAILED if broken else DONE


def _needed() -> list[tuple[Requirement, str]]:
    """Every requirement with the extra that brings it; empty for the base."""
    found = {requirement.name: (requirement, "") for requirement in requirements()}
    # The smallest first: extras of which others are made.
    for extra in sorted(extras(), key=lambda one: (len(requirements(one)), one)):
        for requirement in requirements(extra):
            found.setdefault(requirement.name, (requirement, extra))
    return list(found.values())


def _modules() -> dict[str, str]:
    """Distribution to the module that it is imported by."""
    found: dict[str, str] = {}
    for module, names in sorted(importlib.metadata.packages_distributions().items()):
        for name in map(_plain, names):
            if not module.startswith("_") and (name not in found or _plain(module) == name):
                found[name] = module
    return found


def _look(requirement: Requirement, modules: Mapping[str, str]) -> tuple[str, str, bool]:
    """Version, trouble or nothing, and whether it is there."""
    name = _plain(requirement.name)
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return "-", "not installed", False
    if not requirement.specifier.contains(version, prereleases=True):
        return version, f"needed: {requirement.specifier}", False
    trial = _TRIALS.get(name, lambda: importlib.import_module(modules.get(name, name)))
    return version, trouble_of(trial) or "", True


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _try_pyav() -> None:
    from speakervid5m.media import require_backend, require_encoders

    require_backend("pyav")
    require_encoders()


def _try_torchcodec() -> None:
    from speakervid5m.media import require_backend

    require_backend("torchcodec")


def _try_decord() -> None:
    from speakervid5m.media import require_backend

    require_backend("decord")


def _try_voice_activity() -> None:
    import numpy as np

    from speakervid5m.processing.models import SileroVoiceActivity

    SileroVoiceActivity().probabilities(np.zeros(512, np.float32))


def _try_espeak() -> None:
    from speakervid5m.processing.studio import require_espeak

    require_espeak()


_TRIALS: dict[str, Callable[[], object]] = {
    "av": _try_pyav,
    "torchcodec": _try_torchcodec,
    "decord": _try_decord,
    "onnxruntime": _try_voice_activity,
    "silero-vad": _try_voice_activity,
    "espeakng-loader": _try_espeak,
}
"""What an import alone does not tell: libraries and files that are loaded later."""


def _gpu() -> str:
    try:
        import torch
    except (ImportError, OSError) as error:
        return f"GPU unknown (torch: {first_line(error)})"
    if not torch.cuda.is_available():
        return "no GPU that torch can use"
    if trouble := trouble_of(_try_gpu):
        return f"a GPU that does not work: {trouble}"
    return f"{torch.cuda.get_device_name()}, {_nvdec()}"


def _try_gpu() -> None:
    import torch

    assert torch.ones(1, device="cuda").add(1).item() == 2


def _nvdec() -> str:
    from speakervid5m.media import available_backends

    trouble = available_backends()["torchcodec-cuda"]
    return f"no decoding on it ({trouble})" if trouble else "decodes video"


def _release() -> str:
    place = os.environ.get("SPEAKERVID5M_ROOT") or "speakervid5m"
    if "://" not in place and not Path(place).exists():
        return f"no release at {place!r}: `{own_command('demo')}` makes a small one"
    try:
        return f"the release here: {open_release(place)!r}"
    except ReleaseError as error:
        return f"the release here: {error}"
