"""`info` and `show`: what a release holds, and one sample as text, files or a page."""

import io
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speakervid5m.cli import main
from speakervid5m.records import CONFIGS
from speakervid5m.release import open_release
from tests.small_release import write_small_release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("a folder") / "speakervid5m"
    write_small_release(root)
    return root


def test_info_counts_what_there_is(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(release)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in CONFIGS)
    assert f"speakervid5m show {shlex.quote(str(release))}" in said
    assert main(["info", str(release), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    opened = open_release(str(release))
    counts = {name: entry["num_rows"] for name, entry in facts["configs"].items()}
    assert counts == {name: len(opened[name]) for name in opened}
    assert facts["num_pending"] == 0


@pytest.mark.parametrize("config", ["dialogue_sft", "multi_turn_sft", "listening_sft"])
def test_a_sample_by_number_and_by_id(
    release: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = open_release(str(release))[config][1]
    for name in ("1", sample.sample_id):
        assert main(["show", str(release), config, name]) == 0
        assert capsys.readouterr().out.startswith(f"{sample!r}\nnext: ")


def test_extracted_files_are_the_sample(release: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a pair"
    assert main(["show", str(release), "dialogue_sft", "0", "--extract", str(folder)]) == 0
    samples = open_release(str(release))["dialogue_sft"]
    name = samples[0].sample_id
    assert json.loads((folder / f"{name}.json").read_text())["sample_id"] == name
    for role in ("initiator", "responder"):
        video = (folder / f"{name}.{role}.mp4").read_bytes()
        assert video == samples.media(0, f"{role}_video")
        stored = samples.media(0, f"{role}_audio")
        assert isinstance(stored, bytes)
        expected, rate = soundfile.read(io.BytesIO(stored), dtype="int16")
        waveform, own_rate = soundfile.read(folder / f"{name}.{role}.wav", dtype="int16")
        assert own_rate == rate and np.array_equal(waveform, expected)


def test_play_opens_a_page_outside_the_release(
    release: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["show", str(release), "listening_sft", "0", "--play"]) == 0
    assert opened[0].startswith("file://") and str(release) not in opened[0]
    page = Path(capsys.readouterr().out.split("open ")[1].splitlines()[0])
    assert "data:video/mp4;base64," in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dialogue_sft", "99999"], "give a row from 0 to"),
        (["dialogue_sft", "0123456789abcdef01234567"], "the nearest are"),
        (["dialogue", "0"], "dialogue_sft"),
        (["dialogue_sft", "-1"], "No such option"),
    ],
)
def test_what_is_not_there(
    release: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["show", str(release), *words])
    except SystemExit as stop:
        status = int(str(stop.code))
    assert status in (1, 2)
    assert said in capsys.readouterr().err
