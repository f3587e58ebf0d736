"""Who is where in a scene: linked faces merged into one track a person, with one static box each.

faces of a scene --> chains (one link each) --> merged over gaps --> tracks of 3 s and more,
left to right --> person boxes
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .faces import overlaps
from .shots import FoundScene

MIN_TRACK_FRAMES = 75
"""Shorter tracks are dropped: 3 s (paper: clips have 3 to 14 s)."""
_MAX_GAP_FRAMES = 50
"""Frames for which a face may be lost, as in a turn of the head, and still be followed (ours)."""
_MIN_OVERLAP = 0.25
"""Least IoU of a face before and after a gap (ours)."""
_EDGE_FRAMES = 15
"""A track that ends this close to its scene's edge is extended to it: fades are dark (ours)."""
_MIN_PRESENT = 0.5
"""Least share of a track's frames with the face (ours)."""

# Margins of a person box around the face, in sizes of the face's box. A head is about 1.5 of Haar's
# squares high, shoulders are 3 wide (ours, by the proportions of a drawn figure).
_ABOVE, _SIDEWAYS, _BELOW = 0.5, 1.0, 1.8


PersonBox = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """One person in one scene."""

    scene: int
    """Index of the scene."""
    box_index: int
    """0 for the leftmost of the scene's people, and so on."""
    first: int
    """First frame on the grid."""
    stop: int
    """Frame after the last."""
    boxes: NDArray[np.float32]
    """(n, 4) x1, y1, x2, y2 of the face in each frame, normalised; n = stop - first."""
    mouths: NDArray[np.float32]
    """(n,) opening of the mouth, in the unit of its measure; 0 in all frames of a mouth that is
    never seen."""
    contrasts: NDArray[np.float32]
    """(n,) contrast around the mouth by `appearance.mouth_opening`."""
    present: NDArray[np.bool_]
    """(n,) whether the frame shows the face and its mouth; boxes and mouths are interpolated
    elsewhere."""
    descriptor: NDArray[np.float32] | None
    """(d,) mean of the descriptors; None without any."""
    sharpness: float
    """Mean over the frames with the face, 0 to 1."""
    person_box: PersonBox
    """x1, y1, x2, y2, normalised: head and shoulders in all frames; one box for the clip."""
    links: tuple[int, ...] = ()
    """Numbers of the face in the table of faces."""


@dataclass(slots=True)
class _Chain:
    """Rows of one face, in order."""

    rows: NDArray[np.int64]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Path:
    """A face over the frames [first, stop)."""

    rows: NDArray[np.int64]
    first: int
    stop: int
    boxes: NDArray[np.float32]

    @property
    def middle(self) -> tuple[float, float]:
        return float(self.boxes[:, ::2].mean()), float(self.boxes[:, 1::2].mean())


@dataclass(frozen=True, slots=True)
class _Columns:
    index: NDArray[np.int32]
    link: NDArray[np.int32]
    boxes: NDArray[np.float32]
    mouth: NDArray[np.float32]
    contrast: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    described: NDArray[np.bool_]
    descriptors: NDArray[np.float32]
    """(rows with a descriptor, d), in order."""


def track(faces: pa.Table, scenes: Iterable[FoundScene]) -> list[Track]:
    """Follows every face through its scene.

    Args:
        faces: of the tap `Faces`, by index.
        scenes: of one source.

    Returns:
        By scene, then left to right.
    """
    columns = _columns(faces)
    tracks: list[Track] = []
    for scene in scenes:
        start, end = np.searchsorted(columns.index, [scene.first, scene.stop])
        chains = _merged_chains(columns, _chains(columns, int(start), int(end)))
        paths = [path for chain in chains if (path := _path(columns, chain, scene)) is not None]
        paths = _without_doubles(paths)
        paths.sort(key=lambda path: float(path.boxes[:, ::2].mean()))
        for number, (path, box) in enumerate(zip(paths, _person_boxes(paths), strict=True)):
            tracks.append(_track(columns, path, scene.index, number, box))
    return tracks


def _columns(faces: pa.Table) -> _Columns:
    descriptors = faces["descriptor"].combine_chunks()
    if isinstance(descriptors, pa.ChunkedArray):
        descriptors = pa.array([], descriptors.type)
    described = descriptors.is_valid().to_numpy(zero_copy_only=False)
    flat = descriptors.flatten().to_numpy()
    boxes = np.stack([faces[name].to_numpy() for name in ("x1", "y1", "x2", "y2")], axis=1)
    return _Columns(
        index=faces["index"].to_numpy(),
        link=faces["link"].to_numpy(),
        boxes=boxes,
        mouth=faces["mouth"].to_numpy(),
        contrast=faces["contrast"].to_numpy(),
        sharpness=faces["sharpness"].to_numpy(),
        described=described,
        descriptors=flat.reshape(-1, len(flat) // max(1, int(described.sum())) or 1),
    )


def _chains(columns: _Columns, start: int, end: int) -> list[_Chain]:
    chains: list[_Chain] = []
    links = columns.link[start:end]
    for link in np.unique(links):
        rows = start + np.flatnonzero(links == link)
        chains.append(_Chain(rows, int(columns.index[rows[0]]), int(columns.index[rows[-1]])))
    return sorted(chains, key=lambda chain: (chain.first, -chain.last))


def _merged_chains(columns: _Columns, chains: list[_Chain]) -> list[_Chain]:
    """Merges each chain with the earlier one that it overlaps most, if any."""
    merged: list[_Chain] = []
    for chain in chains:
        candidates = [
            candidate
            for candidate in merged
            if candidate.last < chain.first and chain.first - candidate.last <= _MAX_GAP_FRAMES
        ]
        if candidates:
            last = np.stack([columns.boxes[candidate.rows[-1]] for candidate in candidates])
            overlap = overlaps(last, columns.boxes[chain.rows[:1]])[:, 0]
            best = int(overlap.argmax())
            if overlap[best] >= _MIN_OVERLAP:
                candidates[best].rows = np.concatenate([candidates[best].rows, chain.rows])
                candidates[best].last = chain.last
                continue
        merged.append(chain)
    return merged


def _path(columns: _Columns, chain: _Chain, scene: FoundScene) -> _Path | None:
    """Position of a face in every frame; None if too few frames have it."""
    first = scene.first if chain.first - scene.first <= _EDGE_FRAMES else chain.first
    stop = scene.stop if scene.stop - chain.last - 1 <= _EDGE_FRAMES else chain.last + 1
    if stop - first < MIN_TRACK_FRAMES or len(chain.rows) < _MIN_PRESENT * (stop - first):
        return None
    known, frames = columns.index[chain.rows], np.arange(first, stop)
    sides = [np.interp(frames, known, columns.boxes[chain.rows, side]) for side in range(4)]
    return _Path(chain.rows, first, stop, np.stack(sides, axis=1).astype(np.float32))


def _without_doubles(paths: list[_Path]) -> list[_Path]:
    """Drops a path whose face lies inside a longer one's: a face detected at two sizes."""
    kept: list[_Path] = []
    for path in sorted(paths, key=lambda path: -len(path.rows)):
        x, y = path.middle
        around = [other.boxes.mean(0) for other in kept]
        if not any(box[0] < x < box[2] and box[1] < y < box[3] for box in around):
            kept.append(path)
    return kept


def _person_boxes(paths: list[_Path]) -> list[PersonBox]:
    """Head and shoulders: the union of a face's boxes, widened up to the neighbours' faces.

    The margins are half the mean height of the face's box above the union, 1.8 heights below, and
    its width on both sides; they end in the middle between two people's unions, and at the frame.

    Args:
        paths: of one scene, left to right.
    """
    unions = [
        np.concatenate([path.boxes[:, :2].min(0), path.boxes[:, 2:].max(0)]) for path in paths
    ]
    walls = [(float(a[2]) + float(b[0])) / 2 for a, b in pairwise(unions)]
    people: list[PersonBox] = []
    for path, union, left, right in zip(paths, unions, [0.0, *walls], [*walls, 1.0], strict=False):
        x1, y1, x2, y2 = (float(side) for side in union)
        wide, high = (float(size) for size in (path.boxes[:, 2:] - path.boxes[:, :2]).mean(0))
        people.append(
            (
                max(x1 - _SIDEWAYS * wide, left, 0.0),
                max(y1 - _ABOVE * high, 0.0),
                min(x2 + _SIDEWAYS * wide, right, 1.0),
                min(y2 + _BELOW * high, 1.0),
            )
        )
    return people


def _track(
    columns: _Columns, path: _Path, scene: int, box_index: int, person_box: PersonBox
) -> Track:
    frames = np.arange(path.first, path.stop)
    with_mouth = path.rows[np.isfinite(columns.mouth[path.rows])]
    known = columns.index[with_mouth]
    described = path.rows[columns.described[path.rows]]
    # Descriptors are stored densely, only for rows that have one.
    descriptors = columns.descriptors[(np.cumsum(columns.described) - 1)[described]]
    return Track(
        scene=scene,
        box_index=box_index,
        first=path.first,
        stop=path.stop,
        boxes=path.boxes,
        mouths=_between(frames, known, columns.mouth[with_mouth]),
        contrasts=_between(frames, known, columns.contrast[with_mouth]),
        present=np.isin(frames, known),
        descriptor=descriptors.mean(0) if len(descriptors) else None,
        sharpness=float(columns.sharpness[path.rows].mean()),
        person_box=person_box,
        links=tuple(int(link) for link in np.unique(columns.link[path.rows])),
    )


def _between(
    frames: NDArray[np.int64], known: NDArray[np.int32], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Values in all frames, interpolated between those that are known; 0 if none is."""
    if not len(known):
        return np.zeros(len(frames), np.float32)
    return np.interp(frames, known, values).astype(np.float32)
