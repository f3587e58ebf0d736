"""Where a release may stand, told before anything is read; and a disk that is full."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakervid5m.cli import main
from speakervid5m.processing.assembly.destination import check_destination, destination
from speakervid5m.release import NotARelease
from tests.processing.shows import bytes_of, planned, run, write_shows_dump, write_videos
from tests.small_release import write_small_release

SHM = Path("/dev/shm")


def test_a_new_place_and_a_release_are_taken_and_left_as_they_are(
    small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "a b" / "speakervid5m"
    check_destination(root)
    assert sorted(path.name for path in root.parent.iterdir()) == ["speakervid5m.work"]
    shutil.copytree(small, root)
    before = bytes_of(root)
    check_destination(root, [tmp_path / "videos", tmp_path / "a b" / "talk.mp4"])
    assert bytes_of(root) == before
    (tmp_path / "link").symlink_to(root)
    check_destination(tmp_path / "link")
    assert not (tmp_path / "link.work").exists()


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    # Python 3.13 resolves it, and the system refuses it.
    with pytest.raises((ValueError, OSError), match="loop"):
        check_destination(tmp_path / "loop")


@pytest.mark.parametrize(
    ("out", "inputs"),
    [
        ("videos/out", ["videos"]),
        ("videos", ["videos"]),
        ("out", ["other", "out/talk.mp4"]),
        ("out", ["out.work/videos"]),
        ("link/out", ["videos"]),
    ],
)
def test_a_place_inside_what_is_read_is_refused(
    tmp_path: Path, out: str, inputs: list[str]
) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "videos")
    with pytest.raises(ValueError, match=r"in one another.*give another --out"):
        check_destination(tmp_path / out, [tmp_path / one for one in inputs])
    assert not list(tmp_path.rglob("*.work"))


def test_what_is_no_release_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("mine")
    for name, words in (("file", "is a file"), ("folder", r"is no release \(it holds")):
        with pytest.raises(NotARelease, match=words):
            check_destination(tmp_path / name)
    (tmp_path / "out.work").write_text("a file")
    with pytest.raises(OSError, match=r"give another --out.*out\.work"):
        check_destination(tmp_path / "out")
    with pytest.raises(OSError, match=r"give another --out.*file"):
        check_destination(tmp_path / "file" / "out")
    with pytest.raises(ValueError, match="not UTF-8"):
        check_destination(tmp_path / os.fsdecode(b"\xff"))
    with pytest.raises(OSError, match=r"File name too long; give another --out"):
        check_destination(tmp_path / ("long" * 63))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    place = Path("/proc/speakervid5m")
    if os.getuid() != 0:
        place = tmp_path / "mine"
        place.mkdir(mode=0o500)
    elif not Path("/proc").is_dir():
        pytest.skip("root can write everywhere here")
    with pytest.raises(OSError, match=rf"give another --out, nothing was changed.*{place}"):
        check_destination(place / "out")


def test_a_work_folder_on_another_disk_is_refused(tmp_path: Path) -> None:
    if not SHM.is_dir() or SHM.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    elsewhere = SHM / f"speakervid5m-{os.getpid()}"
    elsewhere.mkdir()
    try:
        (tmp_path / "out.work").symlink_to(elsewhere)
        with pytest.raises(OSError, match="another file system") as error:
            check_destination(tmp_path / "out")
        assert error.value.errno == errno.EXDEV
    finally:
        elsewhere.rmdir()


def test_a_full_disk_is_named_with_what_to_do(tmp_path: Path) -> None:
    words = r"No space left.*make room.*same command"
    with pytest.raises(OSError, match=words) as error, destination(tmp_path / "out"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert error.value.filename == str(tmp_path / "out.work")
    with pytest.raises(OSError, match="other"), destination(tmp_path / "out"):
        raise OSError("other")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small") / "speakervid5m"
    write_small_release(root)
    return root


@pytest.mark.parametrize("command", ["import", "materialize", "curate run", "curate retier"])
@pytest.mark.parametrize("place", ["a file", "foreign", "videos/out"])
def test_every_command_refuses_it_before_it_reads(
    small: Path, tmp_path: Path, command: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if command.startswith("curate"):
        for package in ("cv2", "onnxruntime", "scipy"):
            pytest.importorskip(package, reason="the extra curate is not installed")
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "mine").write_text("mine")
    # Who read it would say that there is no video, and not one usable record.
    (tmp_path / "dump" / "merged_anno").mkdir(parents=True)
    (tmp_path / "dump" / "merged_anno" / "a.tar.gz").write_text("not an archive")
    (tmp_path / "videos").mkdir()
    videos, out = str(tmp_path / "videos"), str(tmp_path / place)
    words = {
        "import": ["import", str(tmp_path / "dump"), "--videos", videos],
        "materialize": ["materialize", str(small), "--videos", videos],
    }
    assert main([*words.get(command, [*command.split(), videos]), "--out", out]) == 1
    said = capsys.readouterr().err
    assert "nothing was changed" in said, said
    assert not list(tmp_path.rglob("*.work"))
    assert (tmp_path / "foreign" / "mine").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up_is_no_failure_of_a_video_and_the_next_run_goes_on(
    small_disk: Path, tmp_path: Path
) -> None:
    found = planned([21])
    write_videos(found, tmp_path / "videos")
    write_shows_dump(found, tmp_path / "dump", test_show=0)
    out = small_disk / "speakervid5m"
    said = []
    for size in ("100k", "300k", "600k", "1m", "64m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small_disk)], check=True)
        try:
            report = run(tmp_path, out)
            break
        except OSError as error:
            said.append(str(error))
    assert said
    for words in said:
        assert "No space left" in words and "make room" in words and str(small_disk) in words
    assert report.cut is not None and not report.cut.rejects
    run(tmp_path, tmp_path / "plenty" / "speakervid5m")
    assert bytes_of(out) == bytes_of(tmp_path / "plenty" / "speakervid5m")
