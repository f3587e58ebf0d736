"""`sources` as a user types it: what it lists, what it gets from a local site, what never."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.cli import main
from speakervid5m.records import install_command
from speakervid5m.release.tombstones.records import Request, Takedown
from tests.processing.official.download.video_site import VideoSite, serve_videos
from tests.processing.shows import planned, write_shows_dump, write_video, write_videos

GONE, ALSO_GONE, GOOD = "-a_b-c_d-e_", "00000000000", "BK6_XIz6-ZE"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[VideoSite]:
    pytest.importorskip("yt_dlp", reason="the extra download is not installed")
    folder = tmp_path / "site"
    folder.mkdir()
    write_video(folder / f"{GOOD}.mp4", 128, 72, 25, 1)
    with serve_videos(folder) as served:
        yield served


LISTED = f"{GONE}\n{ALSO_GONE}\n{GOOD}\n"


def command(tmp_path: Path, *more: str, ids: str = LISTED) -> list[str]:
    (tmp_path / "ids.txt").write_bytes(ids.encode())
    if "--download" not in more:
        # Where nothing is got, a folder that is not there is a typo.
        (tmp_path / "videos").mkdir(exist_ok=True)
    places = ["--videos", str(tmp_path / "videos"), "--out", str(tmp_path / "speakervid5m")]
    return ["sources", str(tmp_path / "ids.txt"), *places, *more]


def download(site: VideoSite, tmp_path: Path, *more: str, ids: str = LISTED) -> list[str]:
    return command(tmp_path, "--download", "--url", site.url, "--pause", "0", *more, ids=ids)


def test_a_limit_counts_what_is_left_to_get(
    site: VideoSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(download(site, tmp_path, "--limit", "2", "--strict")) == 3
    assert site.paths == {f"{GONE}.mp4", f"{ALSO_GONE}.mp4"}
    site.asked.clear()
    capsys.readouterr()
    assert main(download(site, tmp_path, "--limit", "2", "--strict")) == 3, "two were not to be had"
    said = capsys.readouterr().out
    assert site.paths == {f"{GOOD}.mp4"}
    assert f"refused before, and not tried again without --retry: {GONE}: unavailable" in said
    assert f"missing: {GOOD}" in said and "outcomes: downloaded 1" in said
    site.asked.clear()
    assert main(download(site, tmp_path, "--limit", "2", "--strict")) == 3
    assert not site.asked, "nothing is left to get"
    assert main(download(site, tmp_path, "--limit", "2", "--retry", "--strict")) == 3
    assert site.paths == {f"{GONE}.mp4", f"{ALSO_GONE}.mp4"}


def test_all_that_was_asked_for_gives_status_0(site: VideoSite, tmp_path: Path) -> None:
    assert main(download(site, tmp_path, ids=GOOD)) == 0
    assert main(download(site, tmp_path, ids=GOOD)) == 0, "there"


def test_the_rate_and_the_pause_arrive(
    site: VideoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yt_dlp

    told: list[dict[str, Any]] = []

    class Told(yt_dlp.YoutubeDL):  # type: ignore[misc]
        def __init__(self, params: dict[str, Any]) -> None:
            told.append(params)
            super().__init__(params)

    pauses: list[float] = []
    monkeypatch.setattr(yt_dlp, "YoutubeDL", Told)
    monkeypatch.setattr("speakervid5m.processing.official.download.download.sleep", pauses.append)
    main(download(site, tmp_path, "--rate", "4.5", "--pause", "9"))
    assert [one["ratelimit"] for one in told] == [4_500_000.0] * 3
    assert pauses == [9.0, 9.0]
    told.clear()
    main(download(site, tmp_path, "--retry"))
    assert [one["ratelimit"] for one in told] == [None] * 2


def test_what_ids_alone_do_not_tell_is_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tmp_path, "--table", str(tmp_path / "needs.tsv"))) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 sources, clips and hours unknown (only ids were given); 0 videos")
    assert f"missing: {GOOD}\n" in said and "0.0" not in said
    rows = (tmp_path / "needs.tsv").read_text().splitlines()
    assert rows[1:] == [f"{one}\t\t\t0" for one in sorted((GONE, ALSO_GONE, GOOD))]


def test_a_list_may_come_from_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = f"\ufeff{GOOD}\r\n\r\n# gone since\r\n  {GONE}  # twice\r\n{GONE}\r\n"
    assert main(command(tmp_path, ids=listed)) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 sources, ") and said.count("missing: ") == 2
    assert f"missing: {GONE}\n" in said and f"missing: {GOOD}\n" in said


@pytest.mark.parametrize(
    "line", ["https://youtu.be/BK6_XIz6-ZE", "../../etc/pwd", "BK6_XIz6", "ä" * 11]
)
def test_lines_that_are_no_ids_are_refused(
    site: VideoSite, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert main(download(site, tmp_path, ids=f"{GOOD}\n{line}\n")) == 1
    said = capsys.readouterr().err
    assert "ids.txt' has 1 lines that are no source ids" in said and line in said
    assert not site.asked and not (tmp_path / "videos").exists()


def test_an_empty_list_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(tmp_path, ids="# nothing\n\n")) == 1
    assert "names no source id" in capsys.readouterr().err


def test_what_was_taken_down_is_never_asked_for(
    site: VideoSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tombstones = Request(people=frozenset({f"{GOOD}#A"})).tombstones("2026-11-25")
    Takedown(tombstones=tombstones).write(tmp_path / "speakervid5m")
    assert main(download(site, tmp_path, "--retry", "--strict")) == 3
    assert f"retracted, and not requested: {GOOD}" in capsys.readouterr().out
    assert site.paths == {f"{GONE}.mp4", f"{ALSO_GONE}.mp4"}


def test_a_site_that_blocks_ends_the_run(
    site: VideoSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [f"{number:011d}" for number in range(5)]
    for one in ids:
        (site.folder / f"{one}.429").touch()
    assert main(download(site, tmp_path, "--strict", ids="\n".join(ids))) == 3
    said = capsys.readouterr().out
    assert (
        "outcomes: blocked 3" in said and "blocks this machine; 2 videos were not requested" in said
    )
    assert site.paths == {f"{one}.mp4" for one in ids[:3]}


def test_what_is_wrong_is_said_before_a_dump_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ["sources", str(tmp_path / "nowhere"), "--videos", str(tmp_path), "--download"]
    for more, why in (
        ("--rate=0", "rate must"),
        ("--pause=-1", "pause must"),
        ("--url=x", "url must"),
    ):
        assert main([*nowhere, more]) == 1
        assert why in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    assert main(nowhere) == 1
    assert install_command("download") in capsys.readouterr().err
    for limit in ("0", "-1", "few"):
        with pytest.raises(SystemExit):
            main([*nowhere, f"--limit={limit}"])
        assert "is not a number from 1" in capsys.readouterr().err


def test_what_was_cut_and_deleted_is_not_got_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows = planned((21, 26))
    write_videos(shows, tmp_path / "videos")
    write_shows_dump(shows, tmp_path / "dump")
    places = [str(tmp_path / "dump"), "--videos", str(tmp_path / "videos")]
    places += ["--out", str(tmp_path / "speakervid5m")]
    sorted(tmp_path.glob("videos/*"))[0].rename(tmp_path / "not yet there.mp4")
    main(["import", *places, "--delete-sources"])
    assert not list(tmp_path.glob("videos/*.mp4"))
    capsys.readouterr()
    assert main(["sources", *places]) == 0
    said = capsys.readouterr().out
    assert "0 videos are there, 1 were cut before and are gone" in said
    assert said.count("missing: ") == 1
    assert main(["sources", *places, "--retry"]) == 0
    assert capsys.readouterr().out.count("missing: ") == 2
