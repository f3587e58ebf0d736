"""Videos from a local site by the real yt-dlp: got, resumed, refused, remembered."""

import gc
import json
import multiprocessing
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from speakervid5m.processing.official.download import download as downloading
from speakervid5m.processing.official.download.download import (
    DEFAULT_URL,
    Downloaded,
    DownloadOptions,
    download,
    read_outcomes,
    settings_of,
)
from speakervid5m.records import install_command
from tests.processing.official.download.video_site import VideoSite, serve_videos
from tests.processing.shows import write_video

yt_dlp = pytest.importorskip("yt_dlp", reason="the extra download is not installed")

GOOD, GONE = "-a_b-c_d-e_", "BK6_XIz6-ZE"
NAME = f"{GOOD}_128x72_full_video.mp4"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[VideoSite]:
    folder = tmp_path / "site"
    folder.mkdir()
    write_video(folder / f"{GOOD}.mp4", 128, 72, 100, 1)
    with serve_videos(folder) as served:
        yield served


def options_for(site: VideoSite, folder: Path, **more: Any) -> DownloadOptions:
    asked: dict[str, Any] = {"folder": folder, "url": site.url, "pause_seconds": 0}
    return DownloadOptions(**asked | more)


def outcomes(results: Iterator[Downloaded]) -> dict[str, str]:
    return {one.source_id: one.outcome for one in results}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock", ".lock.holder"}


def whole(site: VideoSite) -> bytes:
    return (site.folder / f"{GOOD}.mp4").read_bytes()


def test_videos_come_under_their_official_names(site: VideoSite, tmp_path: Path) -> None:
    options = options_for(site, tmp_path / "my 100% videos")
    found = outcomes(download([GOOD, GONE, GOOD], options))
    assert found == {GOOD: "downloaded", GONE: "unavailable"}
    assert (options.folder / NAME).read_bytes() == whole(site)
    assert names(options.folder) == {NAME, "outcomes.json"}
    assert len([path for path, _ in site.asked if GOOD in path]) == 2, "page and video, once"
    site.asked.clear()
    again = outcomes(download([GOOD, GONE], options, there=[GOOD]))
    assert again == {GOOD: "there", GONE: "unavailable"}
    assert not site.asked
    retried = options_for(site, options.folder, retry=True)
    assert outcomes(download([GONE], retried)) == {GONE: "unavailable"}
    assert site.asked


def begun(site: VideoSite, folder: Path) -> Path:
    """The name of the file that is being got."""
    with yt_dlp.YoutubeDL({"quiet": True}) as asked:
        info = asked.extract_info(site.url.format(source_id=GOOD), download=False)
    folder.mkdir()
    return folder / f".{GOOD}.{info['format_id']}.{info['ext']}.part"


def test_what_was_begun_is_resumed(site: VideoSite, tmp_path: Path) -> None:
    part = begun(site, tmp_path / "videos")
    part.write_bytes(whole(site)[:5000])
    options = options_for(site, part.parent)
    assert outcomes(download([GOOD], options)) == {GOOD: "downloaded"}
    assert (f"/{GOOD}.mp4", "bytes=5000-") in site.asked
    assert (options.folder / NAME).read_bytes() == whole(site)


def test_what_another_format_left_is_neither_taken_nor_gone_on_with(
    site: VideoSite, tmp_path: Path
) -> None:
    options = options_for(site, tmp_path / "videos")
    options.folder.mkdir()
    write_video(options.folder / f".{GOOD}.137.f137.mp4", 64, 64, 25, 2)
    for name in ("", ".22"):
        part = options.folder / f".{GOOD}{name}.mp4.part"
        part.write_bytes(b"of another format" * 99)
    assert outcomes(download([GOOD], options)) == {GOOD: "downloaded"}
    assert (options.folder / NAME).read_bytes() == whole(site)
    assert names(options.folder) == {NAME, "outcomes.json"}


def test_a_run_that_is_killed_midway_is_gone_on_with(site: VideoSite, tmp_path: Path) -> None:
    halves, rest = threading.Semaphore(0), threading.Event()

    def halfway() -> None:
        halves.release()
        rest.wait()

    site.halfway = halfway
    options = options_for(site, tmp_path / "videos")
    run = multiprocessing.get_context("spawn").Process(target=_run, args=(options,))
    run.start()
    try:
        for _ in ("page", "video"):
            assert halves.acquire(timeout=120)
    finally:
        run.kill()
        run.join()
        rest.set()
    assert NAME not in names(options.folder)
    assert outcomes(download([GOOD], options)) == {GOOD: "downloaded"}
    assert (options.folder / NAME).read_bytes() == whole(site)
    assert names(options.folder) == {NAME, "outcomes.json"}


def _run(options: DownloadOptions) -> None:
    list(download([GOOD], options))


def test_two_runs_do_not_share_a_folder(site: VideoSite, tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(BlockingIOError, match="another run"),
    ):
        list(download([GOOD], options_for(site, tmp_path)))
    assert not site.asked
    assert outcomes(download([GOOD], options_for(site, tmp_path))) == {GOOD: "downloaded"}


def test_what_was_taken_down_is_never_asked_for(site: VideoSite, tmp_path: Path) -> None:
    options = options_for(site, tmp_path / "videos", retry=True)
    assert outcomes(download([GOOD], options, taken_down=[GOOD])) == {GOOD: "taken_down"}
    assert not site.asked


def test_what_is_no_video_is_not_kept(site: VideoSite, tmp_path: Path) -> None:
    (site.folder / f"{GONE}.mp4").write_bytes(b"an error page" * 100)
    options = options_for(site, tmp_path / "videos")
    (result,) = download([GONE], options)
    assert result.outcome == "failed" and result.detail.startswith("not a video")
    assert names(options.folder) == {"outcomes.json"}


def test_what_is_gone_leaves_nothing_behind(site: VideoSite, tmp_path: Path) -> None:
    options = options_for(site, tmp_path / "videos")
    options.folder.mkdir()
    (options.folder / f".{GONE}.mp4.mp4.part").write_bytes(b"half of it")
    assert outcomes(download([GONE], options)) == {GONE: "unavailable"}
    assert names(options.folder) == {"outcomes.json"}


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_full_disk_ends_the_run(site: VideoSite, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    part = begun(site, tmp_path / "videos")
    part.symlink_to("/dev/full")
    results = download([GOOD, GONE], options_for(site, part.parent))
    with pytest.raises(OSError, match=r"No space left.*the next run continues.*videos"):
        next(results)
    assert GONE not in "".join(site.paths), "the next would meet the same"
    assert not read_outcomes(part.parent), "and says nothing of the video"
    gc.collect()  # yt-dlp leaves the connection it could not read to its end


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_asked(
    site: VideoSite, tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "outcomes.json").mkdir()
    with pytest.raises(OSError, match=r"outcomes\.json"):
        list(download([GOOD], options_for(site, tmp_path / "videos")))
    assert not site.asked


def test_outcomes_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for text in ("", "[1]", '[{"source_id": "x", "colour": "red"}]'):
        (tmp_path / "outcomes.json").write_text(text)
        with pytest.raises(ValueError, match=r"outcomes\.json' is no list of outcomes.*delete it"):
            read_outcomes(tmp_path)


def test_a_site_that_blocks_is_left_alone(site: VideoSite, tmp_path: Path) -> None:
    listed = [f"{number:011d}" for number in range(8)]
    for name in (*listed[:2], *listed[3:]):
        (site.folder / f"{name}.429").touch()
    found = outcomes(download(listed, options_for(site, tmp_path / "videos")))
    assert list(found.values()) == ["blocked"] * 2 + ["unavailable"] + ["blocked"] * 3
    assert not site.paths & {f"{name}.mp4" for name in listed[6:]}
    site.asked.clear()
    again = outcomes(download(listed[:3], options_for(site, tmp_path / "videos")))
    assert again == {name: found[name] for name in listed[:3]}
    assert site.paths == {f"{name}.mp4" for name in listed[:2]}, "what is blocked is asked again"


def test_a_pause_between_two_videos_also_where_they_are_refused(
    site: VideoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(downloading, "sleep", pauses.append)
    listed = [GONE, GOOD, "00000000000", "there000000"]
    options = options_for(site, tmp_path, pause_seconds=7.5)
    list(download(listed, options, there=listed[3:]))
    assert pauses == [7.5, 7.5]
    list(download([GONE], options))
    assert len(pauses) == 2, "nothing is asked for, nothing waited for"


def test_outcomes_are_written_when_they_change(
    site: VideoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [f"{number:011d}" for number in range(5)]
    list(download(gone, options_for(site, tmp_path)))
    written: list[int] = []
    write = downloading._write

    def counted(folder: Path, known: dict[str, Downloaded]) -> None:
        written.append(len(known))
        write(folder, known)

    monkeypatch.setattr(downloading, "_write", counted)
    list(download([*gone, GOOD], options_for(site, tmp_path)))
    assert written == [5, 6], "at the begin, and for the one that is new"
    stored = json.loads((tmp_path / "outcomes.json").read_text())
    assert [one["source_id"] for one in stored] == [GOOD, *gone]


def test_the_rate_is_kept_by_yt_dlp(
    site: VideoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    assert outcomes(download([GOOD], options_for(site, tmp_path / "free"))) == {GOOD: "downloaded"}
    assert not waited
    slow = options_for(site, tmp_path / "slow", bytes_per_second=1.0)
    assert outcomes(download([GOOD], slow)) == {GOOD: "downloaded"}
    assert max(waited) > len(whole(site)) / 2, "a byte a second"


def formats(*made: tuple[str, str, str, str, int], **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "format_id": name, "ext": ext, "vcodec": picture, "acodec": sound, "height": height,
            "width": height * 16 // 9 or None, "tbr": 100 + height, "protocol": "https",
            "url": f"https://example.org/{name}",
        } | more.get(f"of_{name}", {})
        for name, ext, picture, sound, height in made
    ]  # fmt: skip


NONE = "none"
VP9 = ("313", "webm", "vp9", NONE, 2160)
AV1 = ("401", "mp4", "av01.0.12M.08", NONE, 2160)
AVC = ("137", "mp4", "avc1.640028", NONE, 1080)
VP9_AS_LARGE = ("248", "webm", "vp9", NONE, 1080)
AV1_AS_LARGE = ("399", "mp4", "av01.0.08M.08", NONE, 1080)
SMALL_AVC = ("136", "mp4", "avc1.4d401f", NONE, 720)
BOTH = ("18", "mp4", "avc1.42001E", "mp4a.40.2", 360)
BOTH_VP9 = ("43", "webm", "vp9", "opus", 480)
OPUS = ("251", "webm", NONE, "opus", 0)
AAC = ("140", "m4a", NONE, "mp4a.40.2", 0)


@pytest.fixture
def choices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str]]:
    """What is got of some formats, with and without an ffmpeg program."""

    def choice(offered: list[dict[str, Any]]) -> str:
        with yt_dlp.YoutubeDL(settings_of(DownloadOptions(folder=tmp_path))) as site:
            info: dict[str, Any] = {"id": GOOD, "title": "a talk", "extractor": "youtube"}
            info["formats"] = offered
            return str(site.process_ie_result(info, download=False)["format_id"])

    def both(*offered: tuple[str, str, str, str, int], **more: Any) -> tuple[str, str]:
        monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/ffmpeg")
        merged = choice(formats(*offered, **more))
        monkeypatch.setattr(shutil, "which", lambda _: None)
        return merged, choice(formats(*offered, **more))

    return both


@pytest.mark.parametrize(
    ("offered", "chosen", "chosen_unmerged"),
    [
        ((BOTH, OPUS, AAC, SMALL_AVC, AVC), "137+140", "18"),
        ((BOTH, OPUS, AAC, SMALL_AVC, AVC, VP9_AS_LARGE, AV1_AS_LARGE), "137+140", "18"),
        ((BOTH, OPUS, AVC, AV1_AS_LARGE), "137+251", "18"),
        ((BOTH, OPUS, AAC, SMALL_AVC, AVC, VP9), "313+140", "18"),
        ((BOTH_VP9, BOTH, OPUS, AAC, AV1, AVC), "401+140", "43"),
        ((BOTH_VP9, OPUS, AAC, VP9), "313+140", "43"),
        ((BOTH_VP9, OPUS, VP9), "313+251", "43"),
        ((BOTH, SMALL_AVC), "18", "18"),
        ((BOTH_VP9,), "43", "43"),
    ],
)
def test_most_pixels_then_avc_and_the_best_sound_are_preferred(
    offered: tuple[tuple[str, str, str, str, int], ...],
    chosen: str,
    chosen_unmerged: str,
    choices: Callable[..., tuple[str, str]],
) -> None:
    assert choices(*offered) == (chosen, chosen_unmerged)
    assert choices(*offered[::-1]) == (chosen, chosen_unmerged)


def test_of_as_many_pixels_in_avc_more_frames_and_the_language_of_the_video(
    choices: Callable[..., tuple[str, str]],
) -> None:
    quick = ("299", "mp4", "avc1.64002a", NONE, 1080)
    fat = ("216", "mp4", "avc1.640028", NONE, 1080)
    rates = {"of_137": {"fps": 30, "tbr": 2000}, "of_216": {"fps": 30, "tbr": 4000}}
    assert choices(BOTH, AVC, fat, AAC, **rates)[0] == "216+140"
    assert (
        choices(BOTH, AVC, quick, fat, AAC, of_299={"fps": 60, "tbr": 900}, **rates)[0] == "299+140"
    )
    dubbed = ("140-1", "m4a", NONE, "mp4a.40.2", 0)
    spoken = {"language": "en", "language_preference": 10}
    loud = {"language": "de", "language_preference": -1, "tbr": 500, "abr": 500}
    for order in ((dubbed, AAC), (AAC, dubbed)):
        assert choices(BOTH, AVC, *order, **{"of_140": spoken, "of_140-1": loud})[0] == "137+140"
    hdr = ("337", "webm", "vp9.2", NONE, 2160)
    dark = {"dynamic_range": "HDR10"}
    for offered in ((hdr, VP9, AAC), (VP9, hdr, AAC)):
        assert choices(BOTH, *offered, of_337=dark, of_313={"dynamic_range": "SDR"})[0] == "313+140"


def test_without_sound_of_its_own_the_largest_is_joined_and_portrait_counts_as_high(
    choices: Callable[..., tuple[str, str]],
) -> None:
    tall = ("617", "webm", "vp9", NONE, 1920)
    small = ("135", "mp4", "avc1.4d401f", NONE, 854)
    sizes = {"of_617": {"width": 1080}, "of_135": {"width": 480}}
    assert choices(BOTH, small, tall, AAC, **sizes)[0] == "617+140"
    wide = ("616", "webm", "vp9", NONE, 1080)
    assert choices(BOTH, AVC, wide, AAC, of_616={"width": 2560})[0] == "616+140"


@pytest.mark.parametrize(
    ("sizes", "got"), [({"vp9": 72, "avc": 72}, "avc"), ({"vp9": 144, "avc": 72}, "vp9")]
)
def test_of_what_a_site_offers_the_largest_is_got_in_avc_if_it_can_be(
    site: VideoSite, tmp_path: Path, sizes: dict[str, int], got: str
) -> None:
    master = ["#EXTM3U"]
    for name, codec in (("vp9", "vp09.00.10.08"), ("avc", "avc1.64001f")):
        height = sizes[name]
        master += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={height}000,RESOLUTION={height * 16 // 9}x{height},"
            f'CODECS="{codec},mp4a.40.2"',
            f"{name}.m3u8",
        ]
        part = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{name}.mp4\n#EXT-X-ENDLIST\n"
        (site.folder / f"{name}.m3u8").write_text(part)
    (site.folder / f"{GOOD}.m3u8").write_text("\n".join(master) + "\n")
    shutil.copy(site.folder / f"{GOOD}.mp4", site.folder / f"{got}.mp4")
    options = options_for(site, tmp_path / "videos", url=site.url.replace(".mp4", ".m3u8"))
    assert outcomes(download([GOOD], options)) == {GOOD: "downloaded"}
    assert [path for path in site.paths if path in ("vp9.mp4", "avc.mp4")] == [f"{got}.mp4"]
    assert names(options.folder) == {NAME, "outcomes.json"}


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must hold \{source_id\}"):
        DownloadOptions(folder=tmp_path, url="http://x/")
    for rate in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="rate must be above 0"):
            DownloadOptions(folder=tmp_path, bytes_per_second=rate)
    with pytest.raises(ValueError, match="pause must be 0 s or longer"):
        DownloadOptions(folder=tmp_path, pause_seconds=-1)
    assert "{source_id}" in DEFAULT_URL


def test_without_yt_dlp_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(ImportError, match=re.escape(install_command("download"))):
        list(download([GOOD], DownloadOptions(folder=tmp_path / "videos")))
    assert not (tmp_path / "videos").exists()
