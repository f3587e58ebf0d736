"""The commands as a user types them: what they print, write, refuse and return."""

import json
import shutil
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from speakervid5m.cli import main
from speakervid5m.cli.doctor import _check
from speakervid5m.records import install_command
from speakervid5m.release import open_release
from tests.processing.shows import bytes_of, planned, write_shows_dump, write_videos

SEEDS = (21, 26, 27)


@pytest.fixture(scope="module")
def shows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my shows")
    found = planned(SEEDS)
    write_videos(found, folder / "the videos")
    write_shows_dump(found, folder / "the dump", test_show=0)
    return folder


def command(shows: Path, out: Path, *more: str) -> list[str]:
    videos = str(shows / "the videos")
    return ["import", str(shows / "the dump"), "--videos", videos, "--out", str(out), *more]


@pytest.fixture(scope="module")
def release(shows: Path) -> Path:
    out = shows / "made" / "speakervid5m"
    assert main(command(shows, out)) == 0
    return out


def test_import_says_what_it_found_and_wrote(
    shows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(shows, tmp_path / "speakervid5m")) == 0
    said = capsys.readouterr().out
    assert "clips of 3 sources" in said
    assert "repaired" in said
    assert "videos: 3 of 3 sources" in said
    assert "cut: 3 sources now, 0 before" in said
    assert "no test pair" not in said
    assert "dialogue_sft" in said


def test_dry_run_writes_no_release(
    shows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "speakervid5m"
    assert main(command(shows, out, "--dry-run")) == 0
    said = capsys.readouterr().out
    assert "dry run" in said
    assert "3 of 3 sources have a video here" in said
    assert "single_sft" in said
    assert not out.exists()
    assert not list(tmp_path.glob("speakervid5m.work/cuts/*"))


def test_shards_then_finish(shows: Path, release: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    for shard in ("0/2", "1/2"):
        assert main(command(shows, out, "--shard", shard)) == 0
        assert not out.exists()
    assert main(["import", str(shows / "the dump"), "--out", str(out), "--finish"]) == 0
    assert bytes_of(out) == bytes_of(release)


def test_sources_by_a_file_of_ids(shows: Path, tmp_path: Path) -> None:
    ids = [show.source_id for show in planned(SEEDS)]
    listed = tmp_path / "ids.txt"
    listed.write_text(f"# first the second\n{ids[1]}\n\n  {ids[2]}  # and the third\n")
    out = tmp_path / "speakervid5m"
    assert main(command(shows, out, "--sources", str(listed))) == 0
    opened = open_release(str(out))
    found = {
        clip.source_id for name in opened.configs for one in opened[name] for clip in one.clips
    }
    assert found == set(ids[1:])


def test_rejects_are_done_and_by_strict_a_status_of_their_own(
    shows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    videos = tmp_path / "videos"
    shutil.copytree(shows / "the videos", videos)
    sorted(videos.iterdir())[0].write_bytes(b"")
    out = tmp_path / "speakervid5m"
    words = ["import", str(shows / "the dump"), "--videos", str(videos), "--out", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "could not be cut" in said
    number = said.count("left out: ") and int(said.split("left out: ")[1].split()[0])
    assert f"left out: {number} (empty_file {number})" in said
    assert f"written to {out}" in said and f"verify {out}" in said
    assert main([*words, "--strict"]) == 3
    capsys.readouterr()
    assert main(["rejects", f"{out}.work", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == [{"stage": "cut", "reason": "empty_file", "number": number}]
    assert {reject["source_id"] for reject in told["list"]} == {
        sorted(videos.iterdir())[0].name[:11]
    }
    assert main(["rejects", str(out), "--reason", "empty"]) == 1
    assert "the nearest are empty_file" in capsys.readouterr().err


def test_without_media_and_materialize(shows: Path, release: Path, tmp_path: Path) -> None:
    bare, out = tmp_path / "bare" / "speakervid5m", tmp_path / "full" / "speakervid5m"
    assert main(["import", str(shows / "the dump"), "--no-media", "--out", str(bare)]) == 0
    videos = str(shows / "the videos")
    assert main(["materialize", str(bare), "--videos", videos, "--out", str(out)]) == 0
    assert bytes_of(out) == bytes_of(release)


def test_assumptions_and_long_side_reach_the_manifest(shows: Path, tmp_path: Path) -> None:
    out = tmp_path / "speakervid5m"
    more = ("--max-pause-seconds", "0.5", "--cut-range", "tight", "--long-side", "48")
    assert main(command(shows, out, *more)) == 0
    facts = open_release(str(out)).manifest.facts
    assert facts.assumptions["max_pause_seconds"] == 0.5
    assert facts.assumptions["cut_range"] == "tight"
    assert facts.backends["cutting"]["long_side"] == 48
    samples = open_release(str(out))["single_sft"]
    sizes = samples.table(["width", "height"]).to_pylist()
    assert max(max(row["width"], row["height"]) for row in sizes) == 48


def test_verify_says_whole_or_what_is_wrong(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(release)]) == 0
    assert capsys.readouterr().out.splitlines()[-2] == "no problems"
    damaged = tmp_path / "speakervid5m"
    shutil.copytree(release, damaged)
    shard = next(damaged.rglob("train-*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-100])
    assert main(["verify", str(damaged)]) == 1
    said = capsys.readouterr().out
    assert shard.relative_to(damaged).as_posix() in said
    assert "DAMAGED" in said


def test_reindex_changes_no_data(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / "speakervid5m"
    shutil.copytree(release, copy)
    before = bytes_of(copy)
    assert main(["reindex", str(copy)]) == 0
    assert bytes_of(copy) == before


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["import", "nowhere", "--no-media", "--out", "speakervid5m"], 1, "merged_anno"),
        (["import", "nowhere", "--videos", "v", "--out", "speakervid5m"], 1, "videos at 'v'"),
        (["import", "dump", "--out", "speakervid5m"], 1, "--no-media"),
        (["import", "dump", "--videos", "v", "--out", "x", "--shard", "2/2"], 2, "0 <= I < N"),
        (["import", "dump", "--videos", "v", "--out", "x", "--branches", "two"], 2, "dialogue"),
        (["verify", "nowhere"], 1, "A release is a folder with manifest.json"),
        (["materialize", "nowhere", "--videos", "v", "--out", "x"], 1, "videos at 'v'"),
        (["verifi"], 2, "No such command 'verifi'. Did you mean 'verify'?"),
        ([], 2, "Missing command"),
    ],
)
def test_wrong_use_says_what_is_right(
    arguments: list[str],
    status: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        returned = main(arguments)
    except SystemExit as stop:
        returned = int(stop.code or 0)
    assert returned == status
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_assumption_that_cannot_be(
    shows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(shows, tmp_path / "x", "--max-pause-seconds", "-1")) == 1
    assert "must not be negative" in capsys.readouterr().err


def test_doctor_names_what_is_missing(
    release: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    needed = [(Requirement("datasets"), ""), (Requirement("nothing-of-that-name"), "demo")]
    monkeypatch.setattr("speakervid5m.cli.doctor._requirements", lambda: needed)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "not installed" in said
    assert f"to install what is missing: {install_command('demo')}" in said
    assert "demo` makes a small one" in said
    monkeypatch.setenv("SPEAKERVID5M_ROOT", str(release))
    assert main(["doctor"]) == 0
    assert "single_sft" in capsys.readouterr().out


@pytest.mark.parametrize("load", [False, True])
def test_doctor_names_what_is_installed_and_broken(load: bool) -> None:
    broken = _check(Requirement("packaging"), {"packaging": "gone_from_disk"}, load)
    assert broken[1:] == ("No module named 'gone_from_disk'", True)
    assert _check(Requirement("packaging"), {"packaging": "packaging"}, load)[1:] == ("", True)


@pytest.mark.timeout(900)
def test_the_demo_leaves_a_release_of_all_nine_configs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cv2", reason="the extra demo is not installed")
    from PIL import Image

    from speakervid5m.records import CONFIGS

    assert main(["demo", "--out", str(tmp_path / "demo")]) == 0
    said = capfd.readouterr().out
    assert "DialogueBatch" in said
    assert "no problems" in said
    release = open_release(str(tmp_path / "demo" / "speakervid5m"))
    assert release.configs == tuple(CONFIGS)
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {
        "videos",
        "dump",
        "speakervid5m",
        "speakervid5m.work",
        "dialogue_pairs.png",
    }
    with Image.open(tmp_path / "demo" / "dialogue_pairs.png") as sheet:
        assert sheet.width > 600
        assert len(sheet.getcolors(1 << 24) or []) > 1000
    manifest = json.loads((tmp_path / "demo" / "speakervid5m" / "manifest.json").read_text())
    assert str(tmp_path) not in json.dumps(manifest)


def test_sources_lists_what_is_needed_and_what_is_there(
    shows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    videos = tmp_path / "some videos"
    videos.mkdir()
    first = sorted((shows / "the videos").iterdir())[0]
    shutil.copy(first, videos)
    arguments = ["sources", str(shows / "the dump"), "--videos", str(videos)]
    arguments += ["--out", str(tmp_path / "speakervid5m"), "--table", str(tmp_path / "needs.tsv")]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "3 sources" in said
    assert "1 videos are there" in said
    assert said.count("missing") == 2
    rows = [line.split("\t") for line in (tmp_path / "needs.tsv").read_text().splitlines()]
    assert rows[0] == ["source_id", "clips", "seconds", "there"]
    assert {row[0]: row[3] for row in rows[1:]}[first.name[:11]] == "1"
    assert sum(int(row[3]) for row in rows[1:]) == 1
    clips = [len(show.clips) for show in planned(SEEDS)]
    assert [int(row[1]) for row in rows[1:]] == sorted(clips, reverse=True)


def test_sources_takes_a_file_of_ids_and_wants_a_folder_to_download_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids.txt").write_text("BK6_XIz6-ZE\n")
    assert main(["sources", str(tmp_path / "ids.txt")]) == 0
    assert "1 sources" in capsys.readouterr().out
    assert main(["sources", str(tmp_path / "ids.txt"), "--download"]) == 1
    assert "--videos FOLDER" in capsys.readouterr().err
