"""The dump's lists as a user meets them: what is followed, what stops, what the card says of it."""

import dataclasses
import json
from pathlib import Path

import pytest

from speakervid5m.cli import main
from speakervid5m.processing import ImportOptions, import_release
from speakervid5m.processing.official import import_annotations
from speakervid5m.processing.studio import ShowSpec, plan_show, show_files, write_dump
from speakervid5m.release import open_release, work_folder

SHOWS = [plan_show(ShowSpec(seed=seed, duration_seconds=90)) for seed in (50, 51)]
FILES = [show_files(show) for show in SHOWS]
TESTED, OTHER = (show.source_id for show in SHOWS)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a dump") / "dump"
    write_dump(FILES, folder, num_archives=1)
    return folder


def in_training(release: Path) -> set[str]:
    opened = open_release(str(release))
    return {
        clip.source_id
        for name in set(opened.configs) - {"vidchatbench"}
        for sample in opened[name]
        for clip in sample.clips
    }


def test_who_the_benchmark_names_is_not_trained_on_and_the_card_says_what_was_applied(
    dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "speakervid5m"
    options = ImportOptions(dump=dump, out=out, videos=None, with_media=False)
    command = ["import", str(dump), "--no-media", "--out", str(out)]
    testset = dump / "testset.json"
    # Read here once, so that no process is started for it.
    import_annotations(dump, work_folder(out) / "annotations", cut_range="scene", jobs=1)

    def card() -> str:
        return " ".join((out / "README.md").read_text().split())

    testset.write_text(json.dumps([{"user": OTHER[:-1]}]))
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "testset.json cannot be read: no_ids" in said and "--without-testset" in said
    assert not out.exists()

    testset.write_text("[]")
    assert "an empty list" in import_release(options).benchmark.notes[0]
    assert in_training(out) == {TESTED, OTHER}
    assert "`testset.json`, was empty: its videos may stand in the training configs" in card()

    testset.unlink()
    import_release(options)
    assert in_training(out) == {TESTED, OTHER}
    assert "`testset.json`, was not there: its videos may stand in the training configs" in card()
    assert "are in no training config" not in card()
    assert main([*command, "--dry-run"]) == 0
    assert "testset   not there" in capsys.readouterr().out

    testset.write_text(json.dumps([f"{FILES[0].clips[0]}.mp4"]))
    import_release(options)
    assert in_training(out) == {OTHER}
    assert "Those that the annotations have, 1, are in no training config" in card()
    facts = open_release(str(out)).manifest.facts
    assert facts.lists["testset.json"]["state"] == "applied"
    assert "makes no pairs" in facts.empty_configs["vidchatbench"]
    assert facts.lists["SFT_set.json"]["num_clips_here"] == sum(len(one.sft) for one in FILES)

    testset.unlink()
    with pytest.raises(ValueError, match="would enter training"):
        import_release(options)
    assert in_training(out) == {OTHER}
    testset.write_bytes(b"\xff")
    assert main(command) == 1
    import_release(dataclasses.replace(options, without_testset=True))
    assert in_training(out) == {TESTED, OTHER}
    assert "`testset.json`, was left out on purpose" in card()
    assert main([*command, "--without-testset", "--dry-run"]) == 0
    assert "left out on purpose" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["import", "sources", "materialize"])
def test_a_folder_of_videos_that_is_not_there_is_said_before_anything_is_read(
    command: str, dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "speakervid5m")
    assert main([command, str(dump), "--videos", str(tmp_path / "typo"), "--out", out]) == 1
    assert "no folder of source videos at" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "more", [["--jobs", "0"], ["--limit", "-1"], ["--long-side", "x"], ["--branches", "dialog"]]
)
def test_values_that_there_are_not_are_wrong_use(more: list[str], dump: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["import", str(dump), "--out", "nowhere", "--no-media", *more])
    assert caught.value.code == 2
    with pytest.raises(SystemExit) as caught:
        main(["import", str(dump)])
    assert caught.value.code == 2


def test_a_file_of_ids_with_another_line_is_refused_by_all_who_read_one(
    dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids.txt").write_text(f"{TESTED}\nhttps://youtu.be/{OTHER}\n")
    ids, out = str(tmp_path / "ids.txt"), str(tmp_path / "out")
    (tmp_path / "videos").mkdir()
    for line in (
        ["import", str(dump), "--no-media", "--out", out, "--sources", ids],
        ["sources", ids, "--out", out],
        ["curate", "run", str(tmp_path / "videos"), "--out", out, "--test-sources", ids],
    ):
        assert main(line) == 1
        assert "1 lines that are no source ids" in capsys.readouterr().err
    assert not Path(out).exists()


def test_describe_shows_forms_and_no_content(
    dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "--describe", str(dump)]) == 0
    said = capsys.readouterr().out
    for shown in (
        "merged: 1 files", "bbox: list", "Motion Cap: text", "<video>_#_A_#.json",
        "avg_logprob: float below 0", "scene_#: object", "batch_#: list", "clip key.json",
        "speaker: a capital letter", "testset.json:",
    ):  # fmt: skip
        assert shown in said, shown
    for content in (TESTED, OTHER, *SHOWS[0].people, SHOWS[0].turns[0].text, "Entertainment"):
        assert content.lower() not in said.lower()
    assert not any(dump.parent.glob("*.work"))
