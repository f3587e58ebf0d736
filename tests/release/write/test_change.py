"""The gate of all changes: what a caller forgets, and what goes wrong, changes nothing."""

from pathlib import Path

import pytest

from speakervid5m.release import NotARelease, changing, open_release, work_folder
from speakervid5m.release.takedown import Request, Takedown, retract
from tests.release.write.test_writer import files_of


def test_a_change_that_is_not_finished_changes_nothing(copy: Path) -> None:
    before = files_of(copy)
    with changing(copy) as change:
        change.link(change.release.manifest.files)
        assert (work_folder(copy) / "new" / "README.md").exists()
    with pytest.raises(RuntimeError, match="stopped"), changing(copy) as change:
        change.link(["README.md"])
        raise RuntimeError("stopped")
    assert files_of(copy) == before
    assert not (work_folder(copy) / "new").exists()


def test_a_swap_that_failed_half_way_is_finished_at_once(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(copy)

    def stop(*_: object) -> None:
        copy.rename(work_folder(copy) / "old")
        raise KeyboardInterrupt

    monkeypatch.setattr("speakervid5m.release.write.change.swap", stop)
    with pytest.raises(KeyboardInterrupt), changing(copy) as change:
        manifest = change.release.manifest
        change.link(manifest.files)
        change.finish(manifest.facts, manifest.configs)
    assert files_of(copy) == before
    assert {path.name for path in work_folder(copy).iterdir()} <= {"lock", "lock.holder", "parts"}


def test_tombstones_stay_though_a_caller_forgets_them(copy: Path) -> None:
    source = min(open_release(str(copy)).source_ids())
    retract(copy, Request(sources=frozenset([source])), date="2026-11-25")
    before = files_of(copy)
    with changing(copy) as change:
        manifest = change.release.manifest
        change.link(name for name in manifest.files if "takedown" not in name.lower())
        change.finish(manifest.facts, manifest.configs)
    assert files_of(copy) == before
    assert Takedown.read(open_release(str(copy)).files).names("source", source)


def test_documents_never_write_into_the_previous_release(copy: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.hardlink_to(copy / "README.md")
    before = kept.read_bytes()

    def documents(folder: Path) -> None:
        with (folder / "README.md").open("a") as file:
            file.write("---\n")

    with changing(copy) as change:
        manifest = change.release.manifest
        change.link(manifest.files)
        written = change.finish(manifest.facts, manifest.configs, documents)
    assert kept.read_bytes() == before != (copy / "README.md").read_bytes()
    assert written.files["README.md"].num_bytes == len((copy / "README.md").read_bytes())


def test_what_needs_a_release_says_that_there_is_none(tmp_path: Path) -> None:
    with changing(tmp_path / "none") as change:
        assert change.previous is None
        with pytest.raises(NotARelease, match="is not there"):
            _ = change.release
