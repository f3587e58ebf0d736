"""Parameters of a torch network from a stranger's file: numbers only, every name accounted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .onnx_graph import WrongWeights


def load_parameters(
    network: nn.Module, path: Path, *, what: str, ignored: tuple[str, ...] = ()
) -> None:
    """Fills a network from a state dict; nothing in the file is run.

    Args:
        network: filled in place.
        path: the file.
        what: the network's name, for the error.
        ignored: beginnings of names that the file may have and the network has not.

    Raises:
        WrongWeights: no state dict, or one of another network.
    """
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WrongWeights(f"{str(path)!r} does not load as {what}: {error}") from error
    if not isinstance(found, Mapping):
        raise WrongWeights(f"{str(path)!r} holds a {type(found).__name__}, not {what}'s parameters")
    given = {
        name: value
        for name, value in found.items()
        if not any(str(name).startswith(one) for one in ignored)
    }
    try:
        network.load_state_dict(given)
    except (RuntimeError, TypeError) as error:
        raise WrongWeights(f"{str(path)!r} is not {what}: {str(error)[:400]}") from error
