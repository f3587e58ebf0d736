"""Head crops at 25 a second from the frame pass, for networks of mouths.

faces of every frame --> squares around head and chin, 224 x 224, as JPEG --> written to a file
as they come --> a table: link, frame, JPEG

So the stage `binding` decodes no video, and no source is held in memory as pixels: a face takes
about 6 kB a frame, 0.5 GB an hour, and at most the four largest faces of a frame are kept.
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
"""Of the JPEG (ours: the networks were trained on crops of compressed video too)."""
_MARGIN = 0.4
"""Share of the box's half side that is added around, twice that below (SyncNet's `crop_scale`)."""
_HALF_SIDE = 0.56
"""Half the height of a face in WIDER FACE, in sides of Haar's square (ours: from eyes at 0.38 and
mouth at 0.76 of the first, 0.39 and 0.82 of the second)."""
_BORDER = 110
"""Grey beyond the frame's edges (SyncNet's)."""
_ROWS_PER_BATCH = 512

CROPS = pa.schema({"link": pa.int32(), "index": pa.int32(), "jpeg": pa.binary()})


def head_crop(bgr: Image, box: NDArray[np.float32]) -> Image:
    """SyncNet's input: a square around a face, with two fifths added around and more below.

    Args:
        bgr: (h, w, 3).
        box: (4,) x1, y1, x2, y2 in pixels, like Haar's.

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
        # Bilinear sampling would miss pixels: halve the frame first.
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
    """Tap: crops of the faces that `Faces` adds; it reads no frame itself.

    Rows go to a temporary file, which the system frees together with the table.

    Args:
        folder: of the file; the system's folder for temporary files by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Removed when it is closed, or with this object if `finish` is never called.
        self._file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115
        self._writer = pa.ipc.new_file(self._file, CROPS)
        self._rows: list[tuple[int, int, bytes]] = []
        self._frame: dict[int, list[tuple[float, int]]] = {}

    def add(self, frame: Frame, link: int, box: NDArray[np.float32]) -> None:
        """Adds the crop of a face, unless four larger ones of its frame are there.

        Args:
            frame: the frame.
            link: number of the face.
            box: (4,) in pixels, like Haar's.
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
            self._frame = {index: faces for index, faces in self._frame.items() if index > oldest}

    def add_frame(self, frame: Frame) -> None:
        """See `Tap.add_frame`."""

    def finish(self) -> pa.Table:
        """A row a face and frame, each link's by frame. `link`, `index` int32, `jpeg` binary."""
        self._spill()
        self._writer.close()
        self._file.flush()
        table = pa.ipc.open_file(pa.memory_map(self._file.name)).read_all()
        # The file's name goes; its mapped bytes stay as long as the table.
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
    """The decoded crops of a track: one a frame, None for a frame without.

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
        # One at a time: `take` would merge chunks, which are more than 2 GB for a long source.
        encoded = np.frombuffer(jpegs[row].as_buffer(), np.uint8)
        crops[index[row] - first] = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return crops


def filled(crops: list[Image | None]) -> NDArray[np.uint8] | None:
    """(n, 224, 224, 3) with gaps filled by the nearest crop in time; None without any crop."""
    filled_at = np.array([number for number, crop in enumerate(crops) if crop is not None])
    if not len(filled_at):
        return None
    nearest = filled_at[np.abs(filled_at[None] - np.arange(len(crops))[:, None]).argmin(1)]
    return np.stack([crop for number in nearest if (crop := crops[int(number)]) is not None])
