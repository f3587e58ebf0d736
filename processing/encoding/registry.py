"""An encoder's name in, the loaded encoder out; names terms, weights and packages of each."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...records import lacking
from ..weights import MissingWeights, Weights, weights_folder
from ..weights.table import MIMI_FILE, QWEN25_OMNI_FILE, WAN21_FILE
from .encoder import Encoder


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEncoder:
    """One encoder that ships with us."""

    name: str
    """The name that users type."""
    output: str
    """Its output, in a few words."""
    module: str
    """Its module; the function `load(folder, weights, device)` there loads it."""
    package: str
    """The package that it needs besides those of the extra `encode`."""
    weights: Weights
    """A folder in the form that the package's `from_pretrained` reads."""


ENCODERS: dict[str, KnownEncoder] = {
    encoder.name: encoder
    for encoder in (
        KnownEncoder(
            name="wan21",
            output="video latents of Wan 2.1's causal VAE: 16 channels, strides 4, 8, 8",
            module="wan21",
            package="diffusers",
            weights=WAN21_FILE,
        ),
        KnownEncoder(
            name="mimi",
            output="audio tokens of Kyutai's Mimi: 12.5 a second, 8 books",
            module="mimi",
            package="transformers",
            weights=MIMI_FILE,
        ),
        KnownEncoder(
            name="qwen25omni",
            output="hidden states of Qwen2.5-Omni's thinker at the 25 audio positions a second",
            module="qwen25omni",
            package="transformers",
            weights=QWEN25_OMNI_FILE,
        ),
    )
}


def load_encoder(name: str, *, folder: Path | None = None, device: str = "cpu") -> Encoder:
    """Loads an encoder.

    Args:
        name: one of `ENCODERS`.
        folder: of weights; else `SPEAKERVID5M_WEIGHTS`, else the user's cache.
        device: for PyTorch: `cpu`, `cuda`.

    Raises:
        ValueError: no such encoder.
        ImportError: a package is missing; says which.
        MissingWeights: its weights are missing; says where to put them, and on which terms.
    """
    if name not in ENCODERS:
        raise ValueError(f"no encoder {name!r}; there are {', '.join(ENCODERS)}")
    known = ENCODERS[name]
    place = weights_folder(folder)
    if not known.weights.is_whole(place):
        raise MissingWeights([known.weights], place)
    try:
        importlib.import_module(known.package)
    except ImportError as error:
        raise lacking(f"{name} needs {known.package}", error, "encode") from error
    module = importlib.import_module(f".{known.module}", __package__)
    load: Callable[[Path, Weights, str], Encoder] = module.load
    return load(place, known.weights, device)
