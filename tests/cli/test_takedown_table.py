"""Every command that changes a release, on one without, with an older and with a newer takedown.

`curate run` and `curate retier` stand in tests/processing/curation/run/test_takedown_table.py.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.hf_api
import pytest

from speakervid5m.cards import write_documents
from speakervid5m.cli import main
from speakervid5m.processing.encoding import encode_release
from speakervid5m.release import ReleaseError, open_release
from tests.fake_hub import fake_hub
from tests.processing.encoding.tiny import Loudness
from tests.processing.shows import planned, write_shows_dump, write_videos
from tests.takedown_states import (
    STATES,
    Outcome,
    State,
    States,
    absent,
    check,
    files_of,
    leftovers,
    states_of,
)

SEEDS = (21, 26)

# huggingface_hub sends bytes in a way that its own HTTP client is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    """An import of two shows with features, cards and figures."""
    folder = tmp_path_factory.mktemp("takedown table")
    shows = planned(SEEDS)
    write_videos(shows, folder / "videos")
    write_shows_dump(shows, folder / "dump")
    base = folder / "base" / "speakervid5m"
    assert main(["import", str(folder / "dump"), "--out", str(folder / "bare"), "--no-media"]) == 0
    assert main([*wave(folder), "--out", str(base)]) == 0
    encode_release(base, Loudness(), documents=write_documents)
    return states_of(base, folder, documents=write_documents)


def wave(folder: Path) -> list[str]:
    return ["import", str(folder / "dump"), *videos(folder)]


def videos(folder: Path) -> list[str]:
    return ["--videos", str(folder / "videos")]


def encode(root: Path) -> int:
    try:
        encode_release(root, Loudness(version=2), documents=write_documents)
    except ReleaseError:
        return 1
    return 0


def publish(root: Path, states: States) -> int:
    with fake_hub() as hub, pytest.MonkeyPatch.context() as patch:
        api = functools.partial(huggingface_hub.hf_api.HfApi, hub.endpoint, token="hf_fake")
        patch.setattr("huggingface_hub.HfApi", api)
        done = main(["publish", str(root), "org/talks", "--i-hold-the-rights"])
        if states.source not in open_release(str(root)).source_ids():
            assert not any(states.media in blob for blob in hub.blobs.values())
        return done


def figures(root: Path, states: States) -> int:
    folder = root.parent / "drawn"
    done = main(["figures", str(root), "--out", str(folder)])
    if states.source not in open_release(str(root)).source_ids():
        absent(folder, states)
    return done


def retract_another(root: Path, states: States) -> int:
    others = open_release(str(root)).source_ids() - {states.source}
    return main(["retract", str(root), f"--source={min(others)}"])


COMMANDS: dict[str, Callable[[Path, States], int]] = {
    "import": lambda root, states: main([*wave(states.folder), "--out", str(root)]),
    "materialize": lambda root, states: main(
        ["materialize", str(states.folder / "bare"), *videos(states.folder), "--out", str(root)]
    ),
    "retract": lambda root, _: main(["retract", str(root)]),
    "retract with ids": retract_another,
    "reindex": lambda root, _: main(["reindex", str(root)]),
    "card": lambda root, _: main(["card", str(root)]),
    "figures": figures,
    "encode": lambda root, _: encode(root),
    "publish": publish,
}
DONE: Outcome = "completed"
NOT: Outcome = "refused"
TABLE: dict[str, tuple[Outcome, Outcome, Outcome]] = {
    # no takedown, older takedown, newer takedown
    "import": (DONE, DONE, DONE),
    "materialize": (DONE, DONE, DONE),
    "retract": (NOT, NOT, DONE),
    "retract with ids": (DONE, DONE, DONE),
    "reindex": (DONE, DONE, NOT),
    "card": (DONE, DONE, NOT),
    "figures": (DONE, DONE, DONE),
    "encode": (DONE, DONE, NOT),
    "publish": (DONE, DONE, NOT),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_undoes_a_takedown(
    states: States, tmp_path: Path, command: str, state: State
) -> None:
    root = states.copy(state, tmp_path / "copy")
    before, expected = files_of(root), TABLE[command][STATES.index(state)]
    assert COMMANDS[command](root, states) == (0 if expected == DONE else 1)
    check(states, state, root, before, expected)
    assert not leftovers(root)
