"""Features in batches: the encoder's numbers, in the window, masked; nothing is decoded."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from speakervid5m.loaders import AudioSpec, FeatureSpec, Loader, VideoSpec
from speakervid5m.loaders.batches.branch_batches import (
    DialogueBatch,
    ListeningBatch,
    MultiTurnBatch,
)
from speakervid5m.loaders.requests.request_planner import RequestPlanner
from speakervid5m.processing.encoding import encode_release
from speakervid5m.release import QueryError, Release, open_release
from tests.loaders.conftest import assert_same
from tests.processing.encoding.tiny import Loudness, Means
from tests.release.serving import serve
from tests.small_release import write_small_release

BOTH = ("loudness", "means")


@pytest.fixture(scope="module")
def featured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("featured") / "speakervid5m"
    write_small_release(
        root, num_sources=3, configs=["dialogue_sft", "listening_sft", "multi_turn_sft"]
    )
    encode_release(root, Loudness())
    encode_release(root, Means())
    return root


@pytest.fixture(scope="module")
def release(featured: Path) -> Release:
    return open_release(str(featured))


def loader(release: Release, config: str = "dialogue_sft", **arguments: object) -> Loader:
    given = {"batch_size": 2, "video": None, "audio": None, "features": BOTH} | arguments
    return Loader(release[config], **given)  # type: ignore[arg-type]


def test_whole_clips_are_padded_and_masked(release: Release) -> None:
    samples = release["dialogue_sft"]
    batch = next(iter(loader(release, shuffle=False)))
    assert isinstance(batch, DialogueBatch)
    assert batch.responder.video is None and batch.responder.audio is None
    for name in BOTH:
        found = batch.responder.feature(name)
        column = "responder_audio" if name == "loudness" else "responder_video"
        arrays = [samples.features(name).array(number, column) for number in range(2)]
        longest = max(len(one) for one in arrays)  # type: ignore[arg-type]
        assert found.values.shape[:2] == (2, longest)
        assert found.num_steps.tolist() == [len(one) for one in arrays]  # type: ignore[arg-type]
        for number, array in enumerate(arrays):
            assert isinstance(array, np.ndarray)
            assert np.array_equal(found.values[number, : len(array)].numpy(), array)
            assert not found.values[number, len(array) :].any()
            assert found.mask[number].sum() == len(array)
    assert "name='loudness'" in repr(batch) and "values=int16[2, " in repr(batch)
    with pytest.raises(KeyError, match="loudness, means"):
        batch.responder.feature("mimi")


def test_a_window_of_units_has_the_steps_that_lead(release: Release) -> None:
    spec = FeatureSpec(names=BOTH, num_units=3, window="random")
    samples = release["dialogue_sft"]
    starts = set()
    for batch in loader(release, features=spec, shuffle=False, seed=3):
        assert isinstance(batch, DialogueBatch)
        sound, pictures = (batch.initiator.feature(name) for name in BOTH)
        assert sound.values.shape[1:] == (6, 2) and pictures.values.shape[1:] == (4, 3, 8)
        assert torch.equal(sound.start_seconds, pictures.start_seconds)
        for slot, name in enumerate(batch.sample_ids):
            number = samples.table(["sample_id"])["sample_id"].to_pylist().index(name)
            first = round(float(sound.start_seconds[slot]) / 0.16)
            assert first * 0.16 == pytest.approx(float(sound.start_seconds[slot]))
            starts.add(first)
            whole = samples.features("loudness").array(number, "initiator_audio")
            latents = samples.features("means").array(number, "initiator_video")
            assert isinstance(whole, np.ndarray) and isinstance(latents, np.ndarray)
            assert np.array_equal(sound.values[slot], whole[2 * first : 2 * first + 6])
            kept = latents[first : first + 4]
            assert np.array_equal(pictures.values[slot, : len(kept)], kept)
    assert len(starts) > 1


def test_beside_pictures_the_window_is_theirs(release: Release) -> None:
    video = VideoSpec(num_frames=8, window="center")
    batch = next(iter(loader(release, video=video, audio=AudioSpec(), shuffle=False)))
    assert isinstance(batch, DialogueBatch) and batch.responder.video is not None
    found = batch.responder.feature("loudness")
    for window, begin, count in zip(
        batch.responder.video.start_seconds, found.start_seconds, found.num_steps, strict=True
    ):
        assert 0 <= float(window - begin) < 0.16
        assert float(begin) + 0.08 * int(count) >= float(window) + 8 / 25 - 1e-6


def test_listeners_and_turns(release: Release) -> None:
    batch = next(iter(loader(release, "listening_sft", shuffle=False)))
    assert isinstance(batch, ListeningBatch)
    assert batch.listener.feature("loudness").num_steps.tolist() == [0, 0], "listeners are silent"
    assert batch.listener.feature("means").num_steps.min() > 0
    speakers = batch.speaker.feature("means").num_steps
    assert (speakers > 0).tolist() == batch.speaker_seen.logical_not().tolist() or speakers.any()
    assert batch.speaker.feature("loudness").num_steps.min() > 0
    turns = next(iter(loader(release, "multi_turn_sft")))
    assert isinstance(turns, MultiTurnBatch)
    assert turns.feature("loudness").values.shape[:2] == (2, 3)
    assert turns.feature("loudness").mask.shape[:2] == (2, 3)
    assert turns.feature("means").values.ndim == 5


def test_it_resumes_exactly_and_crosses_processes(release: Release) -> None:
    spec = FeatureSpec(names=BOTH, num_units=2, window="random")
    whole = list(loader(release, features=spec))
    stopped = loader(release, features=spec)
    running = iter(stopped)
    next(running)
    resumed = loader(release, features=spec)
    resumed.load_state_dict(copy.deepcopy(stopped.state_dict()))
    running.close()
    for one, other in zip(whole[1:], resumed, strict=True):
        assert_same(one, other)
    threads = list(loader(release, features=spec, num_workers=2))
    beside = loader(release, features=spec, process=True)
    for one, two, three in zip(whole, threads, beside, strict=True):
        assert_same(one, two)
        assert_same(one, three)
    beside.close()
    assert (
        pickle.loads(pickle.dumps(release["dialogue_sft"].features("means"))).form.name == "means"
    )


def test_bfloat16_is_the_bits_that_were_written() -> None:
    from speakervid5m.loaders.decoding.decode_features import FeatureValue
    from speakervid5m.loaders.pipeline.collate_features import batch_features
    from speakervid5m.release.features import FeatureForm

    form = FeatureForm(
        name="states", media=("audio",), dtype="bfloat16", shape=(3,), steps_per_unit=4
    )
    expected = torch.randn(5, 3).bfloat16()
    value = FeatureValue(steps=expected.view(torch.uint16).numpy(), start_seconds=0.0)
    (batch,) = batch_features([form], [(value,), ()], (2,), None, 1 << 20)
    assert batch.values.dtype == torch.bfloat16
    assert torch.equal(batch.values[0], expected) and not batch.values[1].any()
    assert batch.to("cpu").mask.tolist() == [[True] * 5, [False] * 5]


def test_over_http_only_the_steps_of_the_window_move(featured: Path) -> None:
    spec = FeatureSpec(names=("means",), num_units=2)
    moved = []
    with serve(featured) as web:
        for checksums in (True, False):
            samples = open_release(web.url)["dialogue_sft"]
            made = Loader(
                samples,
                batch_size=2,
                video=None,
                audio=None,
                features=spec,
                checksums=checksums,
                shuffle=False,
            )
            local = Loader(
                open_release(str(featured))["dialogue_sft"],
                batch_size=2,
                video=None,
                audio=None,
                features=spec,
                shuffle=False,
            )
            orders = RequestPlanner(
                samples, video=None, audio=None, seed=0, checksums=checksums, features=spec
            )
            sizes = [
                one.end - one.begin
                for number in range(len(samples))
                for one in orders(number, 0).byte_ranges
            ]
            moved.append(sum(sizes))
            for one, other in zip(made, local, strict=True):
                assert_same(one, other)
    assert moved[1] < moved[0] / 2
    assert not any(name.startswith("data/") for name, _ in web.sent), "media stay where they are"


def test_what_cannot_be_asked(release: Release) -> None:
    with pytest.raises(QueryError, match="there are loudness, means"):
        loader(release, features=("mimi",))
    with pytest.raises(ValueError, match="set it there"):
        loader(release, audio=AudioSpec(), features=FeatureSpec(names=BOTH, num_units=2))
    with pytest.raises(ValueError, match="each encoder once"):
        FeatureSpec(names=("mimi", "mimi"))
    with pytest.raises(ValueError, match="num_units"):
        FeatureSpec(names=("mimi",), num_units=0)
