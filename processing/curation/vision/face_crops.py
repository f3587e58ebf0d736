"""Pictures of faces at 25 a second, for networks that look at mouths; out of the one decode.

faces of every frame --> squares around head and chin, 224 x 224, as JPEG --> spilled to a file
as they come --> a table: link, frame, JPEG

So a source is never decoded again to see who speaks, and never stands in memory as pixels: a face
takes about 6 kB a frame, 0.5 GB an hour, and a picture has at most the four largest faces.
"""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.opencv import cv2
from ...models.vision.frame import Frame, Image

CROP_SIZE = 224
"""Pixels of a side (SyncNet takes 224; active speaker detectors the inner 112)."""
MAX_FACES = 4
"""Faces of a frame that are kept, the largest first (ours: the paper has one or two people)."""
_QUALITY = 90
"""Of the JPEG; networks that were trained on crops took theirs from compressed video too (ours)."""
_MARGIN = 0.4
"""Part of the box's half side that is added around, twice that below (SyncNet's `crop_scale`)."""
_HALF_SIDE = 0.56
"""Half the height of a face as WIDER FACE annotates it, in sides of Haar's square (ours, by the
eyes at 0.38 and the mouth at 0.76 of the one, 0.39 and 0.82 of the other)."""
_BORDER = 110
"""Grey beyond the picture's edges (SyncNet's)."""
_ROWS_PER_BATCH = 512

CROPS = pa.schema({"link": pa.int32(), "index": pa.int32(), "jpeg": pa.binary()})


def head_crop(bgr: Image, box: NDArray[np.float32]) -> Image:
    """The square that SyncNet looks at: a face with two fifths around it and more below.

    Args:
        bgr: (h, w, 3).
        box: (4,) x1, y1, x2, y2 in pixels, as Haar's.

    Returns:
        (224, 224, 3).
    """
    half = max(float(box[2] - box[0]) * _HALF_SIDE, 1.0)
    x, y = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
    wide = half * (1 + _MARGIN)
    left, top = x - wide, y - half
    # The square [left, left + 2 wide) x [top, top + 2 wide) onto pixels 0 to 224, by areas.
    scale = CROP_SIZE / (2 * wide)
    if scale < 0.5:
        # Bilinear sampling would miss pixels: halve the picture first.
        steps = int(np.log2(0.5 / scale)) + 1
        factor = 0.5**steps
        size = (max(1, round(bgr.shape[1] * factor)), max(1, round(bgr.shape[0] * factor)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
        left, top, scale = left * factor, top * factor, scale / factor
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    matrix[:, 2] += 0.5 * scale - 0.5  # Centres of pixels, as in a resize.
    border = (_BORDER,) * 3
    crop = cv2.warpAffine(
        bgr,
        matrix,
        (CROP_SIZE, CROP_SIZE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )
    return np.asarray(crop, np.uint8)


class FaceCrops:
    """Tap: what `Faces` hands to it; looks at nothing itself.

    Rows go to a temporary file, which the system gives back when the table is let go of.

    Args:
        folder: where the file is made; the system's for temporary files if left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Removed when it is closed, or with this object if nobody finishes.
        self._file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115
        self._writer = pa.ipc.new_file(self._file, CROPS)
        self._rows: list[tuple[int, int, bytes]] = []
        self._frame: dict[int, list[tuple[float, int]]] = {}

    def add(self, frame: Frame, link: int, box: NDArray[np.float32]) -> None:
        """Keeps the crop of a face, unless four larger ones of its frame are kept already.

        Args:
            frame: the frame.
            link: number of the face.
            box: (4,) in pixels, as Haar's.
        """
        side = float(box[2] - box[0])
        kept = self._frame.setdefault(frame.index, [])
        if sum(size >= side for size, _ in kept) >= MAX_FACES:
            return
        kept.append((side, link))
        ok, jpeg = cv2.imencode(
            ".jpg", head_crop(frame.bgr(), box), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        )
        assert ok, "OpenCV has no JPEG encoder"
        self._rows.append((link, frame.index, bytes(jpeg)))
        if len(self._rows) == _ROWS_PER_BATCH:
            self._spill()
            oldest = frame.index - _ROWS_PER_BATCH
            self._frame = {index: size for index, size in self._frame.items() if index > oldest}

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""

    def finish(self) -> pa.Table:
        """A row a face and frame; of one link by frame. `link`, `index` int32, `jpeg` binary."""
        self._spill()
        self._writer.close()
        self._file.flush()
        table = pa.ipc.open_file(pa.memory_map(self._file.name)).read_all()
        # The name goes; what is mapped stays until the table is let go of.
        self._file.close()
        return table

    def _spill(self) -> None:
        if self._rows:
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            arrays = [
                pa.array(column, kind.type) for column, kind in zip(columns, CROPS, strict=True)
            ]
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=CROPS))
        self._rows = []


def crops_of(
    table: pa.Table, links: NDArray[np.int64], first: int, stop: int
) -> list[Image | None]:
    """The crops of a track, decoded: one a frame, None where there is none.

    Args:
        table: of `FaceCrops`.
        links: of the track.
        first: frame.
        stop: frame after the last.

    Returns:
        (224, 224, 3) blue, green, red; stop - first of them.
    """
    crops: list[Image | None] = [None] * (stop - first)
    link, index = table["link"].to_numpy(), table["index"].to_numpy()
    rows = np.flatnonzero(np.isin(link, links) & (index >= first) & (index < stop))
    jpegs = table["jpeg"]
    for row in rows.tolist():
        # One by one: a `take` would join chunks, and a long source's are more than 2 GB.
        encoded = np.frombuffer(jpegs[row].as_buffer(), np.uint8)
        crops[index[row] - first] = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return crops


def filled(crops: list[Image | None]) -> NDArray[np.uint8] | None:
    """(n, 224, 224, 3) with gaps filled by the nearest crop in time; None if there is none."""
    filled_at = np.array([number for number, crop in enumerate(crops) if crop is not None])
    if not len(filled_at):
        return None
    nearest = filled_at[np.abs(filled_at[None] - np.arange(len(crops))[:, None]).argmin(1)]
    return np.stack([crop for number in nearest if (crop := crops[int(number)]) is not None])
