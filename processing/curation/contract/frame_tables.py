"""Tables of taps, held against what later stages read of them: taps are other people's code."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ...engines import WrongResult, table_as
from ...models.contract import instance, numbers
from .schemas import LOOK, LOOK_OF_MODELS

KNOWN: Mapping[str, pa.Schema] = {"faces": LOOK["faces"], **LOOK_OF_MODELS}
"""Tables that a tool of `look` gives."""


def checked_tables(given: Mapping[str, object], num_frames: int) -> dict[str, pa.Table]:
    """The same, if they are tables and, of those that stages read, as they read them.

    Args:
        given: of taps, by name.
        num_frames: that the taps were shown.

    Raises:
        WrongResult: no table, none of faces, other columns, numbers that are not finite or that are
            missing, frames that were not shown; of shots, not one probability for each frame.
    """
    if "faces" not in given:
        raise WrongResult(f"a look must give a table 'faces', got {', '.join(sorted(given))}")
    return {name: _checked(name, one, num_frames) for name, one in given.items()}


def _checked(name: str, given: object, num_frames: int) -> pa.Table:
    table = instance(f"the table {name}", given, pa.Table)
    if name not in KNOWN:
        return table
    table = table_as(name, table, KNOWN[name])
    for field in KNOWN[name]:
        if field.type in (pa.int32(), pa.float32()):
            what = f"column {name}.{field.name}"
            if table[field.name].null_count:
                raise WrongResult(f"{what} must have a number in every row, got null")
            if field.type == pa.float32():
                numbers(what, table[field.name].to_numpy(), ("n",))
    index = table["index"].to_numpy()
    if len(index) and not (index.min() >= 0 and index.max() < num_frames):
        raise WrongResult(
            f"column {name}.index must be from 0 to {num_frames - 1}, "
            f"got {index.min()} to {index.max()}"
        )
    if name != "crops" and (np.diff(index) < 0).any():
        raise WrongResult(f"the rows of {name} must be by index")
    if name == "transitions":
        probability = table["probability"].to_numpy()
        numbers("a shot model's probabilities", probability, (num_frames,), least=0, most=1)
    return table
