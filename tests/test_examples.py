"""Every program in examples/ runs, resumes after a kill, and stays short enough to read."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import torch

from speakervid5m.release import open_release
from tests.small_release import write_small_release

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
MAX_LINES = 120


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("a release") / "speakervid5m"
    write_small_release(root, num_sources=8)
    return root


def run(*words: str | Path, folder: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs Python on an example in a folder of its own."""
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stderr[-4000:]
    return done


def test_every_example_is_short() -> None:
    for path in EXAMPLES.glob("*.*"):
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            text = "".join("".join(cell["source"]) + "\n" for cell in json.loads(text)["cells"])
        assert len(text.splitlines()) <= MAX_LINES, path.name


def test_ddp(release: Path, tmp_path: Path) -> None:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = run(*torchrun, EXAMPLES / "train_ddp.py", release, folder=tmp_path)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["epoch 0", "epoch 1"]
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert saved["loader"]["epoch"] == 2

    # One more epoch in one process: the first two are not run again.
    done = run(EXAMPLES / "train_ddp.py", release, "--epochs", "3", folder=tmp_path)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["epoch 2"]


def test_lightning(release: Path, tmp_path: Path) -> None:
    run(EXAMPLES / "train_lightning.py", release, "--epochs", "1", folder=tmp_path)
    first = torch.load(tmp_path / "lightning" / "last.ckpt", weights_only=False)
    assert first["Pairs"]["epoch"] == 1
    run(EXAMPLES / "train_lightning.py", release, "--resume", "last", folder=tmp_path)
    last = sorted((tmp_path / "lightning").glob("*.ckpt"), key=lambda path: path.stat().st_mtime)
    second = torch.load(last[-1], weights_only=False)
    assert second["Pairs"]["epoch"] == 2
    assert second["global_step"] == 2 * first["global_step"]


def test_accelerate(release: Path, tmp_path: Path) -> None:
    done = run(EXAMPLES / "train_accelerate.py", release, "--epochs", "1", folder=tmp_path)
    assert done.stdout.startswith("epoch 0: training error")
    done = run(EXAMPLES / "train_accelerate.py", release, folder=tmp_path)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["epoch 1"]


@pytest.mark.parametrize("config", ["dialogue_sft", "multi_turn_sft", "listening_sft"])
def test_webdataset(release: Path, tmp_path: Path, config: str) -> None:
    words = [str(release), config, "shards", "--rows-per-shard", "5"]
    done = run(EXAMPLES / "webdataset_export.py", *words, folder=tmp_path)
    samples = open_release(str(release))[config]
    assert done.stdout.startswith(f"{len(samples)} samples in {-(-len(samples) // 5)} shards")
    files: dict[str, bytes] = {}
    for path in sorted((tmp_path / "shards").iterdir()):
        with tarfile.open(path) as archive:
            for member in archive:
                reader = archive.extractfile(member)
                assert reader is not None
                files[member.name] = reader.read()
    for number, sample in enumerate(samples):
        name = sample.sample_id
        assert json.loads(files[f"{name}.json"])["conversation_id"] == sample.conversation_id
        if config == "dialogue_sft":
            assert files[f"{name}.responder.mp4"] == samples.media(number, "responder_video")
            assert files[f"{name}.initiator.flac"] == samples.media(number, "initiator_audio")
        if config == "multi_turn_sft":
            turns = samples.media(number, "turn_videos")
            assert isinstance(turns, list)
            assert [files[f"{name}.{turn}.mp4"] for turn in range(len(turns))] == turns


def test_notebook(release: Path, tmp_path: Path) -> None:
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell.get("outputs") for cell in cells)
    program = tmp_path / "notebook.py"
    # As a notebook does: the last expression of each cell is shown, as HTML where it can.
    program.write_text(
        "import ast, sys\n"
        "names = {}\n"
        f"for cell in {code!r}:\n"
        "    tree = ast.parse(cell)\n"
        "    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None\n"
        "    exec(compile(tree, 'cell', 'exec'), names)\n"
        "    if last is not None:\n"
        "        value = eval(compile(ast.Expression(last.value), 'cell', 'eval'), names)\n"
        "        html = getattr(value, '_repr_html_', value.__repr__)()\n"
        "        print(type(value).__name__, len(html))\n"
    )
    (tmp_path / "speakervid5m").symlink_to(release)
    shown = [line.split() for line in run(program, folder=tmp_path).stdout.splitlines()]
    kinds = [kind for kind, _ in shown]
    assert kinds[:3] == ["Release", "Samples", "ShownSample"] and "DialogueBatch" in kinds
    assert all(int(length) > 5 for _, length in shown)
