"""A state is loaded whole, or refused by name and nothing moves."""

import copy
import itertools
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from speakervid5m.loaders import Buckets, Loader, Mixture, Packing, StateError
from speakervid5m.release import Release, open_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request

Stream = Loader | Mixture


def records(release: Release, name: str = "single_sft", **arguments: Any) -> Loader:
    defaults: dict[str, Any] = {"video": None, "audio": None, "drop_last": False}
    if "packing" not in arguments:
        defaults["batch_size"] = 2
    return Loader(release[name], **(defaults | arguments))


def mixture(release: Release, **arguments: Any) -> Mixture:
    names = ("single_sft", "dialogue_sft")
    loaders = {name: records(release, name, **arguments) for name in names}
    return Mixture(loaders, {"single_sft": 2, "dialogue_sft": 1})


STREAMS: dict[str, Callable[[Release], Stream]] = {
    "plain": records,
    "blocks": lambda release: records(release, shuffle="blocks"),
    "buckets": lambda release: records(release, buckets=Buckets(frames=(40,))),
    "packing": lambda release: records(release, packing=Packing(max_tokens=120)),
    "process": lambda release: records(release, process=True),
    "mixture": mixture,
    "mixture of packs": lambda release: mixture(release, packing=Packing(max_tokens=300)),
}


class Foreign:
    """What somebody else's class does when it is looked at."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("shown")


def deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


def round_and_round() -> Any:
    found: dict[str, Any] = {}
    found["fingerprint"] = found
    return found


BROKEN: dict[str, Any] = {
    "nothing": None,
    "text": "0",
    "bytes": b"0",
    "not a number": math.nan,
    "infinite": math.inf,
    "a fraction": 0.5,
    "negative": -1,
    "true": True,
    "huge": 10**400,
    "beyond JSON": 2**53 + 1,
    "long text": "x" * 100_000,
    "many": [0] * 100_000,
    "deep": deep(100_000),
    "round": round_and_round(),
    "foreign": Foreign(),
    "other names": {1: 2},
    "a list": [1, 2, 3],
    "a set": {1},
    "empty": {},
}


def places(state: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to every value of a state."""
    yield path
    if isinstance(state, dict | list):
        for name, value in state.items() if isinstance(state, dict) else enumerate(state):
            yield from places(value, (*path, name))


def with_value(state: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = copy.deepcopy(state)
    holder = copied
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return copied


def without(state: Any, path: tuple[Any, ...]) -> Any:
    *way, last = path
    holder = copied = copy.deepcopy(state)
    for name in way:
        holder = holder[name]
    del holder[last]
    return copied


def damaged_states(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path in places(state):
        for what, value in BROKEN.items():
            if not (what == "empty" and path and path[-1] == "batching" and not state["batching"]):
                yield f"{path}: {what}", with_value(state, path, value)
        if path:
            yield f"{path}: gone", without(state, path)


@pytest.fixture(scope="module", params=[name for name in STREAMS if name != "process"])
def stream(release: Release, request: pytest.FixtureRequest) -> Stream:
    return STREAMS[request.param](release)


def assert_refused(stream: Stream, state: Any, what: str, after_takedown: bool) -> None:
    before = stream.state_dict()
    with pytest.raises(StateError) as caught:
        stream.load_state_dict(state, after_takedown=after_takedown)
    assert len(str(caught.value)) < 5_000, what
    assert stream.state_dict() == before, what


@pytest.mark.parametrize("after_takedown", [False, True])
def test_every_damage_is_refused_and_nothing_moves(stream: Stream, after_takedown: bool) -> None:
    running = iter(stream)
    next(running)
    state = json.loads(json.dumps(stream.state_dict()))
    for what, one in damaged_states(state):
        assert_refused(stream, one, what, after_takedown)
    # The loop that ran goes on where it was.
    stands = stream.state_dict()
    assert stands == state
    got = ids(running, 2)
    stream.load_state_dict(stands)
    assert got == ids(stream, 2)


def test_a_process_beside_goes_on_after_a_state_that_was_refused(release: Release) -> None:
    loader = STREAMS["process"](release)
    assert isinstance(loader, Loader)
    running = iter(loader)
    whole = ids(records(release), 8)
    got = ids(running, 2)
    state = loader.state_dict()
    for one in (state | {"epoch": math.nan}, state | {"position": 10**400}, {}):
        assert_refused(loader, one, repr(one)[:100], False)
    assert got + ids(running, 6) == whole
    loader.close()


def test_a_mixture_moves_none_of_its_loaders_where_the_last_is_refused(release: Release) -> None:
    there, here = mixture(release), mixture(release)
    ids(there, 7)
    state = there.state_dict()
    state["stands"]["dialogue_sft"] = [0, 10_000]
    stood = [(one.epoch, one.position) for one in here.loaders.values()]
    assert_refused(here, state, "the last loader's place", False)
    assert [(one.epoch, one.position) for one in here.loaders.values()] == stood
    assert ids(here, 5) == ids(mixture(release), 5)


def test_a_replayed_epoch_goes_on_after_a_state_that_was_refused(own_root: Path) -> None:
    before = records(open_release(str(own_root)))
    ids(before, 2)
    state = before.state_dict()
    source = before.samples[0].clips[0].source_id
    retract(own_root, Request(sources=frozenset([source])), date="2026-11-20")
    loader, other = (records(open_release(str(own_root))) for _ in range(2))
    for one in (loader, other):
        one.load_state_dict(state, after_takedown=True)
    assert_refused(loader, state, "of before the takedown", False)
    assert_refused(loader, state | {"position": "x"}, "no position", True)
    assert ids(loader, 5) == ids(other, 5)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_any_place_loads_whole_or_not_at_all(
    stream: Stream, data: st.DataObject
) -> None:
    ids(stream, 1)
    before = stream.state_dict()
    state = copy.deepcopy(before)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(places(state), key=repr)))
        state = with_value(state, path, data.draw(VALUES))
        if not path:
            break
    after_takedown = data.draw(st.booleans())
    try:
        stream.load_state_dict(state, after_takedown=after_takedown)
    except StateError:
        assert stream.state_dict() == before
        return
    now = stream.state_dict()
    assert now.keys() == before.keys()
    if isinstance(stream, Loader):
        whole = (state["epoch"] + 1, 0)
        assert (now["epoch"], now["position"]) in ((state["epoch"], state["position"]), whole)
    assert len(ids(stream, 2)) == 2
    stream.load_state_dict(before)


def ids(batches: Any, count: int) -> list[Any]:
    """Of the next batches."""
    found = (one[1] if isinstance(one, tuple) else one for one in batches)
    return [batch.sample_ids for batch in itertools.islice(found, count)]
