"""`speakervid5m doctor`: checks the installation; prints what is missing and how to install it."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from packaging.requirements import Requirement

from speakervid5m.records import (
    VERSION,
    Progress,
    extras,
    first_line,
    install_command,
    own_command,
    readable_size,
    requirements,
    trouble_of,
)
from speakervid5m.release import ReleaseError, open_release

from .terminal.arguments import flag
from .terminal.exit_codes import DONE, FAILED
from .terminal.formatting import table
from .terminal.progress_display import ProgressDisplay
from .terminal.result import Result, Section

app = typer.Typer()
_MOST_CHARACTERS = 60
"""Of a problem in the table; its full text follows below."""


@app.command("doctor")
def run_doctor(
    load: Annotated[
        bool, flag("--load", "import every package, which finds installed ones that are broken")
    ] = False,
) -> Result:
    """Checks the installation; prints what is missing and how to install it."""
    rows, broken = [], False
    missing, troubles = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
    modules, needed = _modules(), _requirements()
    with ProgressDisplay() as display:
        for number, (requirement, extra) in enumerate(needed):
            display(Progress("check", number, len(needed), "packages", requirement.name))
            version, trouble, is_there = _check(requirement, modules, load)
            rows.append((requirement.name, version, extra or "base", trouble[:_MOST_CHARACTERS]))
            if trouble:
                broken |= not extra
                (troubles if is_there else missing).add((requirement.name, extra, trouble))
        display(Progress("check", len(needed), len(needed), "packages"))
    wanted = sorted({extra for _, extra, _ in missing} - {""})
    free, gpu, weights, release = shutil.disk_usage(".").free, _gpu(), _weights(), _release()
    lines = [
        f"speakervid5m {VERSION}, Python {platform.python_version()}, {platform.machine()}",
        table(("package", "version", "needed by", "problem"), rows),
        *(f"\n{package}: {trouble}" for package, _, trouble in sorted(troubles)),
        *([f"\nto install what is missing: {install_command(*wanted)}"] if missing else []),
        f"\ncores {os.cpu_count()}, free disk here {readable_size(free)}, {gpu}",
        weights,
        release,
    ]
    values = {
        "version": VERSION,
        "python": platform.python_version(),
        "packages": [
            dict(zip(("package", "version", "needed_by", "problem"), row, strict=True))
            for row in rows
        ],
        "cores": os.cpu_count(),
        "free_bytes": free,
        "gpu": gpu,
        "weights": weights,
        "release": release,
    }
    return Result(sections=[Section(values=values, lines=lines)], status=FAILED if broken else DONE)


def _requirements() -> list[tuple[Requirement, str]]:
    """Every requirement with the extra that brings it, or an empty string for the base."""
    needed = {requirement.name: (requirement, "") for requirement in requirements()}
    # The smallest first: others include them.
    for extra in sorted(extras(), key=lambda extra: (len(requirements(extra)), extra)):
        for requirement in requirements(extra):
            needed.setdefault(requirement.name, (requirement, extra))
    return list(needed.values())


def _modules() -> dict[str, str]:
    """Distribution to its importable module."""
    module_of: dict[str, str] = {}
    for module, names in sorted(importlib.metadata.packages_distributions().items()):
        for name in map(_normalized, names):
            if not module.startswith("_") and (
                name not in module_of or _normalized(module) == name
            ):
                module_of[name] = module
    return module_of


def _check(
    requirement: Requirement, modules: Mapping[str, str], load: bool
) -> tuple[str, str, bool]:
    """Version, problem or an empty string, and whether it is installed."""
    name = _normalized(requirement.name)
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return "-", "not installed", False
    if not requirement.specifier.contains(version, prereleases=True):
        return version, f"needed: {requirement.specifier}", False
    reach: Callable[[str], object] = importlib.import_module if load else _locate
    trial = _TRIALS.get(name, partial(reach, modules.get(name, name)))
    return version, trouble_of(trial) or "", True


def _locate(module: str) -> None:
    """Finds a module without running it: all of them together take ten seconds to import."""
    if importlib.util.find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named {module!r}")


def _normalized(name: str) -> str:
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
"""Checks beyond an import: libraries and files that are loaded later."""


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
    return f"cannot decode video ({trouble})" if trouble else "decodes video"


def _weights() -> str:
    try:
        from .weights import weights_line
    except ImportError as error:
        return f"weights: unknown ({first_line(error)}): {install_command('curate')}"
    return weights_line()


def _release() -> str:
    root = os.environ.get("SPEAKERVID5M_ROOT") or "speakervid5m"
    if "://" not in root and not Path(root).exists():
        return f"no release at {root!r}: `{own_command('demo')}` makes a small one"
    try:
        return f"the release here: {open_release(root)!r}"
    except ReleaseError as error:
        return f"the release here: {error}"
