"""What is read of the features of a clip: which steps of an encoder's value a window takes.

    row, role, window --> FeatureRequest: byte range, shape and steps, for each encoder

A unit is 160 ms. A window takes every unit that it touches, and the lead steps: for a causal video
VAE, the latent of the frame before the first unit, which is its reference.
"""

import math
from dataclasses import dataclass

from ...release import ByteRange, Samples
from ...release.features import UNIT_SECONDS, FeatureForm, FeatureRange, Features
from ..specs.clip_specs import FeatureSpec, VideoSpec
from ..specs.windows import ClipWindow


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRequest:
    """What is read of one encoder's value of one clip."""

    form: FeatureForm
    """How the encoder's values are stored."""
    byte_range: ByteRange
    """The bytes that are read."""
    shape: tuple[int, ...]
    """Shape of the steps that are read."""
    skipped: int
    """Steps read before the window's first one; 0 unless the whole value is read."""
    count: int
    """Steps of the window."""
    start_seconds: float
    """Where the window's first unit begins in the clip."""


class FeatureRequestPlanner:
    """Plans the reads of all requested encoders."""

    def __init__(self, samples: Samples, spec: FeatureSpec, *, checksums: bool) -> None:
        self._spec, self._checksums = spec, checksums
        self._features: list[Features] = [samples.features(name) for name in spec.names]

    @property
    def forms(self) -> tuple[FeatureForm, ...]:
        """How the encoders' values are stored, in the encoders' order."""
        return tuple(feature.form for feature in self._features)

    def clock(self) -> VideoSpec:
        """The spec that places windows where neither video nor audio is requested."""
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
            self._request_of(feature, number, role, position, window) for feature in self._features
        )

    def _request_of(
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
        stored = features.ranges(number, column)
        if isinstance(stored, list):
            stored = stored[position or 0]
        return None if stored is None else self._request(features.form, stored, window)

    def _request(
        self, form: FeatureForm, stored: FeatureRange, window: ClipWindow
    ) -> FeatureRequest:
        # To a thousandth of a unit: rounding moves times that are meant to be exact by less.
        first = max(0, math.floor(window.start_seconds / UNIT_SECONDS + 1e-3))
        end = window.start_seconds + window.duration_seconds
        touched = max(first + 1, math.ceil(end / UNIT_SECONDS - 1e-3))
        # A window placed by features lies on frames; it begins with the unit of its first frame.
        stop = first + self._spec.num_units if self._spec.num_units else touched
        begin = min(first * form.steps_per_unit, stored.shape[0])
        until = min(form.lead_steps + stop * form.steps_per_unit, stored.shape[0])
        whole = self._checksums
        bounds = (0, stored.place.num_bytes) if whole else stored.steps(form, begin, until)
        return FeatureRequest(
            form=form,
            byte_range=ByteRange(stored.place, *bounds),
            shape=stored.shape if whole else (until - begin, *stored.shape[1:]),
            skipped=begin if whole else 0,
            count=until - begin,
            start_seconds=first * UNIT_SECONDS,
        )
