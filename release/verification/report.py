"""What a verification says: problems, and counts of what was checked."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a release."""

    where: str
    """A file, or a config and a sample."""
    what: str
    """What is wrong with it."""


@dataclass(slots=True)
class VerifyReport:
    """What was checked, and the problems."""

    problems: list[Problem] = field(default_factory=list)
    """All problems; empty if the release is intact."""
    num_files: int = 0
    """Files hashed."""
    num_rows: int = 0
    """Rows made into samples."""
    num_media: int = 0
    """Media values compared."""
    num_frames: int = 0
    """Frames decoded."""
    num_features: int = 0
    """Values of features compared."""

    @property
    def ok(self) -> bool:
        """Whether there are no problems."""
        return not self.problems

    def note(self, where: str, what: str) -> None:
        """Adds a problem."""
        self.problems.append(Problem(where, what))
