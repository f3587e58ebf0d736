"""Ten shows and the release of all of them, for each file that imports."""

from pathlib import Path

import pytest

from tests.processing.shows import TEN, TESTED, planned, run, write_shows_dump, write_videos


@pytest.fixture(scope="module")
def shows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten videos and their dump, one show's pairs the benchmark."""
    folder = tmp_path_factory.mktemp("ten shows")
    found = planned(TEN)
    write_videos(found, folder / "videos")
    write_shows_dump(found, folder / "dump", test_show=TESTED)
    return folder


@pytest.fixture(scope="module")
def at_once(shows: Path) -> Path:
    """The release of all ten in one run."""
    out = shows / "at once" / "speakervid5m"
    report = run(shows, out)
    assert report.cut is not None
    assert report.cut.num_cut == len(TEN)
    assert not report.cut.rejects
    return out
