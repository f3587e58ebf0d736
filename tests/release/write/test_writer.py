import dataclasses
import os
from pathlib import Path

import pytest
import yaml

from speakervid5m.records import CONFIGS, SingleSample, bucket_of
from speakervid5m.release import (
    EmptyConfig,
    Manifest,
    NotARelease,
    ReleaseError,
    UnknownConfig,
    open_release,
    verify,
    work_folder,
    write_release,
)
from tests.small_release import Rows, contents_of, facts_of, small_rows, write_rows


def files_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def changed(rows: Rows, name: str, words: str) -> tuple[Rows, str]:
    """The same rows, with other words in the first source of a single config."""
    first = rows[name][0].sample.clips[0].source_id
    found = []
    for row in rows[name]:
        sample = row.sample
        assert isinstance(sample, SingleSample)
        if sample.clip.source_id == first:
            clip = dataclasses.replace(sample.clip, transcript=words)
            row = dataclasses.replace(row, sample=SingleSample(clip=clip))
        found.append(row)
    return rows | {name: found}, first


def test_the_same_rows_give_the_same_bytes_anywhere(tmp_path: Path) -> None:
    rows = small_rows(num_sources=2)
    write_rows(tmp_path / "here" / "a", rows)
    write_rows(tmp_path / "there" / "b", rows)
    one, other = files_of(tmp_path / "here" / "a"), files_of(tmp_path / "there" / "b")
    assert one == other
    assert str(tmp_path).encode() not in b"".join(one.values())


def test_the_manifest_lists_every_file_and_comes_back_the_same(small: Path) -> None:
    text = (small / "manifest.json").read_text()
    manifest = Manifest.from_json(text, "here")
    assert set(manifest.files) | {"manifest.json"} == set(files_of(small))
    assert manifest.to_json() == text
    assert Manifest.from_json(manifest.to_json(), "here") == manifest


def test_a_later_minor_version_is_read(small: Path) -> None:
    text = (small / "manifest.json").read_text()
    later = text.replace('"schema_version": "1.0"', '"schema_version": "1.7", "weather": "fine"')
    later = later.replace('"num_rows": ', '"of_minor_7": true, "num_rows": ')
    later = later.replace('"origin": ', '"of_minor_7": true, "origin": ')
    assert later.count("of_minor_7") > 2
    assert Manifest.from_json(later, "here").configs == Manifest.from_json(text, "here").configs


def test_a_rewrite_touches_the_changed_bucket_alone(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft", "dialogue_sft"])
    before = write_rows(root, rows, num_buckets=4)
    inodes = {name: (root / name).stat().st_ino for name in before.files}
    other, source = changed(rows, "single_sft", "other words")
    after = write_rows(root, other, num_buckets=4)
    bucket = f"{bucket_of(source, 4):04x}"
    differ = {name for name, entry in after.files.items() if before.files[name] != entry}
    assert differ == {
        f"data/single/sft/train-{bucket}.parquet",
        f"index/single_sft/text-{bucket}.parquet",
        "README.md",
    }
    kept = [name for name in after.files if name.startswith("data/") and name not in differ]
    assert kept and all((root / name).stat().st_ino == inodes[name] for name in kept)
    assert before.configs["dialogue_sft"] == after.configs["dialogue_sft"]
    assert verify(str(root)).ok


def test_a_file_of_a_release_is_never_opened_for_writing(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"])
    write_rows(root, rows)
    kept = tmp_path / "kept"
    kept.mkdir()
    names = list(files_of(root))
    for number, name in enumerate(names):
        os.link(root / name, kept / str(number))
    before = [(kept / str(number)).read_bytes() for number in range(len(names))]
    write_rows(root, changed(rows, "single_sft", "other words")[0])
    assert [(kept / str(number)).read_bytes() for number in range(len(names))] == before


def test_what_no_bucket_is_made_of_is_forgotten(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"])
    write_rows(root, rows)
    write_rows(root, changed(rows, "single_sft", "other words")[0])
    assert len(list((work_folder(root) / "parts").iterdir())) == 2
    assert not (work_folder(root) / "new").exists() and not (work_folder(root) / "old").exists()


def test_a_part_that_was_cut_off_is_built_again(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft"])
    manifest = write_rows(root, rows)
    shard = root / "data/single/sft/train-0000.parquet"
    os.truncate(shard, shard.stat().st_size - 1000)
    assert not verify(str(root)).ok
    assert write_rows(root, rows) == manifest
    assert verify(str(root)).ok


def test_an_empty_config_is_left_out_with_its_reason(tmp_path: Path) -> None:
    root = tmp_path / "release"
    rows = small_rows(configs=["single_sft", "listening_pretrain"])
    write_rows(root, rows | {"dialogue_sft": []})
    card = yaml.safe_load((root / "README.md").read_text().split("---\n")[1])
    listed = [one["config_name"] for one in card["configs"]]
    assert listed == ["single_sft", "listening_pretrain"]
    assert [one.get("default") for one in card["configs"]] == [True, None]
    assert "`dialogue_sft` is empty: the test left it out" in (root / "README.md").read_text()
    assert not (root / "data/dialogue").exists() and not (root / "index/dialogue_sft").exists()
    release = open_release(str(root))
    with pytest.raises(EmptyConfig, match=r"'dialogue_sft' has no rows.*the test left it out"):
        release["dialogue_sft"]
    with pytest.raises(UnknownConfig) as error:
        release["dialog_sft"]
    assert all(name in str(error.value) for name in CONFIGS)
    assert verify(str(root)).ok


def test_the_card_names_the_digest_of_every_config(small: Path) -> None:
    manifest = open_release(str(small)).manifest
    card = yaml.safe_load((small / "README.md").read_text().split("---\n")[1])
    assert [one["config_name"] for one in card["configs"]] == list(CONFIGS)
    for one in card["configs"]:
        digest = manifest.configs[one["config_name"]].config_digest
        assert one["description"] == f"release sha256:{digest}"
        (files,) = one["data_files"]
        assert len(list(small.glob(files["path"]))) == 2


def test_unknown_config_empty_bucket_and_double_sample(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"])
    contents, facts = contents_of(rows, 1), facts_of(rows, num_buckets=1)
    with pytest.raises(UnknownConfig, match="'singles'"):
        write_release(tmp_path / "r", {"singles": contents["single_sft"]}, facts)
    empty = dataclasses.replace(contents["single_sft"][0], rows=lambda: iter([]), digest="e")
    with pytest.raises(ReleaseError, match="has no rows"):
        write_release(tmp_path / "r", {"single_sft": {0: empty}}, facts)
    twice = rows["single_sft"] * 2
    double = dataclasses.replace(empty, rows=lambda: iter(twice), digest="d")
    with pytest.raises(ReleaseError, match="twice"):
        write_release(tmp_path / "r", {"single_sft": {0: double}}, facts)
    assert not (tmp_path / "r").exists()


def test_a_folder_that_is_no_release_is_not_moved_away(tmp_path: Path) -> None:
    root = tmp_path / "thesis"
    root.mkdir()
    (root / "chapter.tex").write_text("precious")
    rows = small_rows(configs=["single_sft"], num_sources=1)
    with pytest.raises(NotARelease, match=r"chapter\.tex"):
        write_rows(root, rows)
    assert (root / "chapter.tex").read_text() == "precious"
    assert not work_folder(root).exists(), "refused before any work"
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(NotARelease, match="is a file"):
        write_rows(file, rows)
    (tmp_path / "empty").mkdir()
    write_rows(tmp_path / "empty", rows)


def test_a_link_to_a_release_stays_a_link(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=1)
    link = tmp_path / "link"
    (tmp_path / "disk").mkdir()
    link.symlink_to(tmp_path / "disk" / "release")
    for words in ("one", "two"):
        write_rows(link, changed(rows, "single_sft", words)[0])
        assert link.is_symlink() and verify(str(link)).ok
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "link"]


def test_documents_are_listed_and_their_names_checked(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=1)

    def write(name: str) -> Manifest:
        def documents(folder: Path) -> None:
            assert (folder / "data/single/sft").exists() and (folder / "manifest.json").exists()
            (folder / name).write_text("text")

        return write_release(
            tmp_path / "r",
            contents_of(rows, 1),
            facts_of(rows, num_buckets=1),
            documents=documents,
        )

    assert "croissant.json" in write("croissant.json").files
    with pytest.raises(ValueError, match="not a path inside a release"):
        write("été.md")
    assert "croissant.json" in open_release(str(tmp_path / "r")).manifest.files


def test_without_media_rows_and_ids_are_the_same(tmp_path: Path, small: Path) -> None:
    root = tmp_path / "bare"
    write_rows(root, small_rows(with_media=False), with_media=False)
    assert verify(str(root)).ok
    for name in CONFIGS:
        bare, full = open_release(str(root))[name], open_release(str(small))[name]
        ids = ["sample_id", "conversation_id", "tier"]
        assert bare.table(ids).equals(full.table(ids))
    bare = open_release(str(root))["multi_turn_sft"]
    assert bare.media(0, "turn_videos") == [None, None, None]
    assert open_release(str(root))["single_sft"].media(0, "video") is None
