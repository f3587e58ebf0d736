"""Tracks and labels as tables, and back.

`Track`s --> table --> `StoredTrack`s; table --> `BoundTrack`s
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..vision.tracking import Track
from .mouth_binding import BoundTrack, ModelSync, Sync


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTrack:
    """A track, as far as later stages need it."""

    scene: int
    """Index of the scene."""
    box_index: int
    """Index of the person in the scene."""
    first: int
    """First frame, at 25 a second."""
    stop: int
    """Frame after the last."""
    mouths: NDArray[np.float32]
    """(n,) opening of the mouth."""
    contrasts: NDArray[np.float32]
    """(n,) contrast around the mouth."""
    present: NDArray[np.bool_]
    """(n,) whether the frame shows the face and its mouth."""
    descriptor: NDArray[np.float32]
    """(d,) of unit length; zeros without a descriptor."""
    sharpness: float
    """Mean over the frames with the face."""
    person_box: tuple[float, ...]
    """x1, y1, x2, y2, normalised."""
    links: tuple[int, ...] = ()
    """Numbers of the face in the table of faces."""


def tracks_table(tracks: Sequence[Track]) -> pa.Table:
    """A row a track."""
    length = max(
        (len(track.descriptor) for track in tracks if track.descriptor is not None), default=1
    )
    rows = [
        {
            "scene": track.scene,
            "box_index": track.box_index,
            "first": track.first,
            "stop": track.stop,
            "mouths": track.mouths,
            "contrasts": track.contrasts,
            "present": track.present,
            "descriptor": _unit(track.descriptor, length),
            "sharpness": track.sharpness,
            "person_box": [float(side) for side in track.person_box],
            "links": list(track.links),
        }
        for track in tracks
    ]
    return pa.Table.from_pylist(rows, schema=TRACKS)


TRACKS = pa.schema(
    [
        *((name, pa.int64()) for name in ("scene", "box_index", "first", "stop")),
        ("mouths", pa.list_(pa.float32())),
        ("contrasts", pa.list_(pa.float32())),
        ("present", pa.list_(pa.bool_())),
        ("descriptor", pa.list_(pa.float32())),
        ("sharpness", pa.float64()),
        ("person_box", pa.list_(pa.float64())),
        ("links", pa.list_(pa.int64())),
    ]
)
"""Columns of the table of tracks."""


def tracks_from(table: pa.Table) -> list[StoredTrack]:
    """The inverse of `tracks_table`."""
    return [
        StoredTrack(
            **row
            | {
                "mouths": np.array(row["mouths"], np.float32),
                "contrasts": np.array(row["contrasts"], np.float32),
                "present": np.array(row["present"], np.bool_),
                "descriptor": np.array(row["descriptor"], np.float32),
                "person_box": tuple(row["person_box"]),
                "links": tuple(row["links"]),
            }
        )
        for row in table.to_pylist()
    ]


def bound_from(table: pa.Table) -> list[BoundTrack]:
    """Labels of the tracks, in their order."""
    return [
        BoundTrack(
            **row
            | {
                "syncs": tuple(Sync(**sync) for sync in row["syncs"]),
                "models": tuple(ModelSync(**model) for model in row["models"]),
            }
        )
        for row in table.to_pylist()
    ]


def _unit(descriptor: NDArray[np.float32] | None, length: int) -> NDArray[np.float32]:
    if descriptor is None:
        return np.zeros(length, np.float32)
    return np.asarray(descriptor / max(float(np.linalg.norm(descriptor)), 1e-9), np.float32)
