"""Public annotation formats, written after a rendered show and read back with its media."""

import shutil
from pathlib import Path

import av
import pytest

from benchmarks.accuracy.datasets import ava, bbc, score_dataset, voxconverse
from benchmarks.accuracy.shows import Show
from speakervid5m.processing.studio import FPS


def test_bbc(show: Show, tmp_path: Path) -> None:
    (tmp_path / "fixed").mkdir()
    (tmp_path / "videos").mkdir()
    shots = [
        f"{round(one.start_seconds * FPS)}\t{round(one.stop_seconds * FPS) - 1}"
        for one in show.truth.shots
    ]
    (tmp_path / "fixed" / "07-scenes.txt").write_text("\n".join(shots) + "\n")
    (tmp_path / "fixed" / "08-scenes.txt").write_text("0\t10\n")
    with pytest.raises(FileNotFoundError, match="no media under"):
        score_dataset("bbc", tmp_path)
    shutil.copy(show.path, tmp_path / "videos" / "bbc_07.mp4")
    found = score_dataset("bbc", tmp_path)
    assert found["num_videos"] == 1 and found["missing"] == ["8"]
    assert found["cut_f1"] == 1.0 and found["real_time_factor"] > 0
    # A shot that is not there: one boundary is missed, and it moves the figure.
    first = int(shots[0].split("\t")[1])
    false = [f"0\t{first // 2}", f"{first // 2 + 1}\t{first}", *shots[1:]]
    (tmp_path / "fixed" / "07-scenes.txt").write_text("\n".join(false))
    number = len(shots) - 1
    assert score_dataset("bbc", tmp_path)["cut_recall"] == pytest.approx(number / (number + 1))


def test_voxconverse_of_a_video_and_of_a_wav(show: Show, tmp_path: Path) -> None:
    lines = [
        f"SPEAKER {name} 1 {one.start_seconds:.3f} {one.stop_seconds - one.start_seconds:.3f} "
        f"<NA> <NA> spk{one.voice} <NA> <NA>"
        for name in ("seen", "heard")
        for one in show.voices
    ]
    (tmp_path / "dev.rttm").write_text(";; a remark\n" + "\n".join(lines) + "\n")
    (tmp_path / "audio").mkdir()
    shutil.copy(show.path, tmp_path / "audio" / "seen.mp4")
    with (
        av.open(str(show.path)) as video,
        av.open(str(tmp_path / "audio" / "heard.wav"), "w") as wav,
    ):
        out = wav.add_stream("pcm_s16le", rate=44_100, layout="stereo")
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=44_100)
        for frame in [*video.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                wav.mux(out.encode(piece))
        wav.mux(out.encode(None))
    seen, heard = (
        voxconverse.hear(tmp_path / "audio" / name)[1] for name in ("seen.mp4", "heard.wav")
    )
    assert seen == pytest.approx(heard, abs=0.1)
    found = score_dataset("voxconverse", tmp_path)
    assert found["num_recordings"] == 2 and found["missing"] == []
    assert 0 <= found["der_with_collar"] < found["der"] < 0.15


def test_ava(show: Show, tmp_path: Path) -> None:
    rows = []
    for frame, here in enumerate(show.faces):
        for person, box in here.items():
            label = "SPEAKING_AUDIBLE" if show.speaks(person, frame) else "NOT_SPEAKING"
            sides = ",".join(f"{side:.6f}" for side in box)
            # A new entity wherever the camera looks away, as AVA has it.
            shot = next(
                number
                for number, one in enumerate(show.truth.shots)
                if frame / FPS < one.stop_seconds - 1e-6
            )
            rows.append(f"talk,{frame / FPS:.2f},{sides},{label},talk_{shot}:{person}")
    (tmp_path / "val.csv").write_text(
        "video_id,frame_timestamp,x1,y1,x2,y2,label,entity_id\n" + "\n".join(rows) + "\n"
    )
    shutil.copy(show.path, tmp_path / "talk.mp4")
    found = score_dataset("ava", tmp_path)
    assert found["num_faces"] == len(rows)
    assert found["active_speaker_map"] > 0.85 and found["active_speaker_f1"] > 0.8


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (bbc.read_shots, "0\t10\nfoo\t20\n"),
        (bbc.read_shots, "0\t10\n5\t20\n"),
        (bbc.read_shots, "10\t0\n"),
        (voxconverse.read_rttm, "SPEAKER a 1 x 2.0 <NA> <NA> A <NA> <NA>\n"),
        (voxconverse.read_rttm, "SPEAKER a 1 0.0\n"),
        (lambda path: ava.read_faces([path]), "v,1.0,0,0,1,1,SINGING,e\n"),
        (lambda path: ava.read_faces([path]), "v,1.0,0,0,1,NOT_SPEAKING,e\n"),
        (lambda path: ava.read_faces([path]), "v,1.0,0,0,1,x,NOT_SPEAKING,e\n"),
    ],
)
def test_annotations_that_are_not_in_the_format(read: "object", text: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(ValueError, match="a, line"):
        read(path)  # type: ignore[operator]


def test_folders_without_a_data_set(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        score_dataset("bbc", tmp_path / "no")
    for name in ("ava", "bbc", "voxconverse"):
        with pytest.raises(FileNotFoundError, match="no annotation"):
            score_dataset(name, tmp_path)
