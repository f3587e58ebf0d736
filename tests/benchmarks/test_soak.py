import json
import re
from pathlib import Path

import pytest

from benchmarks.loading.soak import Round, _rows, main


def standing(number: int, **grown: float) -> Round:
    fields = {"memory_mb": 500.0, "process_mb": 400.0, "descriptors": 20, "threads": 3}
    fields |= {"children": 1, "shared_files": 0}
    for name, step in grown.items():
        fields[name] += number * step
    return Round(seconds=60.0 * number, batches=number, faults=number, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["memory_mb", "process_mb", "descriptors", "children"])
def test_what_grows_is_seen(name: str) -> None:
    assert all(row.holds for row in _rows([standing(number) for number in range(16)]))
    rows = _rows([standing(number, **{name: 5}) for number in range(16)])
    assert sum(not row.holds for row in rows) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_short_soak(tmp_path: Path) -> None:
    main(["--minutes", "0.1", "--json", str(tmp_path / "soak.json")])
    found = json.loads((tmp_path / "soak.json").read_text())
    held = {row["name"]: row["holds"] for row in found["rows"]}
    assert len(found["rounds"]) >= 8 and found["rounds"][-1]["faults"] > 20
    # Memory takes longer than this to be flat, and other tests have names in /dev/shm meanwhile
    # (those of a loader are looked at in test_beside); nothing else may grow at all.
    own = {name: holds for name, holds in held.items() if not re.search("memory|shared", name)}
    assert len(own) == 3 and all(own.values()), held
