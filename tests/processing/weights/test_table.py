"""The one table: what it must say of every file; and the profile `compact` as it is published."""

import os
import re
import zipfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from speakervid5m.processing import WEIGHTS, CannotFetch, check_weights, fetch_weights
from speakervid5m.processing.curation import weights_of_profiles
from speakervid5m.processing.encoding import ENCODERS
from speakervid5m.processing.weights.sources import (
    Bundled,
    ByHand,
    HubFiles,
    PackageFile,
    PackageFiles,
    Source,
)
from speakervid5m.processing.weights.table import (
    DLIB_FACE_FILE,
    RESEMBLYZER_FILE,
)

_NON_COMMERCIAL = "non-commercial"
_COMPACT = weights_of_profiles()["compact"].needed


def test_every_file_of_a_profile_and_an_encoder_is_in_the_table() -> None:
    used = {file.file: file for named in weights_of_profiles().values() for file in sum(named, ())}
    used |= {encoder.weights.file: encoder.weights for encoder in ENCODERS.values()}
    assert used.items() <= WEIGHTS.items()
    bundled = {file for file, weights in WEIGHTS.items() if weights.is_bundled}
    assert set(WEIGHTS) - bundled == set(used), "nothing is in the table for nobody"


@pytest.mark.parametrize("file", sorted(WEIGHTS))
def test_a_row_says_all_that_a_user_must_know(file: str) -> None:
    weights = WEIGHTS[file]
    assert isinstance(weights.source, get_args(Source))
    assert weights.licence and weights.num_bytes > 0 and str(weights.source)
    assert (weights.commercial is False) == (_NON_COMMERCIAL in weights.licence)
    assert (weights.commercial is None) == ("not stated" in weights.licence)
    if weights.commercial is not True and not isinstance(weights.source, ByHand):
        assert weights.terms, "what restricts its user is accepted first"
    if weights.sha256 is not None:
        assert re.fullmatch("[0-9a-f]{64}", weights.sha256)
    if isinstance(weights.source, HubFiles):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", weights.source.repository)
        assert weights.source.revision is None or re.fullmatch(
            "[0-9a-f]{40}", weights.source.revision
        )
    if isinstance(weights.source, PackageFiles):
        assert weights.sha256, "packages were fetched, so their digests are known"
        for part in weights.source.files:
            _check_part(part)
        if weights.convert is None:
            assert weights.num_bytes == sum(part.num_bytes for part in weights.source.files)
    assert not (isinstance(weights.source, Bundled) and weights.download_bytes)


def _check_part(part: PackageFile) -> None:
    assert re.fullmatch("[0-9a-f]{64}", part.sha256)
    assert not part.path.startswith("/") and ".." not in part.path.split("/")
    assert "68" not in part.path, "that model was trained on non-commercial material"


def test_the_size_of_compact_is_what_the_pages_say() -> None:
    assert round(sum(file.download_bytes for file in _COMPACT) / 1e6) == 23
    assert round(sum(file.num_bytes for file in _COMPACT) / 1e6, 1) == 8.4


def test_compact_from_its_registries(tmp_path: Path) -> None:
    """The published packages; skipped without a network, unless REQUIRE_NETWORK=1."""
    files = (*_COMPACT, DLIB_FACE_FILE)
    pytest.importorskip("torch", reason="a conversion needs it")
    try:
        done = fetch_weights(files, tmp_path)
    except CannotFetch as error:
        # A client that fails, and nothing else: another file than expected is a failure here.
        if "failed: " not in str(error) or os.environ.get("REQUIRE_NETWORK"):
            raise
        pytest.skip(f"no registry: {error}")
    assert set(done) == {file.file for file in files}
    assert {state for _, state in check_weights(files, tmp_path)} == {"whole"}
    for file in files:
        assert file.size(tmp_path) == file.num_bytes
    with np.load(RESEMBLYZER_FILE.path(tmp_path), allow_pickle=False) as arrays:
        assert {values.dtype for values in arrays.values()} == {np.dtype(np.float32)}
        assert sum(values.size for values in arrays.values()) == 1_423_618
    with zipfile.ZipFile(RESEMBLYZER_FILE.path(tmp_path)) as archive:
        assert archive.namelist() == sorted(archive.namelist())
