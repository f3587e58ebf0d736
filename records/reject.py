"""What was left out on the way to a release, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject:
    """Something that was left out."""

    stage: str
    """What left it out: `annotations`, `testset`, a stage of curation, `gates`, `cut`."""
    source_id: str
    """Its source; empty where none can be told."""
    name: str
    """A member of an archive, a file of a video, or a clip."""
    reason: str
    """A stable short word; the name of the gate."""
    detail: str
    """What exactly was wrong; empty where the reason says it."""
