"""Every value that the paper needs and does not publish, with a reason for our choice.

The command line sets them; they go into the manifest and onto the card.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

CutRange = Literal["scene", "tight"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    """Our values where the paper gives none."""

    cut_range: CutRange = "scene"
    """Which of the dump's two ranges is cut. `scene` is what the authors' cutter takes, and what
    all released numbers describe: frame counts, captions, transcripts and scores were made on
    it. `tight` (`start`, `duration`) escapes errors of the scene detector, and its mean length
    fits the published hours (6.03 s a clip); try it if clips begin or end with foreign frames."""

    max_pause_seconds: float = 2.0
    """Longest silence between a turn and its answer in a dialogue pair. Gaps between turns of
    two people lie around 0.2 s and hardly ever above 1.5 s; after 2 s it is a new topic."""

    max_overlap_seconds: float = 1.0
    """How early an answer may begin while the other still speaks. Terminal overlaps are shorter
    than a second; longer ones are two people talking at once."""

    min_sync_gap: float = 1.0
    """A listener in the frame must have a lip sync confidence lower than the speaker's by this
    much, where both are measured. The authors' figure shows 1.3 and 6.4; a gap below 1 is
    within the noise of the measure."""

    delta_t_seconds: float = 5.0
    """Turns nearer than this belong to one multi-turn run. Scenes shorter than 3 s are not in
    the data, so a run must be able to step over one, and the pause around it."""

    history_seconds: float = 60.0
    """How far back the transcript before a run goes (its history): about the 200 words of a minute
    of talk, which every text encoder takes."""

    max_turns: int = 16
    """Most turns of a run. At 6 s a clip they last a minute and a half; more does not fit a
    training step."""

    max_run_bytes: int = 256_000_000
    """Most media of a run, by nominal size, in bytes: a row must fit a Parquet row group."""

    min_turns: int = 3
    """Fewest turns of a run: two turns are already a dialogue pair."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and not value >= 0:
                raise ValueError(f"assumption {field.name} must not be negative, got {value}")
        if self.cut_range not in ("scene", "tight"):
            raise ValueError(f"cut_range is 'scene' or 'tight', got {self.cut_range!r}")
        if not 2 <= self.min_turns <= self.max_turns:
            raise ValueError(
                f"2 <= min_turns <= max_turns must hold, got {self.min_turns} and {self.max_turns}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Name to value, for the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; missing values keep their defaults.

        Raises:
            ValueError: a name that is no assumption, or a value of another type.
        """
        known: dict[str, type] = {name: type(value) for name, value in cls().to_dict().items()}
        if unknown := sorted(set(values) - set(known)):
            raise ValueError(f"no assumption {unknown[0]!r}; there are {', '.join(known)}")
        return cls(**{name: known[name](value) for name, value in values.items()})
