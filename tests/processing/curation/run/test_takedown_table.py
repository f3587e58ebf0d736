"""`curate run` and `retier` on a release without, with an older and with a newer takedown.

The other commands stand in tests/cli/test_takedown_table.py.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from speakervid5m.processing.curation import CurateOptions, curate, retier
from tests.processing.curation.run.conftest import Curated
from tests.takedown_states import STATES, State, States, check, files_of, leftovers, states_of

pytestmark = pytest.mark.timeout(600)

COMMANDS: dict[str, Callable[[CurateOptions], object]] = {
    "run": curate,
    "retier": lambda options: retier(
        dataclasses.replace(options, thresholds={"sft_face_sharpness": 0.125})
    ),
}


@pytest.fixture(scope="module")
def states(curated: Curated, tmp_path_factory: pytest.TempPathFactory) -> States:
    return states_of(curated.out, tmp_path_factory.mktemp("takedown table"))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_undoes_a_takedown(
    curated: Curated, states: States, tmp_path: Path, command: str, state: State
) -> None:
    root = states.copy(state, tmp_path / "copy")
    before = files_of(root)
    COMMANDS[command](dataclasses.replace(curated.options, out=root))
    check(states, state, root, before, "completed")
    assert not leftovers(root)
