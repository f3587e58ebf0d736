"""What a user asks of a batch: samples that are alike, or as many as a budget of tokens holds.

Values are checked when a spec is made; `sampling.bucketed` follows them.
"""

from dataclasses import dataclass

from .clip_specs import MAX_SIDE, check_count


@dataclass(frozen=True, kw_only=True, slots=True)
class Buckets:
    """Samples of like length or shape share a batch, so that little of it is padding.

    Raises:
        ValueError: bounds that do not ascend, or sizes out of range.
    """

    frames: tuple[int, ...] = ()
    """Ascending upper bounds, inclusive, of the longest window among a sample's clips, in frames;
    windows above the last bound share one more bucket."""
    sizes: tuple[tuple[int, int], ...] = ()
    """(height, width) of frames; a sample gets the size whose aspect is nearest to its own (its
    responder's, its listener's, its first turn's). `VideoSpec` then gives no size."""

    def __post_init__(self) -> None:
        for bound in self.frames:
            check_count("a bound of Buckets.frames", bound, 1)
        if list(self.frames) != sorted(set(self.frames)):
            raise ValueError(f"Buckets.frames must ascend, got {self.frames}")
        for height, width in self.sizes:
            if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
                raise ValueError(
                    f"Buckets.sizes are (height, width) from 1 to {MAX_SIDE}, got {self.sizes}"
                )
        if not self.frames and not self.sizes:
            raise ValueError("Buckets need frames=(32, 64, ...), sizes=((480, 768), ...) or both")


@dataclass(frozen=True, kw_only=True, slots=True)
class Packing:
    """As many samples in a batch as a budget of tokens holds; their clips lie end to end.

    Raises:
        ValueError: a budget or price out of range.
    """

    max_tokens: int
    """Budget of a batch of one rank, at least 1."""
    tokens_per_frame: float = 1.0
    """Price of a frame of a window, at its rate."""
    tokens_per_second: float = 0.0
    """Price of a second of audio."""
    tokens_per_clip: int = 0
    """Price of a clip, of any length."""

    def __post_init__(self) -> None:
        check_count("max_tokens", self.max_tokens, 1)
        prices = (self.tokens_per_frame, self.tokens_per_second, self.tokens_per_clip)
        if not all(0 <= price < float("inf") for price in prices) or not any(prices):
            raise ValueError(f"prices of tokens must be at least 0 and not all 0, got {prices}")
