"""The recipes for training, run as they stand on their page, on two processes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from speakervid5m.processing.encoding import encode_release
from speakervid5m.release import open_release
from tests.processing.encoding.tiny import Loudness
from tests.small_release import write_small_release

ROOT = Path(__file__).parent.parent
RECIPES = dict(
    re.findall(
        r"```python\n# recipe: (\w+)\n(.*?)```", (ROOT / "docs/recipes.md").read_text(), re.DOTALL
    )
)

# What the guide calls yours: a model of one weight, and a step that notes what it was given.
PRELUDE = """\
import itertools, json, os, sys
import speakervid5m
import torch
from datasets import load_dataset
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader
from speakervid5m.loaders import FeatureSpec, Loader, VideoSpec
from speakervid5m.release import open_release

samples = open_release("speakervid5m")["dialogue_sft"]
model = torch.nn.Linear(1, 1)
seen = []


def step(model, batch):
    ids = batch["sample_id"] if isinstance(batch, dict) else batch.sample_ids
    seen.append([ids] if isinstance(ids, str) else list(ids))
    loss = model(torch.ones(1, 1)).sum()
    return loss


def note(name, **more):
    rank = os.environ.get("RANK", "0")
    with open(f"{name}-{rank}.json", "w") as file:
        json.dump({"seen": list(seen)} | more, file)
    seen.clear()

"""

Seen = list[list[list[str]]]


def run(folder: Path, code: str, processes: int) -> None:
    (folder / "train.py").write_text(PRELUDE + code)
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    known = {name: value for name, value in os.environ.items() if "SPEAKERVID" not in name}
    done = subprocess.run(
        [sys.executable, *(launcher if processes > 1 else []), "train.py"],
        cwd=folder,
        env=known | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def noted(folder: Path, name: str, ranks: int = 2) -> list[dict[str, object]]:
    return [json.loads((folder / f"{name}-{rank}.json").read_text()) for rank in range(ranks)]


def seen(folder: Path, name: str) -> Seen:
    return [one["seen"] for one in noted(folder, name)]  # type: ignore[misc]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("recipes")
    write_small_release(found / "speakervid5m", num_sources=8, configs=["dialogue_sft"])
    return found


def expected(folder: Path, where: str = "true") -> list[str]:
    samples = open_release(str(folder / "speakervid5m"))["dialogue_sft"].where(where)
    found: list[str] = samples.table(["sample_id"])["sample_id"].to_pylist()
    return sorted(found)


def shared(ranks: Seen) -> list[str]:
    """Every id that a rank saw; they saw equally many batches, and none twice."""
    assert len({len(batches) for batches in ranks}) == 1
    ids = [one for batches in ranks for batch in batches for one in batch]
    assert len(set(ids)) == len(ids)
    return sorted(ids)


@pytest.mark.timeout(300)
def test_pytorch_accelerate_and_streams_on_two_processes(folder: Path) -> None:
    code = "".join(
        f"{RECIPES[name]}\nnote({name!r}, state={state})\n"
        for name, state in (
            ("pytorch", "state"),
            ("stream", "None"),
        )
    )
    code += f"import accelerate\n{RECIPES['accelerate']}\nnote('accelerate')\n"
    run(folder, code + "torch.distributed.destroy_process_group()\n", 2)
    whole = expected(folder)
    for name in ("pytorch", "accelerate"):
        assert shared(seen(folder, name)) == whole
    states = [one["state"] for one in noted(folder, "pytorch")]
    assert states[0] == states[1]
    streams = seen(folder, "stream")
    assert abs(len(streams[0]) - len(streams[1])) <= 1
    assert sorted(one for rank in streams for row in rank for one in row) == expected(
        folder, "responder_dover > 0.6"
    )


_MODULE = """\
import lightning


class Module(lightning.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch):
        return step(self.model, batch)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


model = Module(model)
"""


@pytest.mark.timeout(300)
def test_lightning_on_two_processes(folder: Path) -> None:
    recipe = RECIPES["lightning"]
    assert 'strategy="ddp", devices=2' in recipe
    # The same Trainer with a checkpoint after two steps, and one that goes on from it.
    head, call = recipe.split("trainer = lightning.Trainer(")
    arguments = call.split(")")[0] + (
        ", accelerator='cpu', logger=False, enable_progress_bar=False, enable_model_summary=False"
    )
    kept = (
        "lightning.pytorch.callbacks.ModelCheckpoint(dirpath='.', filename='{step}', "
        "every_n_train_steps=2, save_top_k=-1)"
    )
    code = (
        f"{head}trainer = lightning.Trainer({arguments}, callbacks=[{kept}])\n"
        "trainer.fit(model, datamodule=Data())\n"
        "note('lightning_whole')\n"
        f"trainer = lightning.Trainer({arguments}, enable_checkpointing=False)\n"
        "trainer.fit(model, datamodule=Data(), ckpt_path='step=2.ckpt', weights_only=False)\n"
        "note('lightning_rest')\n"
    )
    run(folder, _MODULE + code, 2)
    whole, rest = seen(folder, "lightning_whole"), seen(folder, "lightning_rest")
    assert shared(whole) == expected(folder) and len(whole[0]) == 4
    for rank in range(2):
        assert rest[rank] == whole[rank][2:], "the checkpoint holds the exact place"


def test_features(tmp_path: Path) -> None:
    write_small_release(tmp_path / "speakervid5m", num_sources=2, configs=["dialogue_sft"])
    encode_release(tmp_path / "speakervid5m", Loudness())
    # Mimi gives 8 codes where this encoder gives 2; its weights cannot be had here.
    run(tmp_path, RECIPES["features"].replace("mimi", "loudness") + "note('features')\n", 1)
    (found,) = noted(tmp_path, "features", 1)
    ids = sorted(one for batch in found["seen"] for one in batch)  # type: ignore[attr-defined]
    assert ids == expected(tmp_path)


def test_a_mixture(tmp_path: Path) -> None:
    write_small_release(tmp_path / "speakervid5m")
    run(tmp_path, RECIPES["mixture"] + "note('mixture')\n", 1)
    (found,) = noted(tmp_path, "mixture", 1)
    assert len(found["seen"]) == 4  # type: ignore[arg-type]


def test_every_recipe_is_run() -> None:
    assert set(RECIPES) == {
        *("pytorch", "accelerate", "stream", "lightning", "features", "mixture"),
    }
