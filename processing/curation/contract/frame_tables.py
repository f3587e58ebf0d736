"""Checks tables of taps against the columns that later stages read, since taps may be anybody's.

tables by name --> the same, typed, or `WrongResult`
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ...engines import WrongResult, table_as
from ...models.contract import instance, numbers
from .schemas import LOOK, LOOK_OF_MODELS

KNOWN: Mapping[str, pa.Schema] = {"faces": LOOK["faces"], **LOOK_OF_MODELS}
"""Tables that a backend of `look` gives."""
_MAY_BE_NULL = "mouth"
"""The one number that a row may lack: that of a mouth which is not seen."""


def checked_tables(tables: Mapping[str, object], num_frames: int) -> dict[str, pa.Table]:
    """The tables, if those that later stages read have the right columns and numbers.

    Args:
        tables: of taps, by name.
        num_frames: number of frames that the taps got.

    Raises:
        WrongResult: no table, none of faces, other columns, numbers that are missing or not finite,
            unknown frames; of shots, not one probability for each frame.
    """
    if "faces" not in tables:
        raise WrongResult(
            f"a frame pass must give a table 'faces', got {', '.join(sorted(tables))}"
        )
    return {name: _checked(name, table, num_frames) for name, table in tables.items()}


def _checked(name: str, value: object, num_frames: int) -> pa.Table:
    table = instance(f"the table {name}", value, pa.Table)
    if name not in KNOWN:
        return table
    table = table_as(name, table, KNOWN[name])
    for field in KNOWN[name]:
        if field.type in (pa.int32(), pa.float32()):
            column = f"column {name}.{field.name}"
            values = table[field.name]
            if field.name == _MAY_BE_NULL:
                values = values.drop_null()
            if values.null_count:
                raise WrongResult(f"{column} must have a number in every row, got null")
            if field.type == pa.float32():
                numbers(column, values.to_numpy(), ("n",))
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
