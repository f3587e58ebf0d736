"""What is read of the features of a clip: which steps of an encoder's value a window takes.

A unit is 160 ms. A window takes every unit that it touches, and the steps that lead: of a causal
video VAE the latent of the picture before the first unit, which is its reference.
"""

import math
from dataclasses import dataclass

from ...release import Samples
from ...release.features import UNIT_SECONDS, FeatureForm, FeatureRange, Features
from ..specs.clip_specs import FeatureSpec, VideoSpec
from ..specs.windows import ClipWindow
from .byte_ranges import ByteRange


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRequest:
    """What is read of one encoder's value of one clip."""

    form: FeatureForm
    """Of the encoder."""
    stretch: ByteRange
    """What is read."""
    shape: tuple[int, ...]
    """Of the steps that are read."""
    skipped: int
    """Steps read before the window's first: where the whole value is compared."""
    count: int
    """Steps of the window."""
    start_seconds: float
    """Where the window's first unit begins in the clip."""


class FeatureRequestPlanner:
    """Says what is read of features; one for all encoders that are asked for."""

    def __init__(self, samples: Samples, spec: FeatureSpec, *, checksums: bool) -> None:
        self._spec, self._checksums = spec, checksums
        self._features: list[Features] = [samples.features(name) for name in spec.names]

    @property
    def forms(self) -> tuple[FeatureForm, ...]:
        """Of the encoders, in their order."""
        return tuple(feature.form for feature in self._features)

    def clock(self) -> VideoSpec:
        """The spec that places windows where neither pictures nor sound are asked for."""
        if self._spec.num_units is None:
            return VideoSpec()
        return VideoSpec(seconds=self._spec.num_units * UNIT_SECONDS, window=self._spec.window)

    def __call__(
        self, number: int, role: str, position: int | None, window: ClipWindow
    ) -> tuple[FeatureRequest | None, ...]:
        """What is read for one clip of a row.

        Args:
            number: of the row.
            role: prefix of the clip's media columns.
            position: of the turn, in a run.
            window: on the clip's clock.
        """
        return tuple(
            self._one(feature, number, role, position, window) for feature in self._features
        )

    def _one(
        self,
        features: Features,
        number: int,
        role: str,
        position: int | None,
        window: ClipWindow,
    ) -> FeatureRequest | None:
        medium = features.form.media[0]
        column = f"{role}{medium}" if position is None else f"turn_{medium}s"
        if column not in features.columns:
            return None
        found = features.ranges(number, column)
        if isinstance(found, list):
            found = found[position or 0]
        return None if found is None else self._part(features.form, found, window)

    def _part(self, form: FeatureForm, found: FeatureRange, window: ClipWindow) -> FeatureRequest:
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
        return FeatureRequest(
            form=form,
            stretch=ByteRange(found.place, *bounds),
            shape=found.shape if whole else (until - begin, *found.shape[1:]),
            skipped=begin if whole else 0,
            count=until - begin,
            start_seconds=first * UNIT_SECONDS,
        )
