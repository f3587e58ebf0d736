"""Sources of every kind, read back whole: 0 wrong frames or silent speech, the rest named."""

from pathlib import Path

import pytest

from tests.media.readback import outcomes, truth_of
from tests.media.rendered import Kind, render


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_plain_file_is_right_everywhere(tmp_path: Path, name: str) -> None:
    kind = Kind(seconds=5.0)
    path = render(tmp_path / name, kind)
    assert outcomes(path, truth_of(path, kind)) == {"right": 6, "range_outside_source": 2}
