import json
import shutil
import tempfile
from pathlib import Path

import pytest

from benchmarks import cutting


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg on the path")
@pytest.mark.parametrize(("fps", "seconds", "clips"), [("25", 12, 4), ("30000/1001", 4, 1)])
def test_a_short_run_is_correct(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fps: str, seconds: int, clips: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "out" / "cutting.json"
    arguments = ["--seconds", str(seconds), "--clips", str(clips), "--repeats", "1", "--fps", fps]
    assert cutting.main(["--json", str(path), *arguments]) == 0
    found = json.loads(path.read_text())
    assert found["source_seconds"] == seconds
    assert found["num_clips"] == found["num_clips_compared"] == clips
    for name in ("ours_seconds", "theirs_seconds", "ratio", "ours_cpu_seconds", "cpu_ratio"):
        assert found[name] > 0
    assert found["ratio"] == pytest.approx(found["theirs_seconds"] / found["ours_seconds"])
    assert {name: len(times) for name, times in found["all_seconds"].items()} == {
        "ours": 1,
        "theirs": 1,
    }
    assert found["each_stretch_once"] is True and found["stretches"]
    assert 60 * clips < found["num_pictures_needed"] <= found["num_pictures_decoded"]
    assert found["num_frames_compared"] > 70 * clips and found["num_frames_unexplained"] == 0
    assert found["num_frames_equal"] == found["offsets"]["0"]
    assert sum(found["offsets"].values()) == found["num_frames_compared"]
    if fps == "25":
        assert set(found["offsets"]) == {"0"} and found["num_clips_of_equal_length"] == 4
    else:
        assert set(found["offsets"]) <= {"-2", "-1", "0", "1", "2"}


def test_without_ffmpeg_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cutting.main(["--json", str(tmp_path / "a.json")]) == 1
    assert "no ffmpeg" in capsys.readouterr().err
    assert not (tmp_path / "a.json").exists()


def test_clips_are_those_that_were_asked_for() -> None:
    asked = cutting.requests_of(120, 40)
    lengths = [clip.end_seconds - clip.start_seconds for clip in asked if clip.bbox == cutting.LEFT]
    assert len(asked) == len({clip.clip_id for clip in asked}) == 40
    assert all(2.95 <= length <= 14 for length in lengths)
    assert max(clip.end_seconds for clip in asked) <= 120
    pairs = [clip for clip in asked if clip.bbox == cutting.RIGHT]
    assert len(pairs) == 12, "two people in a picture"
