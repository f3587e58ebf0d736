"""On a machine without FFmpeg's libraries: torchcodec imports, and fails at its first decoder."""

import os
import sys
from pathlib import Path

import pytest

from speakervid5m.release import open_release
from tests.bare import run_bare
from tests.processing.shows import planned, write_shows_dump, write_videos
from tests.small_release import write_small_release

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "speakervid5m.cli"]
SURROUNDINGS = {"PYTHONPATH": str(ROOT)}

_DECODING = """
from speakervid5m.media import available_backends, default_backend, open_video
from speakervid5m.release import open_release

data = open_release("speakervid5m")["dialogue_sft"].media(0, "responder_video")
with open_video(data) as reader:
    print(default_backend(), reader.frames([0, 1]).shape[0])
print(available_backends()["torchcodec"])
try:
    open_video(data, backend="torchcodec")
except ImportError as error:
    print(error)
"""
_LOADING = """
from speakervid5m.loaders import Loader, VideoSpec
from speakervid5m.release import open_release

for backend in (None, "torchcodec"):
    video = VideoSpec(fps=8, height=32, width=32, num_frames=2, backend=backend)
    samples = open_release("rel")["dialogue_sft"]
    try:
        batch = next(iter(Loader(samples, batch_size=1, video=video, audio=None)))
        print(batch.responder.video.frames.shape, len(batch.skipped))
    except ImportError as error:
        print(error)
"""


@pytest.mark.timeout(900)
def test_clips_are_decoded_by_what_works(tmp_path: Path) -> None:
    """Nothing is called damaged, and who asks for torchcodec by name is told what to do."""
    pytest.importorskip("torchcodec", reason="the extra loaders is not installed")
    write_small_release(tmp_path / "speakervid5m")
    done = run_bare([sys.executable, "-c", _DECODING], tmp_path, environment=SURROUNDINGS)
    assert done.returncode == 0, done.stderr
    decoded, *troubles = done.stdout.splitlines()
    assert decoded == "pyav 2" and len(troubles) == 2
    for said in troubles:
        assert "Could not load libtorchcodec" in said and "apt-get install ffmpeg" in said


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_demo_import_card_loader_curate_and_doctor(tmp_path: Path) -> None:
    shows = planned((21, 26, 27))
    write_videos(shows, tmp_path / "videos")
    write_shows_dump(shows, tmp_path / "dump", test_show=0)
    surroundings = SURROUNDINGS | {"HF_HOME": str(tmp_path / "hf"), "PATH": os.environ["PATH"]}

    def said_by(*words: str) -> str:
        done = run_bare([*COMMAND, *words], tmp_path, environment=surroundings)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        assert "libtorchcodec" not in done.stderr
        return done.stdout

    said_by("import", "dump", "--videos", "videos", "--out", "rel")
    assert open_release(str(tmp_path / "rel")).configs
    done = run_bare([sys.executable, "-c", _LOADING], tmp_path, environment=surroundings)
    assert "torch.Size([1, 2, 3, 32, 32]) 0" in done.stdout, done.stderr
    assert "apt-get install ffmpeg" in done.stdout, "who asks for torchcodec is told"
    said_by("card", "rel")
    said_by("verify", "rel")
    assert "torchcodec: torchcodec is installed and does not decode" in said_by("doctor")
    said_by("demo", "--out", "demo")
    assert len(open_release(str(tmp_path / "demo" / "speakervid5m")).configs) == 9
    video = next((tmp_path / "demo" / "videos").glob("*.mp4"))
    (tmp_path / "talks").mkdir()
    video.rename(tmp_path / "talks" / video.name)
    said_by("curate", "run", "talks", "--out", "own", "--profile", "embedded")
    assert open_release(str(tmp_path / "own")).configs
