"""The command: figures by the names that others read, and somebody else's predictions."""

import json
import socket
from pathlib import Path

import pytest

from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.long import long_show, refused

NAMES = {
    "cut_f1", "der", "active_speaker_f1", "av_offset_within_one_frame", "identity_f1",
    "dialogue_pair_f1", "real_time_factor",
}  # fmt: skip


@pytest.mark.timeout(300)
def test_figures_of_our_stages_and_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shows = ["--seeds", "1", "--seconds", "12", "--first-seed", "30", "--folder", str(tmp_path)]
    made, kept = tmp_path / "figures.json", tmp_path / "mine.json"
    main([*shows, "--json", str(made), "--save-predictions", str(kept)])
    ours = json.loads(made.read_text())
    assert set(ours) >= NAMES and ours["real_time_factor"] > 0
    assert "cut_f1" in capsys.readouterr().out
    main([*shows, "--json", str(made), "--predictions", str(kept)])
    theirs = json.loads(made.read_text())
    assert theirs["real_time_factor"] is None
    assert theirs["not_of_these_shows"] == []
    kept.write_text('[{"source_id": "another one", "cuts": []}]')
    main([*shows, "--json", str(made), "--predictions", str(kept)])
    # A show of which nothing is said is judged all the same.
    unsaid = json.loads(made.read_text())
    assert unsaid["der"] == pytest.approx(1.0)
    assert unsaid["not_of_these_shows"] == ["another one"]
    same = set(ours) & set(theirs) - {"real_time_factor", "failures"}
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}


@pytest.mark.timeout(600)
def test_a_show_becomes_a_verified_release_without_a_network(tmp_path: Path) -> None:
    report = long_show(tmp_path / "shows", tmp_path, "embedded", seconds=24.0)
    assert report["verified"] and report["num_single_sft"] > 0
    assert report["num_clips_matched"] == report["num_clips_true"] > 0
    assert report["real_time_factor"] > 0 and report["peak_memory_mb"] > 0
    with pytest.raises(ConnectionRefusedError), refused(), socket.create_connection(("::1", 9)):
        pass


def test_a_data_set_needs_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--dataset", "bbc"])
    assert "--root" in capsys.readouterr().err
