"""Which videos there are, and what each is called."""

import errno
import itertools
import os
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from speakervid5m.processing.curation import find_own_sources
from speakervid5m.processing.curation.run import find_videos as finding
from tests.media.rendered import Kind, render


def found(*places: Path, digests: Path) -> dict[str, str]:
    sources = find_own_sources(places, digests).sources
    return {one.source_id: one.name for one in sources}


def test_names_follow_the_bytes_or_youtubes_id(tmp_path: Path) -> None:
    videos, digests = tmp_path / "my videos", tmp_path / "work" / "digests.json"
    (videos / "more").mkdir(parents=True)
    (videos / "a talk.mp4").write_bytes(b"one")
    (videos / "more" / "-b.MKV").write_bytes(b"two")
    (videos / "BK6_XIz6-ZE_1920x1080_full_video.mp4").write_bytes(b"three")
    (videos / "notes.txt").write_bytes(b"four")
    (videos / ".hidden.mp4").write_bytes(b"five")
    first = found(videos, digests=digests)
    assert len(first) == 3
    assert first["BK6_XIz6-ZE"].startswith("BK6_XIz6-ZE")
    assert all(len(name) == 11 for name in first)
    assert sum(name.startswith("x") for name in first) == 2
    (videos / "a talk.mp4").rename(videos / "renamed.mp4")
    assert found(videos, digests=digests).keys() == first.keys()
    assert found(videos / "renamed.mp4", digests=digests).keys() < first.keys()


def test_a_length_that_cannot_be_is_unknown(tmp_path: Path) -> None:
    for last in (1, 2_000_000):
        times = (Fraction(0), Fraction(1, 25), Fraction(last))
        kind = Kind(times=times, time_base=Fraction(1, 1000), options={"bf": "0"}, layout=None)
        path = render(tmp_path / f"{last}.mkv", kind)
        (source,) = find_own_sources([path], tmp_path / "digests.json").sources
        assert source.duration_seconds == (None if last > 1 else pytest.approx(1.04, abs=0.05))


def test_the_same_bytes_twice_are_one_source(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / "videos" / name).write_bytes(b"same")
    result = find_own_sources([tmp_path / "videos"], tmp_path / "digests.json")
    assert [one.name for one in result.sources] == ["a.mp4"]
    assert [path.name for path in result.doubles] == ["b.mp4"]


def test_of_doubles_the_same_is_taken_in_whatever_order(tmp_path: Path) -> None:
    official = "BK6_XIz6-ZE_640x360_full_video.mp4"
    contents = {
        "a": {"talk.mp4": b"same"},
        "b": {official: b"same"},
        "c": {official: b"other"},
    }
    for folder, files in contents.items():
        (tmp_path / folder).mkdir()
        for name, content in files.items():
            (tmp_path / folder / name).write_bytes(content)
    taken = set()
    for order in itertools.permutations(contents):
        places = [tmp_path / folder for folder in order]
        result = find_own_sources(places, tmp_path / f"{''.join(order)}.json")
        taken.add(tuple((one.source_id, one.digest) for one in result.sources))
        assert len(result.doubles) + len(result.sources) == 3
    assert len(taken) == 1


def test_a_known_file_is_not_read_again_and_a_changed_one_is(tmp_path: Path) -> None:
    videos, digests = tmp_path / "videos", tmp_path / "digests.json"
    videos.mkdir()
    path = videos / "a.mp4"
    path.write_bytes(b"before")
    before = found(videos, digests=digests)
    path.write_bytes(b"after it was edited")
    after = found(videos, digests=digests)
    assert before.keys() != after.keys()
    stamp = path.stat()
    path.chmod(0o200)
    shutil.copystat(path, path)
    assert path.stat().st_mtime_ns == stamp.st_mtime_ns
    assert found(videos, digests=digests).keys() == after.keys()


def test_what_cannot_be_read_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    (videos / "a.mp4").write_bytes(b"one")
    (videos / "b gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (videos / "c itself.mp4").symlink_to(videos / "c itself.mp4")
    os.mkfifo(videos / "d pipe.mp4")
    (videos / "e forbidden.mp4").write_bytes(b"two")

    def digest(path: Path) -> str:
        # As the tests may run as root, to whom nothing is forbidden.
        if path.name.startswith("e"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return "00" * 32

    monkeypatch.setattr(finding, "_digest", digest)
    result = find_own_sources([videos], tmp_path / "digests.json")
    assert [one.name for one in result.sources] == ["a.mp4"]
    assert {path.name: why for path, why in result.unreadable} == {
        "b gone.mp4": "No such file or directory",
        "c itself.mp4": "Too many levels of symbolic links",
        "d pipe.mp4": "not a file, but a pipe, a socket or a device",
        "e forbidden.mp4": "Permission denied",
    }
    (videos / "a.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=r"none of 4 videos can be read: .*b gone\.mp4: No"):
        find_own_sources([videos], tmp_path / "digests.json")


@pytest.mark.parametrize("text", ["", '{"/videos/a.mp4": ["3 17', "[]", "\0\0"])
def test_digests_that_were_cut_short_are_made_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    digests = tmp_path / "digests.json"
    before = found(tmp_path / "a.mp4", digests=digests)
    digests.write_text(text)
    assert found(tmp_path / "a.mp4", digests=digests) == before


def test_nothing_there_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no video in .*looked for \.mp4"):
        find_own_sources([tmp_path], tmp_path / "digests.json")
    with pytest.raises(FileNotFoundError, match="no video or folder"):
        find_own_sources([tmp_path / "nowhere"], tmp_path / "digests.json")
