"""`speakervid5m curate` as it is typed, on a video in which nobody speaks, and its screen."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from speakervid5m.cli import main
from speakervid5m.cli.terminal.progress_display import progress_line
from speakervid5m.processing.curation import PROFILES, profile_of, recorded
from speakervid5m.processing.engines.ray import RayEngine
from speakervid5m.records import Progress, readable_size
from tests.processing.shows import write_video

for package in ("cv2", "onnxruntime", "scipy"):
    pytest.importorskip(package, reason="the extra curate is not installed")


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a tone")
    write_video(folder / "a tone.mp4", 128, 72, 100, 1)
    return folder


def typed(name: str, tone: Path, out: Path, *more: str) -> int:
    """Types a command; a first one with the profile that needs no weights."""
    engine = ["--engine", "inline"] if name == "run" else []
    if "--profile" not in more and not (out.parent / f"{out.name}.work" / "profile.json").exists():
        engine += ["--profile", "embedded"]
    return main(["curate", name, str(tone), "--out", str(out), *engine, *more])


def written_to(capsys: pytest.CaptureFixture[str]) -> Path:
    said = capsys.readouterr().out.splitlines()
    return Path([line for line in said if line.startswith("written to ")][-1][11:])


def test_plan_says_who_does_what_and_what_it_takes(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("plan", tone, tmp_path / "out") == 0
    said = capsys.readouterr().out
    for words in ("opencv-haar", "Apache-2.0", "time: about", "disk: about", "memory: 1.1 GB"):
        assert words in said
    assert not (tmp_path / "out").exists()
    assert typed("run", tone, tmp_path / "out", "--dry-run") == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--device", "cuda:99"], "cannot run: there is no cuda:99"),
        (["--jobs", "1000000"], "of memory: --jobs"),
    ],
)
def test_plan_refuses_what_cannot_run(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert typed("plan", tone, tmp_path / "out", *more) == 1
    assert words in capsys.readouterr().out


def test_plan_and_run_ask_a_cluster_before_they_begin(
    tone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = {"Alive": True, "Resources": {"CPU": 2.0, "memory": 16e9}}
    monkeypatch.setattr(RayEngine, "_connected", lambda _: SimpleNamespace(nodes=lambda: [node]))
    words = "stage look takes 1 CPU, 1 GPU, 1.1 GB of memory on one machine; of the Ray cluster's 1"
    ray = ["--engine", "ray", "--device", "cuda:0"]
    assert typed("plan", tone, tmp_path / "out", *ray) == 1
    said = capsys.readouterr().out
    assert f"cannot run: {words}" in said
    assert "of a GPU: 1.5 GB per process" in said
    assert (
        main(
            [
                "curate",
                "run",
                str(tone),
                "--out",
                str(tmp_path / "out"),
                "--profile",
                "embedded",
                *ray,
            ]
        )
        == 1
    )
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out.work" / "stages").exists()


def test_what_is_missing_stops_plan_and_run(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--profile", "paper", "--weights", str(tmp_path / "weights")]
    assert typed("plan", tone, tmp_path / "out", *more) == 1
    said = capsys.readouterr().out
    assert "before it can run" in said
    assert "weights get paper" in said or "pip install" in said
    assert typed("run", tone, tmp_path / "out", *more) == 1
    assert "cannot run here yet" in capsys.readouterr().err
    assert not (tmp_path / "out.work" / "stages").exists()


@pytest.mark.parametrize("profile", PROFILES)
def test_plan_says_of_every_weight_its_licence_size_and_source(
    profile: str, tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed("plan", tone, tmp_path / "out", "--profile", profile, "--weights", str(tmp_path))
    lines = capsys.readouterr().out.split("or --backend")[0].splitlines()
    for stage, spec in profile_of(profile, weights=tmp_path).models.items():
        first = next(at for at, line in enumerate(lines) if line.startswith(f"{stage} "))
        assert f"{spec.name}  " in lines[first] and f"{spec.licence}  " in lines[first]
        listed = (*spec.files, *spec.bundled)
        for line, one in zip(lines[first:], listed, strict=False):
            assert f"  {one.file}  " in line and f"  {one.licence}  " in line
            assert f"  {readable_size(one.num_bytes)} " in line and line.endswith(f"  {one.source}")
        if not listed:
            assert lines[first].endswith("  none")
    optional = "optional and missing: face_recognition_dlib.onnx (yunet, face mesh, dlib)"
    assert any(line.startswith(optional) for line in lines) == (profile == "compact")


def test_run_stops_early_goes_on_and_names_what_failed(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert typed("run", tone, out, "--until", "probe") == 0
    assert "no release was written" in capsys.readouterr().out
    assert typed("run", tone, out, "--time-limit", "0s") == 1
    assert "time limit reached: running units were finished and kept" in capsys.readouterr().out
    assert typed("run", tone, out, "--shard", "0/1", "--stages", "look..voices") == 0
    assert "run once with --finish" in capsys.readouterr().out
    assert typed("status", tone, out, "--strict") == 3
    assert "in voices: no_speech" in capsys.readouterr().out
    assert not out.exists()
    assert typed("run", tone, out, "--finish") == 0
    assert out.exists()
    assert typed("report", tone, out) == 0
    page = written_to(capsys)
    assert "no_speech 1" in page.read_text()
    assert typed("retier", tone, out, "--dry-run") == 0
    assert "the release is unchanged" in capsys.readouterr().out


def test_a_shard_of_nothing_says_what_to_do(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("run", tone, tmp_path / "out", "--shard", "0/8", "--stages", "scores") == 1
    assert "no shard runs it: leave --shard out" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_named_and_stops_nothing(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tone, tmp_path / "videos")
    (tmp_path / "videos" / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    assert typed("run", tmp_path / "videos", tmp_path / "out", "--until", "probe", "--strict") == 3
    said = capsys.readouterr().out
    assert "videos: 1\n  cannot be read: " in said
    assert "gone.mp4: No such file or directory" in said


@pytest.mark.parametrize(
    "more",
    [
        ["--time-limit", "soon"],
        ["--shard", "0/2", "--finish"],
        ["--stages", "a..b", "--until", "c"],
        ["--engine", "spark"],
    ],
)
def test_a_wrong_command_line_is_one(tone: Path, tmp_path: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit) as error:
        typed("run", tone, tmp_path / "out", *more)
    assert error.value.code == 2


def test_a_line_tells_speed_failures_waiting_and_what_is_left() -> None:
    plain = Progress("look", 3, 9, "sources", "talk.mp4", 1, 1, 600.0)
    assert progress_line(plain, 60.0) == (
        "look         3/9 sources  2.00/min  10.0x real time  1 failed  3 min 00 s left  talk.mp4"
    )
    held = Progress("look", 0, 9, "sources", waits_for="lock")
    assert progress_line(held, 60.0) == "look         0/9 sources  waits for lock"
    done = Progress("look", 9, 9, "sources", done_before=9)
    assert progress_line(done, 60.0) == "look         9/9 sources"


def test_the_profile_of_the_last_run_is_asked_for_unless_another_is_typed(
    tone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedded, out = PROFILES["embedded"], tmp_path / "out"
    models = dict(embedded.models) | {"probe": replace(embedded.models["probe"], build="another")}
    other = replace(embedded, name="permissive", models=models)
    monkeypatch.setitem(PROFILES, "permissive", other)

    def probed(*more: str) -> list[str]:
        assert typed("status", tone, out, *more) == 0
        said = capsys.readouterr().out.splitlines()
        line = next(line for line in said if line.startswith("probe "))
        return [said[0], *line.split()[1:]]

    assert probed() == ["profile: embedded", "0", "0", "0", "0", "1"]
    run = ["--until", "probe", "--weights", str(tmp_path / "weights")]
    assert typed("run", tone, out, "--profile", "permissive", *run) == 0
    assert "profile: permissive\n" in capsys.readouterr().out
    assert probed() == ["profile: permissive", "0", "1", "0", "0", "0"]
    assert typed("run", tone, out, "--profile", "embedded", "--until", "nothing") == 1
    capsys.readouterr()
    assert probed()[0] == "profile: permissive", "nothing of the other has run"
    assert probed("--profile", "embedded") == ["profile: embedded", "0", "0", "0", "0", "1"]
    assert typed("report", tone, out) == 0
    page = written_to(capsys).read_text("utf-8")
    assert "Profile permissive: " in page
    before = recorded(out)
    assert before is not None and before.weights == tmp_path / "weights"
    # The same command without the option goes on with it.
    assert typed("run", tone, out, "--until", "probe") == 0
    capsys.readouterr()
    assert probed()[0] == "profile: permissive"
    (tmp_path / "out.work" / "profile.json").write_text('{"prof')
    assert probed()[0].startswith("profile: compact"), "the default"


def test_a_wrong_gate_or_page_is_told_before_anything_is_read(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("run", "retier", "report"):
        assert typed(command, tone, tmp_path / "out", "--gate", "dance=1") == 1
        assert "no gate 'dance'" in capsys.readouterr().err
    assert typed("report", tone, tmp_path / "out", "--page", str(tmp_path)) == 1
    assert "is a folder" in capsys.readouterr().err
    assert typed("run", tone, tmp_path / "out", "--device", "tpu") == 1
    assert "a device is cpu" in capsys.readouterr().err
    assert not (tmp_path / "out.work").exists()


def test_an_empty_folder_is_a_place_for_a_release(tone: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert typed("run", tone, tmp_path / "out", "--until", "probe") == 0
    assert typed("status", tone, tmp_path / "out") == 0
