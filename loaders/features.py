"""Features in batches: which steps of a value a window takes, and the padded batch of them.

A unit is 160 ms. A window takes every unit that it touches, and the steps that lead: of a causal
video VAE the latent of the picture before the first unit, which is its reference.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from ..release import Samples
from ..release.features import UNIT_SECONDS, FeatureForm, FeatureRange, Features, array_of
from .errors import BatchSizeError
from .specs import FeatureSpec, VideoSpec
from .tensors import Tensors
from .transfer import Get, Stretch
from .windows import ClipWindow

_TENSORS = {"float16": torch.float16, "bfloat16": torch.bfloat16, "int16": torch.int16}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeaturePart:
    """What is read of one encoder's value of one clip."""

    form: FeatureForm
    """Of the encoder."""
    stretch: Stretch
    """What is read."""
    shape: tuple[int, ...]
    """Of the steps that are read."""
    skipped: int
    """Steps read before the window's first: where the whole value is compared."""
    count: int
    """Steps of the window."""
    start_seconds: float
    """Where the window's first unit begins in the clip."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureValue:
    """The numbers of one encoder for one clip's window."""

    steps: NDArray[Any]
    """(steps, ...), where they lie."""
    start_seconds: float
    """Where the first unit begins in the clip."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class FeatureBatch(Tensors):
    """One encoder's values in windows of clips, padded at the end. For turns (B, N, ...)."""

    name: str
    """Of the encoder."""
    values: Tensor
    """(B, S, ...) float16, bfloat16 or int16. Step `lead_steps + u * steps_per_unit` is the first
    of the window's unit u."""
    mask: Tensor
    """(B, S) bool: where there is a step."""
    num_steps: Tensor
    """(B,) int64; 0 where the clip has no features."""
    start_seconds: Tensor
    """(B,) float64: where the window's first unit begins in the clip."""
    steps_per_unit: int
    """Steps of 160 ms."""
    lead_steps: int
    """Steps before the first unit."""


class FeatureOrders:
    """Says what is read of features; one for all encoders that are asked for."""

    def __init__(self, samples: Samples, spec: FeatureSpec, *, checksums: bool) -> None:
        self._spec, self._checksums = spec, checksums
        self._features: list[Features] = [samples.features(name) for name in spec.names]

    @property
    def forms(self) -> tuple[FeatureForm, ...]:
        """Of the encoders, in their order."""
        return tuple(one.form for one in self._features)

    def clock(self) -> VideoSpec:
        """The spec that places windows where neither pictures nor sound are asked for."""
        if self._spec.num_units is None:
            return VideoSpec()
        return VideoSpec(seconds=self._spec.num_units * UNIT_SECONDS, window=self._spec.window)

    def __call__(
        self, number: int, role: str, position: int | None, window: ClipWindow
    ) -> tuple[FeaturePart | None, ...]:
        """What is read for one clip of a row.

        Args:
            number: of the row.
            role: prefix of the clip's media columns.
            position: of the turn, in a run.
            window: on the clip's clock.
        """
        return tuple(self._one(one, number, role, position, window) for one in self._features)

    def _one(
        self,
        features: Features,
        number: int,
        role: str,
        position: int | None,
        window: ClipWindow,
    ) -> FeaturePart | None:
        medium = features.form.media[0]
        column = f"{role}{medium}" if position is None else f"turn_{medium}s"
        if column not in features.columns:
            return None
        found = features.ranges(number, column)
        if isinstance(found, list):
            found = found[position or 0]
        return None if found is None else self._part(features.form, found, window)

    def _part(self, form: FeatureForm, found: FeatureRange, window: ClipWindow) -> FeaturePart:
        # A thousandth of a unit: what rounding takes from times that are meant to be exact.
        first = max(0, math.floor(window.start_seconds / UNIT_SECONDS + 1e-3))
        end = window.start_seconds + window.duration_seconds
        touched = max(first + 1, math.ceil(end / UNIT_SECONDS - 1e-3))
        # A window of our own is placed on frames; it begins with the unit of its first one.
        stop = first + self._spec.num_units if self._spec.num_units else touched
        begin = min(first * form.steps_per_unit, found.shape[0])
        until = min(form.lead_steps + stop * form.steps_per_unit, found.shape[0])
        whole = self._checksums
        bounds = (0, found.place.num_bytes) if whole else found.steps(form, begin, until)
        return FeaturePart(
            form=form,
            stretch=Stretch(found.place, *bounds),
            shape=found.shape if whole else (until - begin, *found.shape[1:]),
            skipped=begin if whole else 0,
            count=until - begin,
            start_seconds=first * UNIT_SECONDS,
        )


def read_features(parts: Sequence[FeaturePart | None], get: Get) -> tuple[FeatureValue | None, ...]:
    """The numbers of one clip's window, of every encoder; nothing is copied."""
    return tuple(None if part is None else _read(part, get) for part in parts)


def _read(part: FeaturePart, get: Get) -> FeatureValue:
    whole = array_of(get(part.stretch), part.form, part.shape)
    return FeatureValue(
        steps=whole[part.skipped : part.skipped + part.count], start_seconds=part.start_seconds
    )


def batch_features(
    forms: Sequence[FeatureForm],
    items: Sequence[tuple[FeatureValue | None, ...]],
    lead: tuple[int, ...],
    spec: FeatureSpec | None,
    max_bytes: int,
) -> tuple[FeatureBatch, ...]:
    """Pads the values of all encoders to batches.

    Args:
        forms: of the encoders.
        items: of every slot; nothing where there is no clip.
        lead: leading dimensions, whose product is the number of items.
        spec: what was asked for.
        max_bytes: of one tensor.

    Raises:
        BatchSizeError: shapes differ, or the batch would be too large.
    """
    units = None if spec is None else spec.num_units
    return tuple(
        _batch(form, [one[number] if one else None for one in items], lead, units, max_bytes)
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
        raise BatchSizeError(
            f"features of {form.name} of shapes {', '.join(str(list(one)) for one in shapes)} in "
            "one batch: clips differ in size; use where() on width and height, or batch_size=1"
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


def feature_of(batches: Sequence[FeatureBatch], name: str) -> FeatureBatch:
    """The batch of one encoder.

    Raises:
        KeyError: it was not asked for; says which were.
    """
    for one in batches:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in batches) or "none"
    raise KeyError(f"no features of {name!r} in this batch; asked for: {known}")
