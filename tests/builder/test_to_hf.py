"""`samples.to_hf()`: exactly the selected samples, as `datasets` has them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest

from speakervid5m.records import CONFIGS, features_of
from speakervid5m.release import DamagedRelease, Samples, open_release
from speakervid5m.release.takedown import Request, retract
from tests.release.serving import Served, serve


@pytest.fixture
def web(small: Path) -> Iterator[Served]:
    with serve(small) as served:
        yield served


def ids(samples: Samples) -> list[str]:
    return [sample.sample_id for sample in samples]


def undecoded(rows: Any) -> list[dict[str, Any]]:
    """The rows with the bytes of their media; a `Dataset` has no `decode`."""
    rows = rows.to_iterable_dataset() if isinstance(rows, datasets.Dataset) else rows
    return list(rows.decode(False))


def rows_of(samples: Samples, *, streaming: bool) -> list[dict[str, Any]]:
    return undecoded(samples.to_hf(streaming=True) if streaming else samples.to_hf())


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", CONFIGS)
def test_the_selected_samples_in_their_order(small: Path, name: str, streaming: bool) -> None:
    samples = open_release(str(small))[name].shuffle(3).take([1, 0, 1])
    rows: Any = samples.to_hf(streaming=True) if streaming else samples.to_hf()
    assert rows.features == features_of(CONFIGS[name].branch)
    plain = undecoded(rows)
    assert [row["sample_id"] for row in plain] == ids(samples)
    for column in samples._index.media:
        for number, row in enumerate(plain):
            value, stored = row[column], samples.media(number, column)
            cells = value if isinstance(stored, list) else [value]
            media = [cell["bytes"] if isinstance(cell, dict) else cell for cell in cells]
            assert media == (stored if isinstance(stored, list) else [stored])


@pytest.mark.parametrize("streaming", [False, True])
def test_what_a_tombstone_names_is_left_out(small: Path, tmp_path: Path, streaming: bool) -> None:
    older = shutil.copytree(small, tmp_path / "older" / "speakervid5m")
    newer = shutil.copytree(small, tmp_path / "newer" / "speakervid5m")
    samples = open_release(str(small))["single_sft"]
    source = samples[0].conversation_id
    retract(newer, Request(sources=frozenset([source])), date="2026-11-25")
    shutil.copytree(newer / "takedown", older / "takedown")
    kept = open_release(str(older))["single_sft"]
    assert 0 < len(kept) < len(samples)
    rows = rows_of(kept, streaming=streaming)
    assert [row["sample_id"] for row in rows] == ids(kept)
    assert source not in {row["conversation_id"] for row in rows}


def test_a_remote_release_sends_the_media_of_these_samples_once(web: Served, small: Path) -> None:
    samples = open_release(web.url)["dialogue_sft"].take([5, 2])
    assert web.sent and not [name for name, _ in web.sent if name.startswith("data/")]
    rows = rows_of(samples, streaming=False)
    assert rows == rows_of(open_release(str(small))["dialogue_sft"].take([5, 2]), streaming=False)
    wanted = sum(
        len(samples.media(number, column) or b"")
        for number in range(2)
        for column in samples._index.media
    )
    web.sent.clear()
    assert rows_of(open_release(web.url)["dialogue_sft"].take([5, 2]), streaming=True) == rows
    whole = sum(path.stat().st_size for path in (small / "data/dialogue/sft").iterdir())
    sent = sum(size for name, size in web.sent if name.startswith("data/"))
    # The rows lie apart; the little between two pieces of media may be read with them.
    assert wanted <= sent < whole
    web.sent.clear()
    assert rows_of(open_release(web.url)["dialogue_sft"].take([5, 2]), streaming=False) == rows
    assert not [name for name, _ in web.sent if name.startswith("data/")], "it was in the cache"


def test_columns_without_media_read_none(web: Served) -> None:
    samples = open_release(web.url)["dialogue_sft"]
    data = samples.to_hf(columns=["sample_id", "responder_dover"])
    assert data.column_names == ["sample_id", "responder_dover"]
    assert data["sample_id"][:] == ids(samples)
    assert not [name for name, _ in web.sent if name.startswith("data/")]


def test_another_order_is_another_dataset(small: Path) -> None:
    samples = open_release(str(small))["single_sft"]
    assert samples.to_hf()["sample_id"][:] == ids(samples)
    assert samples[::-1].to_hf()["sample_id"][:] == ids(samples)[::-1]


def test_what_cannot_be_given_is_named(small: Path, tmp_path: Path) -> None:
    samples = open_release(str(small))["dialogue_sft"]
    with pytest.raises(ValueError, match="no samples of dialogue_sft are selected"):
        samples[:0].to_hf()
    with pytest.raises(ValueError, match=r"no column 'responder_dove'.*responder_dover"):
        samples.to_hf(columns=["responder_dove"])
    root = shutil.copytree(small, tmp_path / "damaged" / "speakervid5m")
    damaged = open_release(str(root))["dialogue_sft"]
    place = damaged.ranges(0, "responder_video")
    assert place is not None and not isinstance(place, list)
    data = bytearray((root / place.path).read_bytes())
    data[place.offset_bytes + 9] ^= 1
    (root / place.path).write_bytes(data)
    with pytest.raises(DamagedRelease, match="do not match their checksum"):
        next(iter(damaged.to_hf(streaming=True)))
