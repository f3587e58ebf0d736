"""`speakervid5m doctor`: what is installed, what is missing, and what to type."""

import argparse
import importlib
import importlib.metadata
import os
import platform
import shutil
from pathlib import Path

from speakervid5m import __version__
from speakervid5m.release import ReleaseError, open_release

from .screen import size, table

DONE, FAILED = 0, 1

_PACKAGES: tuple[tuple[str, str, str], ...] = (
    ("datasets", "datasets", ""),
    ("huggingface_hub", "huggingface_hub", ""),
    ("pyarrow", "pyarrow", ""),
    ("fsspec", "fsspec", ""),
    ("soundfile", "soundfile", ""),
    ("torch", "torch", "loaders"),
    ("torchvision", "torchvision", "loaders"),
    ("torchcodec.decoders", "torchcodec", "loaders"),
    ("av", "av", "processing"),
    ("duckdb", "duckdb", "processing"),
    ("decord", "decord", "loaders"),
    ("orjson", "orjson", "processing"),
    ("aiohttp", "aiohttp", "remote"),
    ("PIL", "pillow", "cards"),
    ("jinja2", "jinja2", "cards"),
    ("matplotlib", "matplotlib", "cards"),
    ("starlette", "starlette", "explore"),
    ("uvicorn", "uvicorn", "explore"),
    ("onnxruntime", "onnxruntime", "curate"),
    ("scipy", "scipy", "curate"),
    ("yt_dlp", "yt-dlp", "download"),
    ("transformers", "transformers", "encode"),
    ("diffusers", "diffusers", "encode"),
    ("cv2", "opencv-python-headless", "demo"),
    ("espeakng_loader", "espeakng-loader", "demo"),
)
"""Module, distribution, extra (empty for the base)."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser("doctor", help="what is missing?", description=__doc__)
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Runs the command; returns 1 where the base does not work."""
    print(f"speakervid5m {__version__}, Python {platform.python_version()}, {platform.machine()}")
    rows, broken, extras = [], False, set()
    for module, name, extra in _PACKAGES:
        version, trouble = _try(module, name)
        rows.append((name, version, extra or "base", trouble))
        if trouble:
            broken |= not extra
            extras.add(extra)
    print(table(("package", "version", "needed by", "trouble"), rows))
    wanted = ",".join(sorted(extras - {""}))
    if wanted:
        print(f"\nto get what is missing: uv pip install 'speakervid5m[{wanted}]'")
    if any(name == "torchcodec" and trouble for name, _, _, trouble in rows):
        print("torchcodec needs FFmpeg's shared libraries: apt-get install ffmpeg")
    print(f"\ncores {os.cpu_count()}, free disk here {size(shutil.disk_usage('.').free)}, {_gpu()}")
    print(_release())
    return FAILED if broken else DONE


def _try(module: str, name: str) -> tuple[str, str]:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "-", "not installed"
    try:
        importlib.import_module(module)
    except (ImportError, OSError, RuntimeError) as error:
        return version, str(error).strip().splitlines()[0][:100]
    return version, ""


def _gpu() -> str:
    try:
        import torch
    except ImportError:
        return "GPU unknown (no torch)"
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"


def _release() -> str:
    place = os.environ.get("SPEAKERVID5M_ROOT") or "speakervid5m"
    if "://" not in place and not Path(place).exists():
        return f"no release at {place!r}: `speakervid5m demo` makes a small one"
    try:
        return f"the release here: {open_release(place)!r}"
    except ReleaseError as error:
        return f"the release here: {error}"
