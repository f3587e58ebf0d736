"""The walks of docs/architecture.md are straight: a reader seldom opens a file again."""

from pathlib import Path

import pytest

from tests.walks import WALKS, table, traced

MOST_RETURNS = {"import": 9, "curate": 9, "read": 11}
"""Bounds of what `python -m tests.walks` counts."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(WALKS))
def test_a_walk_is_straight(tmp_path: Path, name: str) -> None:
    for package in ("cv2", "espeakng_loader", "onnxruntime", "scipy", "torch"):
        pytest.importorskip(package, reason="not all extras are installed")
    walk = WALKS[name](tmp_path)
    assert walk.num_files > 20
    assert len(walk.returns) <= MOST_RETURNS[name], "\n".join(table(name, walk))


def test_a_file_that_was_left_and_is_entered_again_is_a_return() -> None:
    from speakervid5m.media import shrunk
    from speakervid5m.processing import Assumptions
    from speakervid5m.processing.assembly import catalogue
    from speakervid5m.processing.branches import samples_by_config, turns

    with traced("processing/") as walk:
        catalogue.requests_of([])
        catalogue.SourcePlan(samples=[]).requests  # noqa: B018
        shrunk(10, 10, 5)
        turns.speaking_clips([])
        samples_by_config([], Assumptions(), [], [], None)
        catalogue.digest_rows(iter([]))
        catalogue.requests_of([])
    assert walk.steps[:4] == [
        ("new", "processing/assembly/catalogue.py", "requests_of"),
        ("stay", "processing/assembly/catalogue.py", "SourcePlan"),
        ("stay", "processing/assembly/catalogue.py", "requests_of"),
        ("new", "processing/branches/build.py", "samples_by_config"),
    ]
    assert walk.returns == [("processing/assembly/catalogue.py", "digest_rows")]
