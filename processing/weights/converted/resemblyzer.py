"""Resemblyzer's speaker encoder out of its pickle (Apache-2.0).

pretrained.pt --> one .npz file of float32 arrays under their names in PyTorch

The pickle holds the state of the optimiser too, which is two thirds of it.
"""

import pickle
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from ....records import atomic_file, lacking


def convert(source: Path, target: Path) -> None:
    """Writes the arrays of the encoder; the same bytes on every machine.

    Args:
        source: the package's `pretrained.pt`.
        target: the .npz file.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: the file does not load without running code, or holds no encoder.
    """
    try:
        import torch
    except ImportError as error:
        raise lacking("the conversion of Resemblyzer needs PyTorch", error, "models") from error
    try:
        held = torch.load(source, map_location="cpu", weights_only=True)
        state = {name: tensor.float().numpy() for name, tensor in held["model_state"].items()}
    except (pickle.UnpicklingError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{str(source)!r} holds no encoder of Resemblyzer: {error}") from error
    with atomic_file(target) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for name, values in sorted(state.items()):
            array = BytesIO()
            np.lib.format.write_array(array, np.ascontiguousarray(values), allow_pickle=False)
            # NumPy's own writer leaves the header of each member to Python's version.
            member = zipfile.ZipInfo(f"{name}.npy")
            member.create_system = 3
            archive.writestr(member, array.getvalue())
