"""`scenes`: shots and scenes.

frame scores, margins; or a network's probabilities --> shots --> scenes of 3 to 14 s
"""

from collections.abc import Mapping
from dataclasses import asdict

import pyarrow as pa

from ...engines import Source, Stage, Stateless, Tables
from ..contract.builder import StageContext
from ..contract.schemas import SCENES
from ..vision.margins import find_margins
from ..vision.shots import CutParams, find_shots, scenes_of
from ..vision.shots_by_model import shots_of


def scenes_stage(context: StageContext) -> Stage:
    """Shots and scenes."""
    return context.stage(
        name="scenes",
        what="shots by PySceneDetect's adaptive rule and by fades; scenes of 3 to 14 s",
        kind="explode",
        version=2,
        reads=("look",),
        writes=SCENES,
        params=asdict(CutParams()),
        load=Stateless(_scenes),
    )


def _scenes(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    tables = inputs["look"]
    if "transitions" in tables:
        shots = shots_of(tables["transitions"])
    else:
        shots = find_shots(tables["scores"], CutParams(), find_margins(tables["cells"]))
    return {
        "shots": pa.Table.from_pylist([shot._asdict() for shot in shots], schema=SCENES["shots"]),
        "scenes": pa.Table.from_pylist(
            [scene._asdict() for scene in scenes_of(shots)], schema=SCENES["scenes"]
        ),
    }
