"""Whatever stands in a folder of videos: each has a named outcome, and the run goes on."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
pytest.importorskip("onnxruntime", reason="the extra curate is not installed")

from speakervid5m.media import probe
from speakervid5m.processing.curation import CurateOptions, CurateReport, curate, scored_clips
from speakervid5m.processing.studio import ShowSpec
from speakervid5m.records import Clip
from speakervid5m.release import open_release, verify
from tests.processing.curation.run.bad_videos import (
    damaged,
    encoded_anew,
    music,
    noise,
    silence,
    sound_of,
    talk,
    with_sound,
)

SPEC = ShowSpec(
    seed=42, duration_seconds=24, width=320, height=180, av_offset_frames=3, cast="guests"
)
SECONDS = SPEC.duration_seconds

OUTCOMES = {
    "silence.mp4": {"voices no_speech"},
    "noise.mp4": {"voices no_speech"},
    "music.mp4": {"voices no_speech"},
    "one speaker.mp4": {"voices one_voice"},
    "five speakers.mp4": {"voices main_voices_below_share"},
    "three seconds.mp4": {"voices one_voice"},
    "no sound.mp4": {"probe no_audio"},
    "corrupt middle.mp4": {"look truncated"},
    "corrupt early.mp4": {"look truncated"},
    "half a file.mp4": {"look truncated", "voices one_voice"},
    "without its index.mp4": {"probe unreadable"},
    "empty.mp4": {"probe empty_file"},
    "text.mp4": {"probe unreadable"},
    "zeros.mkv": {"probe unreadable"},
}
"""Stage and reason of what is left out, by file. A broken file fails wherever it is read."""
UNHARMED = (
    "ten bits, HDR.mkv", "interlaced.mp4", "60 fps.mp4", "variable rate.mkv", "three tracks.mp4",
    "5.1.mp4", "right ear alone.mp4", "sound goes on.mp4", "sound goes on.mkv",
    "no length said.mkv",
)  # fmt: skip
"""What is the same show all the same."""

pytestmark = pytest.mark.timeout(1200)


@dataclasses.dataclass(frozen=True)
class Bad:
    options: CurateOptions
    report: CurateReport
    failures: dict[str, set[str]]
    """By file name, stage and reason."""
    clips: dict[str, list[Clip]]
    """By file name."""


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Bad:
    from speakervid5m.processing.studio.render import render_show

    folder = tmp_path_factory.mktemp("bad")
    truth = render_show(SPEC, folder)
    show, videos = folder / f"{truth.video_name}.mp4", folder / "what people have"
    videos.mkdir()
    (videos / "good.mp4").write_bytes(show.read_bytes())
    _write_bad(show, videos)
    options = CurateOptions(videos=(videos,), out=folder / "speakervid5m", profile="embedded")
    report = curate(options)
    names = {source.source_id: source.name for source in report.videos.sources}
    failures: dict[str, set[str]] = {}
    for one in report.stages.failures:
        failures.setdefault(names[one.source_id], set()).add(f"{one.stage} {one.reason}")
    clips: dict[str, list[Clip]] = {}
    stored = scored_clips(options).stored
    for source_id, name in names.items():
        if found := list(stored.get(source_id, ())):
            clips[name] = found
    return Bad(options, report, failures, clips)


def _write_bad(show: Path, folder: Path) -> None:
    own, rng = sound_of(show), np.random.default_rng(3)
    with_sound(show, folder / "silence.mp4", [silence(SECONDS)])
    with_sound(show, folder / "noise.mp4", [noise(SECONDS)])
    with_sound(show, folder / "music.mp4", [music(SECONDS)])
    with_sound(show, folder / "one speaker.mp4", [talk(["boris"] * 4, SECONDS)])
    five = ["anna", "boris", "clara", "dev", "hana"]
    with_sound(show, folder / "five speakers.mp4", [talk(five, SECONDS)])
    with_sound(show, folder / "no sound.mp4", [])
    with_sound(show, folder / "three tracks.mp4", [own, music(SECONDS), noise(SECONDS)])
    with_sound(show, folder / "5.1.mp4", [own], "5.1", 2)
    with_sound(show, folder / "right ear alone.mp4", [own], "stereo", 1)
    goes_on = np.concatenate([own, silence(3.0)])
    with_sound(show, folder / "sound goes on.mp4", [goes_on])
    with_sound(show, folder / "sound goes on.mkv", [goes_on])
    with_sound(show, folder / "no length said.mkv", [own], muxing={"live": "1"})
    encoded_anew(show, folder / "ten bits, HDR.mkv", pixel_format="yuv420p10le", hdr=True)
    fields = {"x264-params": "tff=1", "flags": "+ilme+ildct"}
    encoded_anew(show, folder / "interlaced.mp4", options=fields)
    encoded_anew(show, folder / "60 fps.mp4", rate=60)
    there = rng.random(2000) < 0.6
    encoded_anew(show, folder / "variable rate.mkv", kept=lambda n: n == 0 or bool(there[n]))
    encoded_anew(show, folder / "three seconds.mp4", stop_seconds=3.0)
    damaged(show, folder / "corrupt middle.mp4", 0.5)
    damaged(show, folder / "corrupt early.mp4", 0.2, 30_000)
    data = show.read_bytes()
    (folder / "half a file.mp4").write_bytes(data[: len(data) // 2])
    # moov at the end, and cut off before it.
    other = with_sound(show, folder / "without its index.mp4", [own])
    other.write_bytes(other.read_bytes()[:-20_000])
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("This is no video.\n" * 50)
    (folder / "zeros.mkv").write_bytes(bytes(9000))
    (folder / "a folder.mp4").mkdir()
    (folder / "notes.txt").write_text("not a video by its name")


def test_a_source_of_one_voice_says_how_near_two_would_be(bad: Bad) -> None:
    names = {source.source_id: source.name for source in bad.report.videos.sources}
    (detail,) = (
        failure.detail
        for failure in bad.report.stages.failures
        if (names[str(failure.source_id)], failure.stage) == ("one speaker.mp4", "voices")
    )
    assert re.search(r"a squared distance of \d+\.\d; voices under 3.2 are one", detail)


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_is_left_out_says_why(bad: Bad, name: str) -> None:
    assert bad.failures[name] == OUTCOMES[name]
    assert name not in bad.clips


def test_nothing_else_is_left_out_and_every_reason_has_words(bad: Bad) -> None:
    assert set(bad.failures) == set(OUTCOMES)
    assert set(bad.clips) == {"good.mp4", *UNHARMED}
    names = {source.name for source in bad.report.videos.sources}
    assert names == set(OUTCOMES) | set(bad.clips)
    for failure in bad.report.stages.failures:
        assert failure.detail.split(": ", 1)[1]


MOVING_PIXELS = ("ten bits, HDR.mkv", "interlaced.mp4")


@pytest.mark.parametrize("name", UNHARMED)
def test_other_pictures_and_sound_of_one_show_give_its_clips(bad: Bad, name: str) -> None:
    def told(clip: Clip) -> tuple[object, ...]:
        return (clip.scene, clip.voice, clip.role, clip.box_index)

    good, found = bad.clips["good.mp4"], bad.clips[name]
    for heard, other in zip(found, good, strict=True):
        # Pixels that move by themselves show no still mouth: who listens is `unbound` then.
        if name in MOVING_PIXELS and (other.role, heard.role) == ("listening", "unbound"):
            other = dataclasses.replace(other, voice=None, role="unbound")
        assert told(heard) == told(other)
    for one, other in zip(found, good, strict=True):
        assert one.start_seconds == pytest.approx(other.start_seconds, abs=0.081)
        assert one.end_seconds == pytest.approx(other.end_seconds, abs=0.081)
        assert np.allclose(one.bbox, other.bbox, atol=0.05)
        if one.role == "speaking":
            late = one.lip_offset_frames
            assert late is not None and abs(late - SPEC.av_offset_frames) <= 1


def test_clarity_is_told_where_the_file_says_no_length(bad: Bad) -> None:
    assert probe(bad.options.videos[0] / "no length said.mkv").bit_rate is None
    good, found = bad.clips["good.mp4"][0].clarity, bad.clips["no length said.mkv"][0].clarity
    assert good is not None
    assert found == pytest.approx(good, rel=0.3)


def test_the_release_holds_what_is_good(bad: Bad) -> None:
    report = verify(str(bad.options.out))
    assert report.ok, report.problems
    release = open_release(str(bad.options.out))
    sources = {sample.clips[0].source_id for sample in release["single_sft"]}
    names = {source.source_id: source.name for source in bad.report.videos.sources}
    assert {names[one] for one in sources} == {"good.mp4", *UNHARMED}
    # What is wrong is kept with its reason, and not tried again.
    again = curate(bad.options)
    assert all(one.num_done == 0 for one in again.stages.counts.values())
    assert len(again.stages.failures) == len(bad.report.stages.failures)
