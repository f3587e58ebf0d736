"""A release through an encoder: every value is there once, where the index says, and stays."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from speakervid5m.media import read_audio
from speakervid5m.processing.encoding import (
    ClipMedia,
    EncodingError,
    delete_retracted_values,
    encode_release,
)
from speakervid5m.records import CONFIGS, temporary_name
from speakervid5m.release import (
    DamagedRelease,
    QueryError,
    ReleaseError,
    finish_swap,
    open_release,
    reindex,
    verify,
    work_folder,
)
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from tests.processing.encoding.tiny import Loudness, Means, loudness
from tests.release.write.test_writer import files_of
from tests.small_release import small_rows, write_rows, write_small_release


def test_every_value_is_the_encoders_own(encoded: Path) -> None:
    release = open_release(str(encoded))
    assert sorted(release.manifest.facts.features) == ["loudness", "means"]
    for name in release.configs:
        samples = release[name]
        features = samples.features("loudness")
        for number in range(len(samples)):
            for column in features.columns:
                media, found = samples.media(number, column), features.array(number, column)
                many = isinstance(media, list)
                pairs = zip(media, found, strict=True) if many else [(media, found)]  # type: ignore[arg-type]
                for sound, value in pairs:
                    assert (sound is None) == (value is None)
                    if isinstance(sound, bytes):
                        expected = loudness(read_audio(sound, sample_rate=8000))
                        assert np.array_equal(value, expected)  # type: ignore[arg-type]
    pictures = release["dialogue_sft"].features("means").array(0, "responder_video")
    assert isinstance(pictures, np.ndarray)
    count = release["dialogue_sft"][0].clips[1].num_frames or 0
    assert pictures.shape == (1 + (count - 1) // 4, 3, 8) and pictures.dtype == np.float16
    # The left half brightens by 3 of 255 a frame.
    assert np.all(np.diff(pictures[:, 0, 0].astype(float)) > 0)


def test_a_value_is_a_slice_of_the_memory_map(encoded: Path) -> None:
    samples = open_release(str(encoded))["single_sft"]
    found = samples.features("means").array(0, "video")
    assert isinstance(found, np.ndarray)
    assert not found.flags.owndata and not found.flags.writeable


def test_a_clip_is_encoded_once(bare: Path, tmp_path: Path) -> None:
    shutil.copytree(bare.parent, tmp_path, dirs_exist_ok=True)
    encoder = Loudness()
    report = encode_release(tmp_path / "speakervid5m", encoder)
    assert report.finished and report.num_encoded == len(encoder.seen)
    release = open_release(str(tmp_path / "speakervid5m"))
    rows = sum(release.manifest.configs[name].num_rows for name in release.configs)
    assert len(encoder.seen) < rows
    again = Loudness()
    report = encode_release(tmp_path / "speakervid5m", again)
    assert (report.num_encoded, report.num_kept, again.seen) == (0, len(encoder.seen), [])
    assert encode_release(tmp_path / "speakervid5m", Loudness(version=2)).num_encoded


def test_the_release_is_whole_and_the_same_bytes_wherever_it_is_made(
    encoded: Path, bare: Path, tmp_path: Path
) -> None:
    report = verify(str(encoded), decode=False)
    assert report.ok, report.problems[:3]
    assert report.num_features > 50
    shutil.copytree(bare, tmp_path / "speakervid5m")
    # In parts, in another order, without the work folder of before.
    root = tmp_path / "speakervid5m"
    for number in (2, 0, 1):
        assert not encode_release(root, Means(), shard=(number, 3)).finished
    encoder = Means()
    encode_release(root, encoder)
    assert encoder.seen == []
    encode_release(root, Loudness())
    assert files_of(root) == files_of(encoded)


def test_a_run_that_was_stopped_goes_on(bare: Path, encoded: Path, tmp_path: Path) -> None:
    shutil.copytree(bare.parent, tmp_path, dirs_exist_ok=True)
    root = tmp_path / "speakervid5m"
    before = files_of(root)
    first = Loudness(dies_after=20)
    with pytest.raises(KeyboardInterrupt):
        encode_release(root, first)
    assert files_of(root) == before
    second = Loudness()
    report = encode_release(root, second)
    assert 0 < report.num_kept < 20, "whole sources are kept"
    assert len(second.seen) + report.num_kept == report.num_encoded + report.num_kept
    encode_release(root, Means())
    assert files_of(root) == files_of(encoded)


@pytest.mark.parametrize("step", ["a source", "a part", "the swap"])
def test_kill_9_leaves_the_release_and_loses_a_step(
    bare: Path, encoded: Path, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(bare.parent, tmp_path, dirs_exist_ok=True)
    root = tmp_path / "speakervid5m"
    before = files_of(root)

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        try:
            if step == "a part":
                monkeypatch.setattr("speakervid5m.records.system.atomic_files._sync_folder", die)
            if step == "the swap":
                monkeypatch.setattr("speakervid5m.release.write.change.swap", die)
            encode_release(root, Killed() if step == "a source" else Loudness())
        finally:
            # The copy of this test run must not go on with the other tests.
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert files_of(root) == before
    again = Loudness()
    report = encode_release(root, again)
    assert report.num_kept if step == "a source" else not again.seen
    encode_release(root, Means())
    assert files_of(root) == files_of(encoded)


class Killed(Loudness):
    """Dies in the middle of a source."""

    def __call__(self, clip: ClipMedia) -> NDArray[Any]:
        if len(self.seen) == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(clip)


def test_a_clip_that_fails(bare: Path, tmp_path: Path) -> None:
    shutil.copytree(bare.parent, tmp_path, dirs_exist_ok=True)
    root = tmp_path / "speakervid5m"
    clip = open_release(str(root))["dialogue_sft"][0].clips[1].clip_id
    broken = Loudness(fails=frozenset([clip]))
    with pytest.raises(EncodingError, match="no"):
        encode_release(root, broken)
    report = encode_release(root, broken, on_error="skip")
    assert list(report.failed) == [clip]
    samples = open_release(str(root))["dialogue_sft"]
    assert samples.features("loudness").array(0, "responder_audio") is None
    assert samples.features("loudness").array(0, "initiator_audio") is not None
    assert verify(str(root), decode=False).ok
    # What failed is tried again, and the release gets it.
    healed = Loudness()
    assert encode_release(root, healed).num_encoded == 1


def test_one_config_alone(bare: Path, tmp_path: Path) -> None:
    shutil.copytree(bare.parent, tmp_path, dirs_exist_ok=True)
    root = tmp_path / "speakervid5m"
    encode_release(root, Loudness(), configs=["single_sft"])
    release = open_release(str(root))
    with pytest.raises(QueryError, match="only on single_sft"):
        release["dialogue_sft"].features("loudness")
    with pytest.raises(QueryError, match="there are loudness"):
        release["single_sft"].features("mimi")
    encode_release(root, Loudness(), configs=["dialogue_sft"])
    release = open_release(str(root))
    assert release["dialogue_sft"].features("loudness") and release["single_sft"].features(
        "loudness"
    )
    encode_release(root, Loudness(version=2), configs=["dialogue_sft"])
    release = open_release(str(root))
    assert list(release.manifest.facts.features["loudness"]["configs"]) == ["dialogue_sft"]
    assert verify(str(root), decode=False).ok


def test_it_says_what_it_cannot_do(tmp_path: Path) -> None:
    write_small_release(tmp_path / "empty", with_media=False, num_sources=1)
    with pytest.raises(ReleaseError, match="materialize"):
        encode_release(tmp_path / "empty", Loudness())
    with pytest.raises(ReleaseError, match="is not there"):
        encode_release(tmp_path / "nothing", Loudness())


def test_damage_is_found(own: Path) -> None:
    shard = next((own / "features" / "loudness" / "single_sft").glob("train-*.parquet"))
    found = open_release(str(own))["single_sft"].features("loudness")
    ranges = [found.ranges(number, "audio") for number in range(len(found.samples))]
    place = next(
        one.place
        for one in ranges
        if one and not isinstance(one, list) and one.place.path.endswith(shard.name)
    )
    data = bytearray(shard.read_bytes())
    data[place.offset_bytes] ^= 1
    shard.unlink()
    shard.write_bytes(data)
    assert any("altered" in one.what for one in verify(str(own), decode=False).problems)
    samples = open_release(str(own))["single_sft"]
    with pytest.raises(DamagedRelease, match="checksum"):
        for number in range(len(samples)):
            samples.features("loudness").array(number, "audio")


def test_what_is_taken_back_leaves_the_features(own: Path, tmp_path: Path) -> None:
    release = open_release(str(own))
    source = release["dialogue_sft"][0].clips[0].source_id
    clip = release["single_pretrain"][len(release["single_pretrain"]) - 1].clips[0]
    assert clip.source_id != source
    request = Request(sources=frozenset([source]), clips=frozenset([clip.clip_id]))
    retract(own, request, date="2026-11-26")
    report = verify(str(own), decode=False)
    assert report.ok, report.problems[:3]
    # The same bytes as encoding what remains: but for the records of the takedown.
    bare_again = tmp_path / "again" / "speakervid5m"
    shutil.copytree(own, bare_again)
    encode_release(bare_again, Loudness(version=9))
    encode_release(bare_again, Loudness())
    encode_release(bare_again, Means())
    same = {name: data for name, data in files_of(own).items() if name.startswith("features/")}
    assert same == {
        name: data for name, data in files_of(bare_again).items() if name.startswith("features/")
    }
    assert same


def test_purging_leaves_nothing_of_a_source(own: Path) -> None:
    release = open_release(str(own))
    sources = sorted({one.clips[0].source_id for one in release["dialogue_sft"]})
    values = work_folder(own) / "features" / "values"
    before = len(list(values.rglob("*.parquet")))
    path = next(values.rglob("*.parquet"))
    drafts = [path.with_suffix(".123.tmp"), temporary_name(path)]
    for draft in drafts:
        draft.write_bytes(b"half")
    done = delete_retracted_values(own, sources[:1])
    assert len(done) == 2 and not any(draft.exists() for draft in drafts)
    assert len(list(values.rglob("*.parquet"))) == before - 2
    assert not (work_folder(own) / "features" / "parts").exists()
    assert delete_retracted_values(own, sources[:1]) == []
    # What is left goes on without encoding anew but for the source.
    encoder = Loudness()
    encode_release(own, encoder)
    assert encoder.seen and all(source in name for name in encoder.seen for source in sources[:1])


def test_reindexing_keeps_features_and_new_rows_do_without(
    own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = {name: data for name, data in files_of(own).items() if name.startswith("features/")}
    reindex(own)
    after = {name: data for name, data in files_of(own).items() if name.startswith("features/")}
    assert before == after and verify(str(own), decode=False).ok
    assert not caplog.records
    write_rows(own, small_rows(num_sources=4))
    assert not open_release(str(own)).manifest.facts.features
    assert "has no features of loudness" in caplog.text
    encoder = Loudness()
    report = encode_release(own, encoder)
    assert report.num_kept > len(encoder.seen) > 0, "clips that stay are not encoded again"
    finish_swap(own)
    assert verify(str(own), decode=False).ok
    assert set(open_release(str(own)).configs) == set(CONFIGS)
