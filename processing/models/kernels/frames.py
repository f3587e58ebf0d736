"""A batch of decoded 4:2:0 frames on any device.

planar or NV12 surfaces --> luma, blue and red planes, as views without a copy
"""

from dataclasses import dataclass

from torch import Tensor, uint8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frames:
    """Frames of one size.

    Raises:
        ValueError: the planes do not fit together; names their shapes.
    """

    luma: Tensor
    """(N, H, W) uint8, H and W even and at least 2."""
    blue: Tensor
    """(N, H / 2, W / 2) uint8."""
    red: Tensor
    """(N, H / 2, W / 2) uint8."""

    def __post_init__(self) -> None:
        number, height, width = self.luma.shape if self.luma.ndim == 3 else (0, 0, 0)
        half = (number, height // 2, width // 2)
        if (
            height < 2
            or width < 2
            or height % 2
            or width % 2
            or self.blue.shape != half
            or self.red.shape != half
            or {plane.dtype for plane in (self.luma, self.blue, self.red)} != {uint8}
        ):
            raise ValueError(
                f"planes {list(self.luma.shape)}, {list(self.blue.shape)}, {list(self.red.shape)} "
                f"of {self.luma.dtype}: 4:2:0 has (N, H, W) and twice (N, H/2, W/2) of uint8, H "
                "and W even"
            )

    def __len__(self) -> int:
        return len(self.luma)

    def __repr__(self) -> str:
        number, height, width = self.luma.shape
        return f"Frames({number} of {width}x{height} on {self.luma.device})"

    def __getitem__(self, part: slice) -> "Frames":
        """Some of the frames, as views."""
        return Frames(luma=self.luma[part], blue=self.blue[part], red=self.red[part])

    @classmethod
    def planar(cls, planes: Tensor) -> "Frames":
        """Of (N, H * 3 / 2, W): luma, below it blue and then red."""
        number, rows, width = planes.shape
        height = rows * 2 // 3
        chroma = planes[:, height:].reshape(number, 2, height // 2, width // 2)
        return cls(luma=planes[:, :height], blue=chroma[:, 0], red=chroma[:, 1])

    @classmethod
    def nv12(cls, surfaces: Tensor) -> "Frames":
        """Of (N, H * 3 / 2, W): luma, below it blue and red interleaved, as NVDEC has them."""
        number, rows, width = surfaces.shape
        height = rows * 2 // 3
        chroma = surfaces[:, height:].reshape(number, height // 2, width // 2, 2)
        return cls(luma=surfaces[:, :height], blue=chroma[..., 0], red=chroma[..., 1])
