"""What cannot be judged is refused by name, and the truth is no reply."""

import io
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from speakervid5m.media import ClipEncoder, EncodeSettings, open_video, read_audio, write_flac
from speakervid5m.release.takedown import Request, retract
from speakervid5m.vidchatbench import (
    PROBLEMS,
    Bench,
    RetractedError,
    Submission,
    SubmissionError,
    open_bench,
    run,
    verify,
)
from speakervid5m.vidchatbench.pairs.answers import answers
from speakervid5m.vidchatbench.submission.layout import ReplyFiles
from tests.vidchatbench.models import shaking


@pytest.fixture(scope="module")
def replies(small_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replies")
    bench = open_bench(str(small_root), work=folder / "caches")
    run(bench, shaking, out=folder / "mine", num_warm_ups=0)
    return folder / "mine"


@pytest.fixture
def mine(replies: Path, tmp_path: Path) -> Path:
    return shutil.copytree(replies, tmp_path / "mine")


def hevc(size: int = 64, seconds: float = 1.0) -> bytes:
    """Not H.264, not 25 frames a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        video = container.add_stream(
            "libx265", rate=Fraction(24000, 1001), options={"preset": "ultrafast"}
        )
        video.width = video.height = size
        video.pix_fmt = "yuv420p"
        for number in range(round(seconds * 24)):
            shade = np.full((size, size, 3), number % 256, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(video.encode(None))
    return file.getvalue()


def _write(content: bytes) -> Callable[[ReplyFiles], object]:
    return lambda files: files.video.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda files: files.video.unlink(), "missing"),
        (_write(b""), "unreadable"),
        (_write(b"not a video"), "unreadable"),
        (
            lambda files: files.video.write_bytes(
                files.video.read_bytes()[: files.video.stat().st_size // 2]
            ),
            "unreadable",
        ),
        (lambda files: (files.folder / ("a" * 24 + ".mp4")).write_bytes(b"x"), "extra"),
        (lambda files: (files.folder / "..mp4").write_bytes(b"x"), "strange_name"),
        (lambda files: (files.folder / f"{files.sample_id}.exe").touch(), "strange_name"),
        (lambda files: (files.folder / "more").mkdir(), "not_a_file"),
        (lambda files: files.declared.write_text("{"), "bad_declaration"),
        (lambda files: files.declared.write_text('{"text": 3}'), "bad_declaration"),
        (lambda files: files.flac.write_bytes(b"fLaC nothing"), "bad_audio"),
        (
            lambda files: files.flac.write_bytes(write_flac(np.zeros(40_000, np.float32), 16_000)),
            "audio_longer",
        ),
    ],
)
def test_what_is_wrong_with_a_reply_has_a_name(
    bench: Bench, mine: Path, change: Callable[[ReplyFiles], object], kind: str
) -> None:
    change(Submission(mine).files(0, bench[2].sample_id))
    report = verify(bench, mine, check_leaks=False)
    assert kind in PROBLEMS
    assert {problem.kind for problem in report.problems} == {kind}
    assert report.counts() == {kind: 1}
    with pytest.raises(SubmissionError, match=rf"cannot be judged: {kind} 1\. .*bench verify"):
        report.require_ok(mine)


def test_a_link_is_no_reply(bench: Bench, mine: Path) -> None:
    files = Submission(mine).files(0, bench[2].sample_id)
    target = files.video.rename(mine / "elsewhere.mp4")
    files.video.symlink_to(target)
    report = verify(bench, mine, check_leaks=False)
    assert report.counts() == {"not_a_file": 1}


def test_any_codec_rate_and_size_from_32_is_read(bench: Bench, mine: Path) -> None:
    first, second, third = (Submission(mine).files(0, bench[n].sample_id) for n in range(3))
    first.video.write_bytes(hevc(32))
    first.flac.unlink()
    second.video.write_bytes(hevc(30))
    third.video.write_bytes(hevc(64, 42.0))
    report = verify(bench, mine, check_leaks=False)
    assert report.counts() == {"no_audio": 1, "too_long": 1, "too_small": 1}


def test_equal_files_are_counted(bench: Bench, mine: Path) -> None:
    first, second = (Submission(mine).files(0, bench[number].sample_id) for number in (0, 1))
    for name in ("video", "flac"):
        shutil.copy(getattr(first, name), getattr(second, name))
    report = verify(bench, mine, check_leaks=False)
    assert report.ok and report.counts() == {"doubled": 1}


def test_replies_to_other_pairs_are_refused(
    bench: Bench, mine: Path, small_root: Path, tmp_path: Path
) -> None:
    words = open_bench(str(small_root), "conditioned", work=tmp_path / "caches")
    assert verify(words, mine, check_leaks=False).counts() == {"other_protocol": 1}
    said = json.loads((mine / "metadata.json").read_text())
    for field, value, kind in (
        ("bench_digest", "0" * 64, "other_pairs"),
        ("training_digests", [bench.release_digest], "trained_on_test"),
    ):
        (mine / "metadata.json").write_text(json.dumps(said | {field: value}))
        assert verify(bench, mine, check_leaks=False).counts() == {kind: 1}
    for text in ("{", "[]", json.dumps(said | {"seeds": ["x"]}), json.dumps(said | {"seeds": []})):
        (mine / "metadata.json").write_text(text)
        with pytest.raises(SubmissionError):
            verify(bench, mine)
    with pytest.raises(SubmissionError, match=r"metadata\.json"):
        verify(bench, tmp_path / "nothing here")


def encoded(frames: np.ndarray, audio: np.ndarray, crf: int) -> bytes:
    encoder = None
    for rgb in frames:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
            format="yuv420p"
        )
        if encoder is None:
            encoder = ClipEncoder(
                frame, fps=25, sample_rate=16_000, settings=EncodeSettings(crf=crf)
            )
        encoder.add(frame)
    assert encoder is not None
    return encoder.finish(audio)


def test_the_truth_is_no_reply_whatever_was_done_to_it(bench: Bench, mine: Path) -> None:
    import cv2

    assert verify(bench, mine).ok, "a model's own replies are none"
    truth = answers(bench)
    lasting = {
        name: answer
        for name, answer in truth.items()
        if (answer.sample.responder.num_frames or 0) >= 40
    }
    assert len(lasting) >= 2
    (name, answer), (other, another) = [*lasting.items()][:2]
    with open_video(answer.video, backend="pyav") as reader:
        frames = reader.frames(range(reader.num_frames))
    audio = read_audio(answer.flac)
    noise = np.random.default_rng(0).normal(0, 0.1, len(audio)).clip(-1, 1).astype(np.float32)
    large = np.stack([cv2.resize(frame, (96, 128)) for frame in frames])
    still = np.repeat(frames[:1], len(frames), 0)
    files = Submission(mine).files(0, name)
    files.flac.unlink()
    for what, video in {
        "frames": answer.video,
        "re-encoded": encoded(frames, noise, 30),
        "trimmed": encoded(frames[7:], noise[7 * 640 :], 20),
        "resized": encoded(large, noise, 20),
        "audio": encoded(still, audio, 20),
    }.items():
        files.video.write_bytes(video)
        report = verify(bench, mine)
        assert report.counts() == {"is_the_truth": 1}, what
        assert ("audio" in report.problems[0].detail) == (what == "audio")
    files.video.write_bytes(encoded(still, noise, 20))
    assert verify(bench, mine).ok, "a still of it is none"
    (mine / "replies" / "0" / f"{other}.mp4").write_bytes(answer.video)
    del another


def test_people_who_were_taken_down_are_not_judged(
    small_root: Path, mine: Path, tmp_path: Path
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(small_root, root)
    gone = open_bench(str(root)).sources[0]
    retract(root, Request(sources=frozenset([gone])), date="2026-01-01")
    with pytest.raises(RetractedError, match=r"holds 12 files of samples that were retracted"):
        verify(open_bench(str(root)), mine)
