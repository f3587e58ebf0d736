"""`curate --config` and `--save-config`: options in a file, as if they were typed."""

import json
import tomllib
from pathlib import Path

import pytest

from speakervid5m.cli import main
from tests.processing.shows import write_video

for package in ("cv2", "onnxruntime", "scipy"):
    pytest.importorskip(package, reason="the extra curate is not installed")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my talks")
    write_video(folder / "a tone.mp4", 128, 72, 25, 1)
    return folder


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        main(["curate", "run", "--dry-run", *words])
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_what_is_saved_is_read_again_and_what_is_typed_wins(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, again = tmp_path / "my config.toml", tmp_path / "again.toml"
    out = str(tmp_path / 'o"u\\t')
    words = ["--out", out, "--gate", "lips=0.25", "--gate", "duration_min=4", "--jobs", "2"]
    more = ["--shard", "0/2", "--stages", "look..voices", "--time-limit", "90m", "--limit", "5"]
    assert main(["curate", "run", str(videos), *words, *more, "--dry-run",
                 "--tiers", "sft", "--branches", "single,dialogue", "--language", "de",
                 "--backend", "look=haar", "--save-config", str(saved)]) in (0, 1)  # fmt: skip
    assert "no backend" in capsys.readouterr().err, "it is written before the command fails"
    values = tomllib.loads(saved.read_text("utf-8"))
    assert values == {
        "videos": [str(videos)],
        "out": out,
        "jobs": 2,
        "shard": "0/2",
        "stages": "look..voices",
        "time_limit": "5400s",
        "limit": 5,
        "tiers": ["sft"],
        "branches": ["single", "dialogue"],
        "language": ["de"],
        "backend": {"look": "haar"},
        "gate": {"lips": 0.25, "duration_min": 4.0},
    }
    text = saved.read_text("utf-8").replace('[backend]\nlook = "haar"\n', "")
    saved.write_text(text, "utf-8")
    command = ["curate", "run", "--config", str(saved), "--dry-run", "--save-config", str(again)]
    assert main([*command, "--jobs", "1"]) == 0
    del values["backend"]
    assert tomllib.loads(again.read_text("utf-8")) == values | {"jobs": 1}
    # Commands that have fewer options take those they have.
    capsys.readouterr()
    assert main(["curate", "status", "--config", str(saved), "--json"]) == 0
    assert [*json.loads(capsys.readouterr().out)["videos"].values()] == ["a tone.mp4"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("job = 2", "has an option 'job', which there is not; the nearest are jobs"),
        ("dry_run = true", "'dry_run', which there is not"),
        ("jobs = true", "'jobs' is one text or number, got True"),
        ("jobs = 'many'", "'--jobs': Input should be a valid integer"),
        ("finish = 'yes'", "'finish' is true or false, got 'yes'"),
        ("videos = 'talks'", "'videos' is a list of texts"),
        ("backend = 'voices=x'", "'backend' is a table: [backend]"),
        ("[gate]\nlips = [1]", "'gate' is a table"),
        ("jobs = ", "cannot be read: "),
        ("profile = 'papier'", "'papier' is none of"),
        ("tiers = ['stf']", "did you mean sft?"),
    ],
)
def test_a_wrong_file_is_a_wrong_command_line(
    text: str, words: str, videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, "utf-8")
    typed = [str(videos), "--out", str(tmp_path / "out"), "--config", str(path)]
    assert words in refused(typed, capsys)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read: [Errno 2]" in refused(["--config", str(tmp_path / "no.toml")], capsys)
