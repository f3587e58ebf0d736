"""What a shell completes, and that it is asked for without heavy imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.processing.curation import PROFILES, TABLE
from speakervid5m.processing.encoding import ENCODERS
from speakervid5m.records import BRANCHES, CONFIGS, TIERS

ROOT = Path(__file__).parents[2]
CODE = (
    "import sys; from speakervid5m.cli import main\n"
    "try: main([])\n"
    "finally: print(sorted({*sys.modules} & {'datasets', 'torch', 'pandas', 'scipy'}),"
    " file=sys.stderr)"
)


def completed(*words: str) -> list[str]:
    """What bash would offer for the last word."""
    environment = os.environ | {
        "COMP_WORDS": " ".join(["speakervid5m", *words]),
        "COMP_CWORD": str(len(words)),
        "_SPEAKERVID5M_COMPLETE": "complete_bash",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]", "it is instant"
    return done.stdout.split("\n")[:-1]


def test_commands_and_options() -> None:
    assert completed("cu") == ["curate"]
    assert completed("curate", "re") == ["report", "retier"]
    assert completed("import", "--bran") == ["--branches"]
    assert set(completed("info", "--")) >= {"--json", "--quiet", "--verbose", "--strict"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["curate", "run", "--profile", ""], list(PROFILES)),
        (["curate", "plan", "--until", "t"], ["tracks", "transcripts"]),
        (["curate", "run", "--engine", ""], ["local", "ray", "inline"]),
        (["import", "--branches", ""], list(BRANCHES)),
        (["curate", "run", "--tiers", ""], list(TIERS)),
        (["encode", "x", "--encoder", ""], list(ENCODERS)),
        (["show", "x", "dialogue"], [name for name in CONFIGS if name.startswith("dialogue")]),
        (["curate", "run", "--gate", "sft_face_sh"], ["sft_face_sharpness="]),
    ],
)
def test_values(words: list[str], names: list[str]) -> None:
    assert completed(*words) == names


def test_backends_of_every_stage_with_a_choice() -> None:
    stages = {row.stage for row in TABLE if len(row.permissive) > 1 or len(row.paper) > 1}
    assert {
        word.partition("=")[0] for word in completed("curate", "run", "--backend", "")
    } == stages


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "speakervid5m.cli", "--show-completion", shell],
        env=os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "_SPEAKERVID5M_COMPLETE" in done.stdout
