"""How samples are put together: batches of what is alike, or packs of equal cost."""

from dataclasses import dataclass

from .clip_specs import MAX_SIDE, check_count


@dataclass(frozen=True, kw_only=True, slots=True)
class Buckets:
    """Samples that are alike share a batch, so that little of it is padding.

    Raises:
        ValueError: bounds that do not ascend, or sizes out of range.
    """

    frames: tuple[int, ...] = ()
    """Ascending bounds of the longest window among a sample's clips, in frames, each within its
    bucket; what is longer than the last shares one more."""
    sizes: tuple[tuple[int, int], ...] = ()
    """(height, width) of pictures, of which a sample gets that whose shape is nearest to its own
    (its responder's, its listener's, its first turn's). `VideoSpec` then gives none."""

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
    """Of a batch of one rank, at least 1."""
    tokens_per_frame: float = 1.0
    """Price of a picture of a window, at its rate."""
    tokens_per_second: float = 0.0
    """Price of a second of sound."""
    tokens_per_clip: int = 0
    """Price of a clip, whatever its length."""

    def __post_init__(self) -> None:
        check_count("max_tokens", self.max_tokens, 1)
        prices = (self.tokens_per_frame, self.tokens_per_second, self.tokens_per_clip)
        if not all(0 <= price < float("inf") for price in prices) or not any(prices):
            raise ValueError(f"prices of tokens must be at least 0 and not all 0, got {prices}")
