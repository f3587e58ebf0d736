"""`tracks`: who is where in each scene, with one static box a person.

faces (and persons) of every frame, scenes --> a row for each person in each scene
"""

from collections.abc import Mapping

from ...engines import Source, Stage, Stateless, Tables
from ..contract.builder import StageContext
from ..contract.schemas import TRACKED
from ..people.tracks import tracks_table
from ..vision.persons import with_persons
from ..vision.shots import FoundScene
from ..vision.tracking import track


def tracks_stage(context: StageContext) -> Stage:
    """Who is where."""
    return context.stage(
        name="tracks",
        what="faces followed through each scene; one static box a person",
        kind="explode",
        version=2,
        reads=("look", "scenes"),
        writes=TRACKED,
        load=Stateless(_tracks),
    )


def _tracks(_: Source, inputs: Mapping[str, Tables]) -> Tables:
    scenes = [FoundScene(**row) for row in inputs["scenes"]["scenes"].to_pylist()]
    tracks = track(inputs["look"]["faces"], scenes)
    if "persons" in inputs["look"]:
        tracks = with_persons(tracks, inputs["look"]["persons"], scenes)
    return {"tracks": tracks_table(tracks)}
