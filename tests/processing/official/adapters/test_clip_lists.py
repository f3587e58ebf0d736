"""The lists of clips: what cannot be read stops, and what is nowhere is told."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakervid5m.processing.official import (
    UnreadableList,
    import_annotations,
)
from speakervid5m.processing.official.adapters.clip_lists import ClipNames
from speakervid5m.processing.studio import ShowSpec, plan_show, show_files, write_dump

SHOWS = [plan_show(ShowSpec(seed=seed, duration_seconds=90)) for seed in range(50, 54)]
FILES = [show_files(show) for show in SHOWS]
IDS = [show.source_id for show in SHOWS]


def rewritten(tmp_path: Path, name: str, data: bytes) -> Path:
    """The dump with another list."""
    write_dump(FILES, tmp_path / "dump")
    (tmp_path / "dump" / name).write_bytes(data)
    return tmp_path / "dump"


SFT = [name for one in FILES for name in one.sft]
ALL = [name for one in FILES for name in one.clips]
CLIP_LISTS: dict[str, Callable[[list[str]], bytes]] = {
    "UTF-16": lambda names: json.dumps(names).encode("utf-16"),
    "paths with spaces": lambda names: json.dumps([f"a b/{name}.mp4" for name in names]).encode(),
    "windows": lambda names: json.dumps([f"D:\\a b\\{name}.json" for name in names]).encode(),
    "escapes": lambda names: json.dumps(names).replace("_", "\\u005f").encode(),
    "escaped slashes": lambda names: json.dumps([f"a/{name}" for name in names])
    .replace("/", "\\/").encode(),
    "by video": lambda names: json.dumps(
        {f"{source}_640x360_full_video": [f"{name}.json" for name in names if source in name]
         for source in IDS}
    ).encode(),
    "as keys": lambda names: json.dumps(dict.fromkeys(names, 0.9)).encode(),
    "records": lambda names: json.dumps([{"clip": name, "x": 1} for name in names]).encode(),
    "JSON lines": lambda names: "\n".join(map(json.dumps, names)).encode(),
}  # fmt: skip


@pytest.mark.parametrize("written", CLIP_LISTS.values(), ids=CLIP_LISTS)
def test_lists_of_clips_in_every_form(
    written: Callable[[list[str]], bytes], tmp_path: Path
) -> None:
    (tmp_path / "list.json").write_bytes(written(SFT))
    for kind in ("sft", "listed"):
        found = ClipNames(tmp_path / "list.json", kind)
        assert [str(name) for name in found] == SFT


BAD_CLIP_LISTS: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "not_json"),
    "cut off": (json.dumps(SFT).encode()[:-9], "not_json"),
    "single quotes": (str(SFT).encode(), "not_json"),
    "UTF-16 without its mark": (json.dumps(SFT).encode("utf-16-be"), "not_json"),
    "Latin-1": (b'["caf\xe9"]', "wrong_encoding"),
    "no clip": (json.dumps(IDS).encode(), "no_names"),
    "null": (b"null", "no_names"),
}


@pytest.mark.parametrize("name", ["SFT_set.json", "all_data_list.json"])
@pytest.mark.parametrize(("data", "reason"), BAD_CLIP_LISTS.values(), ids=BAD_CLIP_LISTS)
def test_a_list_of_clips_that_cannot_be_read_stops(
    name: str, data: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableList, match=name) as caught:
        list(ClipNames(tmp_path / name, "sft" if name == "SFT_set.json" else "listed"))
    assert caught.value.reason == reason
    copy = pickle.loads(pickle.dumps(caught.value))  # from a process that reads
    assert str(copy) == str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        dict.fromkeys(SFT, False),
        {"sft": SFT[:1], "pretrain": SFT[1:]},
        [{SFT[0]: None}],
        {SFT[0]: 1, SFT[1]: 0.0},
        {SFT[0]: "sft", SFT[1]: "pretrain"},
        {"sft": SFT[:1], "Pre-train": SFT[1:]},
        [{"name": SFT[0], "tier": "sft"}, {"name": SFT[1], "tier": "pretrain"}],
        [{"name": SFT[0], "is_sft": True}, {"name": SFT[1], "is_sft": False}],
    ],
    ids=[
        "false",
        "pretrain",
        "null",
        "zero",
        "tier by name",
        "written otherwise",
        "tiers",
        "flags",
    ],
)
def test_a_list_that_sorts_clips_is_no_list_of_sft(values: Any, tmp_path: Path) -> None:
    (tmp_path / "SFT_set.json").write_text(json.dumps(values))
    with pytest.raises(UnreadableList, match="ambiguous"):
        list(ClipNames(tmp_path / "SFT_set.json", "sft"))


def test_a_bad_list_stops_before_an_archive_is_read(tmp_path: Path) -> None:
    dump = rewritten(tmp_path, "SFT_set.json", b"[")
    seen: list[str] = []
    with pytest.raises(UnreadableList, match=r"SFT_set\.json"):
        import_annotations(
            dump, tmp_path / "work", cut_range="scene", jobs=1,
            progress=lambda step: seen.append(f"{step.done} of {step.total}"),
        )  # fmt: skip
    assert seen == ["1 of 2"]
    assert not list(tmp_path.glob("work/*/report.json"))


def test_names_of_sft_that_are_nowhere_are_counted_and_a_list_of_strangers_is_told(
    tmp_path: Path,
) -> None:
    gone = [name.replace("_full_video_", "_full_video_8") for name in SFT[:2]]
    dump = rewritten(tmp_path, "SFT_set.json", json.dumps([*SFT, *gone, "0001", "x"]).encode())
    found = import_annotations(dump, tmp_path / "work", cut_range="scene", jobs=1)
    assert found.report.counts["no_record_sft"] == 2
    assert found.report.counts["clips_in_sft_list"] == len(SFT)
    assert "SFT_set.json: 2 texts in it are not names of clips" in found.report.problems
    (dump / "SFT_set.json").write_text(json.dumps(gone))
    found = import_annotations(dump, tmp_path / "work", cut_range="scene", jobs=1)
    assert {clip.tier for one in IDS for clip in found.source(one)} == {"pretrain"}
    assert any("none of its 2 names is a clip of this dump" in one for one in found.report.problems)


@pytest.mark.parametrize("values", [[], {}])
def test_an_empty_list_of_clips_passes_and_is_told(values: Any, tmp_path: Path) -> None:
    dump = rewritten(tmp_path, "SFT_set.json", json.dumps(values).encode())
    (dump / "all_data_list.json").write_text(json.dumps(values))
    problems = import_annotations(
        dump, tmp_path / "work", cut_range="scene", jobs=1
    ).report.problems
    assert "all_data_list.json: it is an empty list" in problems
    assert "SFT_set.json: it is an empty list" in problems
    assert any("EVERY clip is `pretrain`" in one for one in problems)


def test_two_cut_ranges_keep_their_own_annotations(tmp_path: Path) -> None:
    write_dump(FILES[:1], tmp_path / "dump")

    def read(cut_range: Any) -> tuple[Path, int]:
        steps: list[str] = []
        found = import_annotations(
            tmp_path / "dump", tmp_path / "work", cut_range=cut_range, jobs=1,
            progress=lambda step: steps.append(step.stage),
        )  # fmt: skip
        return found.folder, len(steps)

    scene, tight = read("scene"), read("tight")
    assert scene[0] != tight[0] and scene[1] and tight[1]
    assert read("scene") == (scene[0], 0)
    assert read("tight") == (tight[0], 0)
    # Another benchmark list reads nothing anew; another dump takes the place of both.
    (tmp_path / "dump" / "testset.json").write_text("{}")
    assert read("scene") == (scene[0], 0)
    write_dump(FILES[:2], tmp_path / "dump")
    assert read("scene")[1]
    assert not scene[0].exists() and not tight[0].exists()
