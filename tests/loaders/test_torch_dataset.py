import itertools
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

from speakervid5m.loaders import Loader, LoaderError, Mixture, StateError, VideoSpec
from speakervid5m.release import Release, Samples
from tests.loaders.conftest import assert_same

SMALL = VideoSpec(fps=8, height=24, width=32, num_frames=3, window="random")


def loader(samples: Samples, **arguments: Any) -> Loader:
    defaults: dict[str, Any] = {"batch_size": 2, "video": SMALL}
    return Loader(samples, **(defaults | arguments))


def test_without_workers_the_loader_itself_is_iterated(release: Release) -> None:
    one = loader(release["single_sft"])
    data = DataLoader(one.as_dataset(), batch_size=None)
    assert len(data) == 8
    assert len(list(data)) == 8 and one.epoch == 1


def test_the_next_loop_is_the_next_epoch_whatever_seeds_torch(release: Release) -> None:
    own = records(release["single_sft"])
    epochs = [[batch.sample_ids for batch in own] for _ in range(3)]
    assert epochs[0] != epochs[1]
    one = records(release["single_sft"])
    data = DataLoader(one.as_dataset(), batch_size=None)
    for expected in epochs:
        torch.manual_seed(0)
        assert [batch.sample_ids for batch in data] == expected


def test_its_state_is_the_loaders(release: Release) -> None:
    samples = release["single_sft"]
    whole = [batch.sample_ids for batch in records(samples)]
    dataset = records(samples).as_dataset()
    data = DataLoader(dataset, batch_size=None)
    taken = [batch.sample_ids for batch in itertools.islice(data, 3)]
    state = json.loads(json.dumps(dataset.state_dict()))
    assert state == dataset.loader.state_dict() and state["position"] == 6
    other = records(samples).as_dataset()
    other.load_state_dict(state)
    assert taken + [batch.sample_ids for batch in DataLoader(other, batch_size=None)] == whole
    other.set_epoch(0)
    assert [batch.sample_ids for batch in other] == whole


class Wrapped(IterableDataset[Any]):
    """As users write one around a loader."""

    def __init__(self, inner: Iterable[Any]) -> None:
        self.inner = inner

    def __iter__(self) -> Iterator[Any]:
        return iter(self.inner)


@pytest.mark.parametrize("process", [False, True])
def test_in_a_worker_of_data_loader_it_says_what_to_type(release: Release, process: bool) -> None:
    loader = records(release["single_sft"], process=process)
    data = DataLoader(
        loader.as_dataset(), batch_size=None, num_workers=1, multiprocessing_context="fork"
    )
    with pytest.raises(LoaderError, match=r"batch_size=None.*num_workers=8, process=True"):
        next(iter(data))
    assert loader.position == 0


def test_in_datasets_around_it_too(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = records(release["single_sft"])
    around: list[Iterable[Any]] = [loader, Wrapped(loader), Mixture({"one": loader}, {"one": 1.0})]
    monkeypatch.setattr("speakervid5m.loaders.loader.get_worker_info", lambda: object())
    for one in around:
        with pytest.raises(LoaderError, match="process=True"):
            next(iter(one))
    assert loader.position == 0


OTHERS: dict[str, Callable[[Loader], Any]] = {
    "without batch_size=None": lambda one: DataLoader(one.as_dataset()),
    "with another batch_size": lambda one: DataLoader(one.as_dataset(), batch_size=4),
    "the loader itself": lambda one: DataLoader(one),  # type: ignore[arg-type]
    "the loader itself, no batches": lambda one: DataLoader(one, batch_size=None),  # type: ignore[arg-type]
    "shuffled": lambda one: DataLoader(one, shuffle=True),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("how", OTHERS)
def test_what_data_loader_cannot_do_with_it_is_answered(release: Release, how: str) -> None:
    with pytest.raises((LoaderError, TypeError), match=r"loader.as_dataset\(\), batch_size=None"):
        next(iter(OTHERS[how](records(release["single_sft"]))))


def test_batches_can_be_pickled(release: Release) -> None:
    batch = next(
        iter(loader(release["dialogue_sft"], video=VideoSpec(pixels="yuv420"), batch_size=1))
    )
    assert_same(pickle.loads(pickle.dumps(batch)), batch)


@pytest.mark.parametrize("name", ["single_sft", "dialogue_sft", "multi_turn_sft"])
def test_planes_become_the_same_pictures(release: Release, name: str) -> None:
    batches: list[Any] = [
        next(iter(loader(release[name], video=VideoSpec(num_frames=5, pixels=pixels))))
        for pixels in ("rgb", "yuv420")
    ]
    videos = [
        batch.video
        if name == "multi_turn_sft"
        else (batch.clip if name == "single_sft" else batch.responder).video
        for batch in batches
    ]
    assert videos[1].frames.shape[-2:] == (72, 64) and videos[0].frames.shape[-2:] == (48, 64)
    assert videos[1].matrix.shape[-2:] == (3, 4) and videos[0].matrix is None
    apart = (videos[1].rgb().int() - videos[0].rgb().int()).abs().float()
    assert apart.mean() < 1.0 and apart.max() <= 6


def test_planes_are_resized_as_pictures_are(release: Release) -> None:
    for fit in ("pad", "crop", "stretch"):
        one, two = (
            next(
                iter(
                    loader(
                        release["single_sft"],
                        video=VideoSpec(num_frames=2, height=40, width=64, fit=fit, pixels=pixels),
                    )
                )
            ).clip.video.rgb()  # type: ignore[union-attr]
            for pixels in ("rgb", "yuv420")
        )
        assert one.shape == two.shape and (one.int() - two.int()).abs().float().mean() < 3


def test_backends_give_the_same_batches(release: Release) -> None:
    samples = release["listening_sft"]
    own = list(loader(samples))
    for one, two in zip(
        own, loader(samples, video=VideoSpec(**_fields(), backend="pyav")), strict=True
    ):
        assert_same(one, two)


def _fields() -> dict[str, Any]:
    return {"fps": 8, "height": 24, "width": 32, "num_frames": 3, "window": "random"}


@pytest.mark.parametrize("fields", [{"backend": "pyav"}, {"height": 3, "width": 4}])
def test_planes_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="planes need"):
        VideoSpec(pixels="yuv420", **fields)


def test_selected_columns_are_there_and_others_are_not(release: Release) -> None:
    samples = release["dialogue_sft"]
    chosen = samples.select(["responder_transcript"])
    full, less = samples[0], chosen[0]
    assert less.clips[1].transcript == full.clips[1].transcript
    assert less.clips[0].transcript is None and less.clips[0].dover is None
    for one, two in zip(loader(samples), loader(chosen), strict=True):
        assert torch.equal(one.responder.video.frames, two.responder.video.frames)  # type: ignore[union-attr]
    assert len(chosen.where("responder_dover > 0.8")) == len(samples.where("responder_dover > 0.8"))
    with pytest.raises(ValueError, match="responder_dover"):
        samples.select(["dover"])
    run = release["multi_turn_sft"]
    assert run.select([])[0] == run[0]


def records(samples: Samples, **arguments: Any) -> Loader:
    return loader(samples, video=None, audio=None, **arguments)


def mixture(release: Release, ranks: int = 1, rank: int = 0, workers: int = 0) -> Mixture:
    loaders = {
        name: Loader(
            release[name],
            batch_size=4 // ranks,
            video=None,
            audio=None,
            rank=rank,
            world_size=ranks,
            num_workers=workers,
        )
        for name in ("single_sft", "dialogue_sft", "listening_sft")
    }
    return Mixture(loaders, {"single_sft": 2, "dialogue_sft": 1, "listening_sft": 1})


def test_a_mixture_keeps_its_shares_and_resumes_exactly(release: Release) -> None:
    whole = [(name, batch.sample_ids) for name, batch in itertools.islice(mixture(release), 40)]
    names = [name for name, _ in whole]
    assert [names.count(name) for name in ("single_sft", "dialogue_sft")] == [20, 10]
    began = mixture(release, workers=2)
    got = [(name, batch.sample_ids) for name, batch in itertools.islice(began, 13)]
    state = json.loads(json.dumps(began.state_dict()))
    assert got == whole[:13] and len(json.dumps(state)) < 1024
    parts = []
    for rank in range(2):
        other = mixture(release, 2, rank)
        other.load_state_dict(state)
        parts.append([(name, batch.sample_ids) for name, batch in itertools.islice(other, 27)])
    both = [(one[0], one[1] + two[1]) for one, two in zip(*parts, strict=True)]
    assert both == whole[13:]


def test_states_of_other_mixtures_are_refused(release: Release) -> None:
    one = mixture(release)
    other = Mixture(one.loaders, dict.fromkeys(one.loaders, 1.0))
    with pytest.raises(StateError, match="another mixture: fingerprint"):
        other.load_state_dict(one.state_dict())
    with pytest.raises(StateError, match="not a mixture's state"):
        one.load_state_dict({})
    with pytest.raises(ValueError, match="a weight to each"):
        Mixture(one.loaders, {"single_sft": 1.0})
    with pytest.raises(ValueError, match="positive"):
        Mixture(one.loaders, dict.fromkeys(one.loaders, 0.0))
    assert "single_sft: 0.5" in repr(one)
