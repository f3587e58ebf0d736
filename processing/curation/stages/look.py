"""`look`: the one decode of a source, for all that look at its frames."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from ....media import UnfitError
from ...engines import Run, Source, Stage, Tables
from ...models.descriptor import Tool
from ..contract.builder import Making
from ..contract.frame_tables import checked_tables
from ..contract.schemas import LOOK, LOOK_OF_MODELS
from ..vision.frame_pass import Looked, Onlookers, Tap, look
from ..vision.light import LIGHT_EVERY, Cells
from ..vision.shots import CutScores

logger = logging.getLogger(__name__)


def look_stage(making: Making) -> Stage:
    """The one decode. Its tool gives the taps that are its own, by the names of their tables."""
    return making.stage(
        name="look",
        what="one decode: frame scores, faces and mouths, light and motion",
        reads=("probe",),
        version=4,
        writes=LOOK,
        may_write=LOOK_OF_MODELS,
        params={"light_every": LIGHT_EVERY},
        load=_Looking(making.tool, making.weights),
    )


@dataclass(frozen=True, slots=True)
class _Looking:
    """`load` of the stage `look`: its tool, and where pictures are decoded."""

    tool: Tool[Onlookers]
    weights: Path

    def __call__(self, device: str) -> Run:
        return partial(_look, device, self.tool.make(self.weights, device))


def _look(device: str, onlookers: Onlookers, source: Source, _: Mapping[str, Tables]) -> Tables:
    def new_taps() -> dict[str, Tap]:
        return {"scores": CutScores(), "cells": Cells(every=LIGHT_EVERY), **onlookers.begin()}

    taps, width = new_taps(), onlookers.max_width
    looked: Looked | None = None
    if device != "cpu":
        from ..vision.frame_pass_gpu import look_on

        try:
            looked = look_on(source.path, list(taps.values()), device=device, max_width=width)
        except UnfitError as error:
            logger.warning("%r is decoded on the CPU, not on %s: %s", source.name, device, error)
            taps = new_taps()
    if looked is None:
        looked = look(source.path, list(taps.values()), max_width=width)
    if looked.damage is not None:
        raise looked.damage
    return {
        "looked": pa.Table.from_pylist([asdict(looked)], schema=LOOK["looked"]),
        **checked_tables({name: tap.finish() for name, tap in taps.items()}, looked.num_frames),
    }
