"""A value of the dump in, a score out; None, and counted, if it is outside the range of the score.

This also catches wrong shapes and other scales: a box, a size or a raw variance in the place of a
normalised score is outside its range.
"""

from ..untrusted_json.values import Object, Repairs, finite

SCORE_RANGES: dict[str, tuple[float, float]] = {
    # Bit rate / sqrt(height * width): 2,222 in the published example, 360,000 for 100 Mbit/s at
    # 320x240 (ours).
    "clear": (0.0, 1_000_000.0),
    # The paper's fused score.
    "dover": (0.0, 1.0),
    # SyncNet: a median of distances less the smallest. The paper's figure ends at 10 (ours).
    "conf": (0.0, 50.0),
    # SyncNet's distance of embeddings; real ones lie between 6 and 14 (ours).
    "sync_distance": (0.0, 100.0),
    # SyncNet tries 15 frames each way (ours: twice that).
    "sync_offset": (-30.0, 30.0),
    # Normalised Laplacian variance; the paper's figure ends at 1.05 (ours: about twice that).
    "face_blur": (0.0, 2.0),
    "hand_blur": (0.0, 2.0),
    # The paper's scale.
    "motion_degree": (1.0, 5.0),
    # Whisper: a mean log probability; a token drawn at random of 51,865 has -10.9 (ours).
    "avg_logprob": (-30.0, 0.0),
    # Whisper: a probability.
    "no_speech_prob": (0.0, 1.0),
    # zlib's ratio, which is 1,032 at most.
    "compression_ratio": (0.0, 1_032.0),
}
"""Smallest and largest value by the key of the dump."""


def score(values: Object, repairs: Repairs, *names: str) -> float | None:
    """The first of these keys in the record, as a score; None, and counted, if it is invalid.

    Args:
        values: a record of the dump.
        repairs: counts values that are not numbers, or outside the range of the first name.
        names: all known names of the key.
    """
    for name in names:
        value = values.get(name)
        if value is not None:
            low, high = SCORE_RANGES[names[0]]
            # The common case, without further calls: a dump has tens of millions of scores.
            if type(value) is float and low <= value <= high:
                return value
            return in_range(names[0], finite(value), repairs)
    return None


def in_range(name: str, value: float | None, repairs: Repairs) -> float | None:
    """The value of a score; None, and counted, if it is outside the range."""
    low, high = SCORE_RANGES[name]
    if value is not None and low <= value <= high:
        return value
    repairs[f"bad_{name}"] += 1
    return None
