"""The benchmark on the smallest that tells something; its own arithmetic."""

import json
from pathlib import Path

import pytest

from benchmarks.curating.__main__ import main
from speakervid5m.processing.engines import StageStore

for package in ("cv2", "onnxruntime", "scipy"):
    pytest.importorskip(package, reason="the extra curate is not installed")


def test_new_tiers_of_a_hundred_thousand_clips_take_less_than_ten_seconds(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    arguments = ["--retier", "100000", "--clips-of-source", "500", "--folder", str(tmp_path)]
    assert main([*arguments, "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["num_tiers_written"] == 100_000
    assert 0 < found["num_sft_after"] < found["num_sft_before"] < 100_000
    assert found["new_tiers_seconds"] < 10
    assert found["models_loaded"] == []


def test_units_that_are_done_twice_are_found(tmp_path: Path) -> None:
    from benchmarks.curating.kills import _done_twice

    store = StageStore(tmp_path)
    for event, key in (
        ("began", "a"),
        ("began", "a"),
        ("done", "a"),
        ("began", "b"),
        ("done", "b"),
        ("began", "b"),
    ):
        store.note(event=event, key=key)
    assert _done_twice(store) == (1, 2)


def test_a_video_is_decoded_once(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
    path = tmp_path / "figures.json"
    assert main(["--overhead", "20", "--folder", str(tmp_path), "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["num_opened_for_pictures"] == 1
    assert found["num_pictures_decoded"] == found["num_frames"] == 500
    assert 0 < found["overhead"] < 1
    assert found["real_time_factor"] > 0


@pytest.mark.timeout(300)
def test_every_step_of_a_run_has_its_processor_time(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
    path = tmp_path / "figures.json"
    arguments = ["--resolution", "180", "--seconds", "12", "--folder", str(tmp_path / "a b")]
    assert main([*arguments, "--json", str(path)]) == 0
    figures = json.loads(path.read_text())["heights"]["180"]
    assert {"look", "voices", "annotated", "cut", "write"} <= set(figures["steps"])
    assert all(seconds >= 0 for seconds in figures["steps"].values())
    assert figures["steps_together"] > 0
    # The command starts processes of its own.
    assert figures["processor_over_length"] > 0
