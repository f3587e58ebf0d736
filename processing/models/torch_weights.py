"""Parameters of a torch network from an untrusted file: numbers only, every name accounted for.

file --> state dict --> the network, filled in place
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .onnx_graph import WrongWeights


def load_parameters(
    network: nn.Module, path: Path, *, network_name: str, ignored: tuple[str, ...] = ()
) -> None:
    """Fills a network from a state dict; runs no code from the file.

    Args:
        network: filled in place.
        path: the file.
        network_name: for the error.
        ignored: prefixes of parameters that the file may have and the network lacks.

    Raises:
        WrongWeights: no state dict, or another network's.
    """
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WrongWeights(f"{str(path)!r} does not load as {network_name}: {error}") from error
    if not isinstance(state, Mapping):
        raise WrongWeights(
            f"{str(path)!r} holds a {type(state).__name__}, not {network_name}'s parameters"
        )
    parameters = {
        name: value
        for name, value in state.items()
        if not any(str(name).startswith(prefix) for prefix in ignored)
    }
    try:
        network.load_state_dict(parameters)
    except (RuntimeError, TypeError) as error:
        raise WrongWeights(f"{str(path)!r} is not {network_name}: {str(error)[:400]}") from error
