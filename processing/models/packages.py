"""Packages that models import: module, distribution, and the command that installs it.

Package --> version, whether it is installed; required(package) --> the module
"""

import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from typing import Any

from ...records import install_command, lacking, package_command


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A package that a model imports."""

    module: str
    """Name to import: `faster_whisper`."""
    distribution: str
    """Name to install: `faster-whisper`."""
    extra: str | None = None
    """Our extra that contains it; None: it is no dependency of ours and is installed by name."""

    @property
    def command(self) -> str:
        """The command that installs it."""
        return install_command(self.extra) if self.extra else package_command(self.distribution)

    @property
    def version(self) -> str:
        """The installed version."""
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return "not installed"

    def is_there(self) -> bool:
        """Whether it can be imported; imports nothing."""
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


def required(package: Package) -> Any:
    """Imports a package.

    Raises:
        ImportError: it is not installed; names the command that installs it.
    """
    try:
        return importlib.import_module(package.module)
    except ImportError as error:
        raise ImportError(
            f"this backend needs the package {package.distribution} ({error}): {package.command}"
        ) from error


TORCH = Package(module="torch", distribution="torch", extra="models")
TORCHVISION = Package(module="torchvision", distribution="torchvision", extra="models")
OPENCV = Package(module="cv2", distribution="opencv-python-headless", extra="curate")
SILERO = Package(module="silero_vad", distribution="silero-vad", extra="curate")
ONNXRUNTIME = Package(module="onnxruntime", distribution="onnxruntime", extra="curate")
SCIPY = Package(module="scipy", distribution="scipy", extra="curate")
TRANSFORMERS = Package(module="transformers", distribution="transformers", extra="models")


def scipy_part(name: str) -> Any:
    """Imports a submodule of scipy.

    Raises:
        ImportError: scipy is not installed; names our extra that contains it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise lacking("voices and faces are clustered by scipy", error, "curate") from error


def transformers() -> Any:
    """Hugging Face's transformers without progress bars and advice, which would break up lines.

    Raises:
        ImportError: it is not installed.
    """
    package = required(TRANSFORMERS)
    package.utils.logging.disable_progress_bar()
    package.utils.logging.set_verbosity_error()
    return package
