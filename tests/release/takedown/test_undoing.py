"""No rewrite undoes a takedown: newer tombstones beside older data are applied, or refused."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.assembly.takedown import KeptCatalogue
from speakervid5m.processing.assembly.write import write_catalogue
from speakervid5m.processing.official.materialize import ReleaseCatalogue
from speakervid5m.release import Release, ReleaseError, open_release, reindex, write_release
from speakervid5m.release.features import FeatureEntry, FeatureForm
from speakervid5m.release.features.writer import FeatureRow, write_features
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import TOMBSTONES, Request, Takedown
from speakervid5m.release.write.change import rewrite_documents
from tests.release.write.test_writer import files_of
from tests.small_release import Rows, contents_of, facts_of, small_rows

DATE, NUM_BUCKETS, NAME = "2026-11-25", 2, "single_sft"


def rows(with_media: bool = True) -> Rows:
    return small_rows(num_sources=4, configs=[NAME], with_media=with_media)


def written(root: Path, with_media: bool = True) -> Path:
    found = rows(with_media)
    facts = facts_of(found, num_buckets=NUM_BUCKETS, with_media=with_media)
    write_release(root, contents_of(found, NUM_BUCKETS), facts)
    return root


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("undoing") / "speakervid5m")


def source_of(root: Path) -> str:
    return min(open_release(str(root)).source_ids())


def with_newer_tombstones(base: Path, folder: Path) -> tuple[Path, str]:
    """A copy from before a takedown, beside which the tombstones of after it lie."""
    older = shutil.copytree(base, folder / "older" / "speakervid5m")
    newer = shutil.copytree(base, folder / "newer" / "speakervid5m")
    source = source_of(base)
    retract(newer, Request(sources=frozenset([source])), date=DATE)
    shutil.copytree(newer / "takedown", older / "takedown")
    return older, source


def encode(root: Path) -> None:
    form = FeatureForm(name="ones", media=("audio",), dtype="int16", shape=(1,), steps_per_unit=1)
    entry = FeatureEntry(form=form, source="the test", licence="none", build={})

    def rows_of(release: Release, config: str, bucket: int) -> Iterator[FeatureRow]:
        for number in range(len(release.whole(config))):
            _, _, its, name = release.whole(config).place(number)
            if its == bucket:
                yield FeatureRow(sample_id=name, values={"audio": np.ones((1, 1), np.int16)})

    write_features(root, entry, rows_of, configs=[NAME])


def wave(root: Path) -> None:
    """As a way in would that knows nothing of tombstones, or has lost them."""
    found = rows()
    write_release(root, contents_of(found, NUM_BUCKETS), facts_of(found, num_buckets=NUM_BUCKETS))


def careless_wave(root: Path) -> None:
    """The same, with the tombstones taken over and the rows not left out."""
    found, takedown = rows(), Takedown.read(open_release(str(root)).files)
    write_release(
        root,
        contents_of(found, NUM_BUCKETS),
        facts_of(found, num_buckets=NUM_BUCKETS),
        retracted=takedown,
    )


REWRITES: dict[str, Callable[[Path], object]] = {
    "reindex": reindex,
    "card, figures, publish": lambda root: rewrite_documents(root, lambda _: None),
    "encode": encode,
    "import, curate, retier": wave,
    "with tombstones and rows": careless_wave,
}


@pytest.mark.parametrize("how", REWRITES)
def test_newer_tombstones_are_not_undone(base: Path, tmp_path: Path, how: str) -> None:
    root, source = with_newer_tombstones(base, tmp_path)
    before = files_of(root)
    with pytest.raises(ReleaseError, match=r"Run `speakervid5m retract .*first"):
        REWRITES[how](root)
    assert files_of(root) == before
    assert source not in open_release(str(root)).source_ids()
    # What the message says to run helps.
    assert retract(root, Request(), date=DATE).changed
    if "import" not in how and "rows" not in how:
        REWRITES[how](root)
    assert source not in open_release(str(root)).source_ids()
    assert Takedown.read(open_release(str(root)).files).names("source", source)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(b"no Parquet file"), "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: pq.write_table(pa.table({"kind": ["source"]}), path), "cannot be read"),
        (
            lambda path: pq.write_table(
                pq.read_table(path).set_column(1, "digest", pa.array([None], pa.string())), path
            ),
            "a tombstone says",
        ),
        (lambda path: (path.parent / "removals.parquet").unlink(), "cannot be read"),
    ],
)
def test_tombstones_that_cannot_be_read_stop_every_rewrite(
    base: Path, tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    root, _ = with_newer_tombstones(base, tmp_path)
    damage(root / TOMBSTONES)
    before = files_of(root)
    for rewrite in REWRITES.values():
        with pytest.raises(ReleaseError, match=said):
            rewrite(root)
    with pytest.raises(ReleaseError, match=said):
        retract(root, Request(), date=DATE)
    assert files_of(root) == before


def test_tombstones_that_are_gone_stop_every_rewrite(base: Path, tmp_path: Path) -> None:
    root = shutil.copytree(base, tmp_path / "speakervid5m")
    retract(root, Request(sources=frozenset([source_of(base)])), date=DATE)
    shutil.rmtree(root / "takedown")
    before = files_of(root)
    for rewrite in REWRITES.values():
        with pytest.raises(ReleaseError, match=r"tombstones\.parquet is missing"):
            rewrite(root)
    with pytest.raises(ReleaseError, match=r"tombstones\.parquet is missing"):
        open_release(str(root))[NAME]
    assert files_of(root) == before


def test_ways_in_apply_newer_tombstones(tmp_path: Path) -> None:
    """What `import` and `materialize` write; the samples come from an older copy of the release."""
    base = written(tmp_path / "base" / "speakervid5m", with_media=False)
    root, source = with_newer_tombstones(base, tmp_path)
    catalogue = KeptCatalogue(
        ReleaseCatalogue(open_release(str(base))), root, open_release(str(root))
    )
    write_catalogue(catalogue, None, open_release(str(base)).manifest.facts)
    assert source not in open_release(str(root)).source_ids()
    assert Takedown.read(open_release(str(root)).files).names("source", source)
    assert len(open_release(str(root)).source_ids()) == 3
    # The other way round: the release that is filled has them, the new place not yet.
    fresh = tmp_path / "fresh" / "speakervid5m"
    older, _ = with_newer_tombstones(base, tmp_path / "again")
    release = open_release(str(older))
    retracted = Takedown.read(release.files)
    catalogue = KeptCatalogue(ReleaseCatalogue(release), fresh, None, retracted)
    write_catalogue(catalogue, None, release.manifest.facts)
    assert source not in open_release(str(fresh)).source_ids()
    assert Takedown.read(open_release(str(fresh)).files).names("source", source)
