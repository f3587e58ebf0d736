"""How often a run asks for the samples of a source: once, as long as they fit into memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from speakervid5m.processing.assembly import takedown
from speakervid5m.processing.assembly.catalogue import Assigned
from speakervid5m.processing.official import OfficialCatalogue
from speakervid5m.release import open_release
from tests.processing.shows import TEN, bytes_of, run

PASSES = 3
"""Plan, cut, gather; the pass of writing comes on top, once for each config at most."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each source's samples were made."""
    counts: Counter[str] = Counter()
    monkeypatch.setattr(OfficialCatalogue, "samples", counting(OfficialCatalogue.samples, counts))
    return counts


def counting(
    samples: Callable[..., Sequence[Assigned]], counts: Counter[str]
) -> Callable[..., Sequence[Assigned]]:
    def counted(catalogue: object, source_id: str) -> Sequence[Assigned]:
        counts[source_id] += 1
        return samples(catalogue, source_id)

    return counted


def test_an_import_makes_the_samples_of_a_source_once(
    shows: Path, at_once: Path, tmp_path: Path, asked: Counter[str]
) -> None:
    run(shows, tmp_path / "speakervid5m")
    assert set(asked.values()) == {1} and len(asked) == len(TEN)
    assert bytes_of(tmp_path / "speakervid5m") == bytes_of(at_once)


def test_a_larger_one_makes_them_once_a_pass(
    shows: Path,
    at_once: Path,
    tmp_path: Path,
    asked: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(takedown, "CACHED_CLIPS", 1)
    run(shows, tmp_path / "speakervid5m")
    release = open_release(str(at_once))
    for source_id, count in asked.items():
        configs = [name for name in release.configs if source_id in release.source_ids(name)]
        assert count <= PASSES + len(configs)
    assert bytes_of(tmp_path / "speakervid5m") == bytes_of(at_once)


def test_unchanged_buckets_ask_for_none(
    shows: Path, tmp_path: Path, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shows, tmp_path / "speakervid5m")
    asked.clear()
    monkeypatch.setattr(takedown, "CACHED_CLIPS", 1)
    run(shows, tmp_path / "speakervid5m")
    assert set(asked.values()) == {PASSES}


def test_memory_is_bounded_by_clips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.processing.assembly.slow_cuts import NUM_SOURCES, OneClip

    counts: Counter[str] = Counter()
    monkeypatch.setattr(OneClip, "samples", counting(OneClip.samples, counts))
    monkeypatch.setattr(takedown, "CACHED_CLIPS", NUM_SOURCES - 1)
    catalogue = takedown.KeptCatalogue(OneClip(), tmp_path / "release", None)
    first, *others = catalogue.source_ids()
    for _ in range(2):
        catalogue.source(first)
        for source_id in others[:-1]:
            assert catalogue.source(source_id) is catalogue.source(source_id)
    assert set(counts.values()) == {1}
    catalogue.source(others[-1])
    catalogue.source(others[0])
    assert counts[others[0]] == 1
    catalogue.source(first)
    assert counts[first] == 2, "the one that was asked for longest ago made room"
