"""A release behind fsspec gives what the folder gives, and only ranges of shards are read."""

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from speakervid5m.records import CONFIGS
from speakervid5m.release import DamagedRelease, NotARelease, ReleaseError, open_release, verify
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from tests.release.serving import Served, serve

VIDEO = {
    "dialogue": "responder_video",
    "single": "video",
    "listening": "listener_video",
    "multi_turn": "turn_videos",
}


@pytest.fixture
def memory(small: Path) -> Iterator[str]:
    system = fsspec.filesystem("memory")
    system.put(str(small), "/there/speakervid5m", recursive=True)
    yield "memory://there/speakervid5m"
    system.rm("/there", recursive=True)


@pytest.fixture
def web(small: Path) -> Iterator[Served]:
    with serve(small) as served:
        yield served


def check_same(url: str, small: Path, configs: tuple[str, ...]) -> None:
    there, here = open_release(url), open_release(str(small))
    assert there.configs == here.configs == tuple(CONFIGS)
    for name in configs:
        assert list(there[name]) == list(here[name])
        column = VIDEO[there[name].config.branch]
        for number in (0, len(here[name]) - 1):
            assert there[name].media(number, column) == here[name].media(number, column)
            assert there[name].frames(number, column).equals(here[name].frames(number, column))


def test_memory(memory: str, small: Path) -> None:
    check_same(memory, small, tuple(CONFIGS))
    kept = open_release(memory)["dialogue_sft"].where("responder_dover > 0.8")
    assert list(kept) == list(
        open_release(str(small))["dialogue_sft"].where("responder_dover > 0.8")
    )


def test_web(web: Served, small: Path) -> None:
    check_same(web.url, small, ("listening_sft", "multi_turn_sft"))


def test_a_file_url_is_a_folder(small: Path) -> None:
    assert open_release(f"file://{small}").root == str(small)
    assert verify(f"file://{small}", decode=False).ok


def test_only_the_index_and_the_asked_for_ranges_are_read(web: Served) -> None:
    samples = open_release(web.url)["dialogue_sft"]
    kept = samples.where("responder_dover > 0.8")
    names = {name for name, _ in web.sent}
    assert all(
        # An empty name is the answer that there are no tombstones.
        name in ("manifest.json", "") or name.startswith("index/dialogue_sft/scan")
        for name in names
    )
    place = kept.ranges(0, "responder_video")
    assert not isinstance(place, list) and place is not None
    assert web.num_bytes(place.path) == 0
    data = kept.media(0, "responder_video")
    first = web.num_bytes(place.path)
    assert isinstance(data, bytes) and len(data) == place.num_bytes
    assert first <= place.num_bytes + (1 << 16), "the range, and once the footer"
    kept.media(0, "responder_video")
    assert web.num_bytes(place.path) == first + place.num_bytes, "a second time the range alone"
    assert not any(name.startswith("data/") and name != place.path for name, _ in web.sent)


def test_a_record_opens_its_own_part_of_the_index_alone(web: Served, small: Path) -> None:
    parts = sorted((small / "index" / "single_sft").glob("scan-*.parquet"))
    assert len(parts) > 1
    samples = open_release(web.url)["single_sft"]
    assert samples.ranges(0, "video") is not None
    asked = {name for name, _ in web.sent if "/scan-" in name}
    assert asked == {f"index/single_sft/{parts[0].name}"}


class Remembering(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Tells the sizes that it was first asked for, as a Hub's file system does."""

    protocol = ("remembering",)
    sizes: ClassVar[dict[str, int]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        plain: str = super()._strip_protocol(path.replace("remembering://", "memory://"))
        return plain

    def size(self, path: str) -> int:
        return self.sizes.setdefault(path, super().size(path))

    def invalidate_cache(self, path: str | None = None) -> None:  # noqa: ARG002
        self.sizes.clear()


def test_a_release_that_was_replaced_is_opened_as_it_is_now(small: Path, tmp_path: Path) -> None:
    fsspec.register_implementation("remembering", Remembering, clobber=True)
    other = shutil.copytree(small, tmp_path / "speakervid5m")
    source = open_release(str(other))["single_sft"][0].clips[0].source_id
    retract(other, Request(sources=frozenset([source])), date="2026-11-26")
    system, there = fsspec.filesystem("remembering"), "/replaced/speakervid5m"
    for root in (small, other):
        system.rm(there, recursive=True) if system.exists(there) else None
        system.put(str(root), there, recursive=True)
        found = list(open_release(f"remembering:/{there}")["single_sft"])
        assert found == list(open_release(str(root))["single_sft"])
    system.rm("/replaced", recursive=True)


def test_a_worker_opens_its_own_handles(memory: str, web: Served, small: Path) -> None:
    for url in (memory, web.url, str(small)):
        samples = open_release(url)["single_sft"].where("dover > 0.7")
        before = samples.media(0, "video")
        copied = pickle.loads(pickle.dumps(samples))
        assert list(copied) == list(samples) and copied.media(0, "video") == before


def test_damage_and_absence_are_named_there_too(memory: str, web: Served) -> None:
    system = fsspec.filesystem("memory")
    name = "data/single/sft/train-0000.parquet"
    data = system.cat_file(f"/there/speakervid5m/{name}")
    system.pipe_file(f"/there/speakervid5m/{name}", data[:-10])
    with pytest.raises(DamagedRelease, match=rf"memory://there/speakervid5m/{name} has"):
        open_release(memory)["single_sft"].media(0, "video")
    system.rm_file(f"/there/speakervid5m/{name}")
    with pytest.raises(DamagedRelease, match="is missing"):
        open_release(memory)["single_sft"].media(0, "video")
    with pytest.raises(NotARelease, match="is not there"):
        open_release("memory://nowhere")
    with pytest.raises(NotARelease, match="data"):
        open_release(f"{web.url}/data")
    with pytest.raises(ReleaseError, match="local folder"):
        verify(memory)
