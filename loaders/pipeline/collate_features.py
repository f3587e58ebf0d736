"""Features of clips to one padded batch for each encoder, bit for bit as they are stored."""

import math
from collections.abc import Sequence

import torch

from ...release.features import FeatureForm
from ..batches.feature_batch import FeatureBatch
from ..decoding.decode_features import FeatureValue
from ..specs.clip_specs import FeatureSpec
from ..specs.errors import BatchSizeError

_TENSORS = {"float16": torch.float16, "bfloat16": torch.bfloat16, "int16": torch.int16}


def batch_features(
    forms: Sequence[FeatureForm],
    items: Sequence[tuple[FeatureValue | None, ...]],
    lead: tuple[int, ...],
    spec: FeatureSpec | None,
    max_bytes: int,
) -> tuple[FeatureBatch, ...]:
    """Pads the values of all encoders to batches.

    Args:
        forms: how each encoder's values are stored.
        items: the values of every slot; empty where there is no clip.
        lead: leading dimensions; their product is the number of items.
        spec: the length of the window; None where frames or audio place it.
        max_bytes: most bytes of one tensor.

    Raises:
        BatchSizeError: shapes differ, or the batch would be too large.
    """
    units = None if spec is None else spec.num_units
    return tuple(
        _batch(form, [item[number] if item else None for item in items], lead, units, max_bytes)
        for number, form in enumerate(forms)
    )


def _batch(
    form: FeatureForm,
    items: Sequence[FeatureValue | None],
    lead: tuple[int, ...],
    units: int | None,
    max_bytes: int,
) -> FeatureBatch:
    shapes = {item.steps.shape[1:] for item in items if item is not None}
    if len(shapes) > 1:
        named = ", ".join(str(list(shape)) for shape in shapes)
        raise BatchSizeError(
            f"features of {form.name} of shapes {named} in one batch: clips differ in size; "
            "use where() on width and height, or batch_size=1"
        )
    shape = shapes.pop() if shapes else tuple(size or 0 for size in form.shape)
    counts = [0 if item is None else len(item.steps) for item in items]
    fixed = 0 if units is None else form.lead_steps + units * form.steps_per_unit
    whole = (len(items), max([fixed, *counts]), *shape)
    if (size := math.prod(whole) * form.stored.itemsize) > max_bytes:
        raise BatchSizeError(
            f"the padded {form.name} of one batch takes {size} bytes, max_batch_bytes is "
            f"{max_bytes}: use FeatureSpec(num_units=...) or a smaller batch_size"
        )
    values = torch.zeros(whole, dtype=_TENSORS[form.dtype])
    bits = values.view(torch.int16).numpy().view(form.stored)
    for number, item in enumerate(items):
        if item is not None:
            bits[number, : len(item.steps)] = item.steps
    num_steps = torch.tensor(counts, dtype=torch.int64).reshape(lead)
    starts = [0.0 if item is None else item.start_seconds for item in items]
    return FeatureBatch(
        name=form.name,
        values=values.reshape(*lead, *whole[1:]),
        mask=torch.arange(whole[1]) < num_steps[..., None],
        num_steps=num_steps,
        start_seconds=torch.tensor(starts, dtype=torch.float64).reshape(lead),
        steps_per_unit=form.steps_per_unit,
        lead_steps=form.lead_steps,
    )
