"""`look`: the frame pass, the one decode of a source for everything measured on whole frames.

file --> frames on a grid of 25 a second --> taps --> a table each: scores, cells, faces, ...
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from ....media import UnfitError
from ...engines import Run, Source, Stage, Tables
from ...models.model_spec import ModelSpec
from ..contract.builder import StageContext
from ..contract.frame_tables import checked_tables
from ..contract.schemas import LOOK, LOOK_OF_MODELS
from ..vision.cut_scores import CutScores
from ..vision.frame_pass import FramePassReport, FrameTaps, Tap, run_frame_pass
from ..vision.light import LIGHT_EVERY, Cells

logger = logging.getLogger(__name__)


def look_stage(context: StageContext) -> Stage:
    """The frame pass. Its model adds taps of its own, by the names of their tables."""
    return context.stage(
        name="look",
        what="one decode: frame scores, faces and mouths, light and motion",
        reads=("probe",),
        version=5,
        writes=LOOK,
        may_write=LOOK_OF_MODELS,
        params={"light_every": LIGHT_EVERY},
        load=_LoadTaps(context.spec, context.weights),
    )


@dataclass(frozen=True, slots=True)
class _LoadTaps:
    """`load` of the stage `look`: loads the model's taps, and remembers the device that decodes."""

    spec: ModelSpec[FrameTaps]
    weights: Path

    def __call__(self, device: str) -> Run:
        return partial(_look, device, self.spec.make(self.weights, device))


def _look(device: str, frame_taps: FrameTaps, source: Source, _: Mapping[str, Tables]) -> Tables:
    def new_taps() -> dict[str, Tap]:
        return {"scores": CutScores(), "cells": Cells(every=LIGHT_EVERY), **frame_taps.new_taps()}

    taps, width = new_taps(), frame_taps.max_width
    report: FramePassReport | None = None
    if device != "cpu":
        from ..vision.frame_pass_gpu import run_frame_pass_on

        try:
            report = run_frame_pass_on(
                source.path, list(taps.values()), device=device, max_width=width
            )
        except UnfitError as error:
            logger.warning("%r is decoded on the CPU, not on %s: %s", source.name, device, error)
            taps = new_taps()
    if report is None:
        report = run_frame_pass(source.path, list(taps.values()), max_width=width)
    if report.damage is not None:
        raise report.damage
    return {
        "looked": pa.Table.from_pylist([asdict(report)], schema=LOOK["looked"]),
        **checked_tables({name: tap.finish() for name, tap in taps.items()}, report.num_frames),
    }
