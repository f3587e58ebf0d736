"""`pairs.json`: the test sources that were drawn, and how, so that others can draw the same.

PairList <--> JSON; `--test-sources` of `import`, `curate` and `retier` read its `sources`
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ...records import atomic_file

SCHEMA = "speakervid5m-pairs-1"
"""Of the file; a reader accepts no other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairList:
    """Test sources, and the pairs that they will give."""

    rule: str
    """How they were drawn."""
    seed: int
    """Of the shuffling."""
    num_asked: int
    """Pairs that were asked for."""
    sources: tuple[str, ...]
    """Sorted; each leaves training whole."""
    sample_ids: tuple[str, ...]
    """Sorted; pairs of these sources in the release that they were drawn from."""
    strata: Mapping[str, int]
    """Pairs of each stratum."""
    config_digests: Mapping[str, str]
    """What they were drawn from."""
    neighbours: int | None = None
    """Test persons with a neighbour in training; None: nobody compared faces and voices."""

    @property
    def digest(self) -> str:
        """sha256 of sources and pairs, to be published beside results."""
        said = json.dumps([self.sources, self.sample_ids])
        return hashlib.sha256(said.encode()).hexdigest()

    def write(self, path: Path) -> None:
        """Writes the file."""
        content = {"schema": SCHEMA, "digest": self.digest, **asdict(self)}
        with atomic_file(path) as draft:
            draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
