"""`datasets` learns the name whichever is imported first, in every process, and costs nothing."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import speakervid5m
from tests.builder.conftest import Run, ids_of

LOAD = """
rows = load_dataset("speakervid5m", "single_sft", root=ROOT, split="train", streaming=True,
                    columns=["sample_id"])
answer([row["sample_id"] for row in rows])
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import speakervid5m\nfrom datasets import load_dataset",
        "from datasets import load_dataset\nimport speakervid5m",
        "import speakervid5m, importlib\n"
        "load_dataset = importlib.import_module('datasets').load_dataset",
        "import speakervid5m, datasets.load\nload_dataset = datasets.load.load_dataset",
    ],
)
def test_either_may_be_imported_first(run: Run, small: Path, tmp_path: Path, imports: str) -> None:
    script = f"{imports}\nROOT = {str(small)!r}\n{LOAD}"
    assert run(script, cwd=tmp_path, ours=True) == ids_of(small, "single_sft")


def test_an_import_that_failed_may_be_tried_again(run: Run, tmp_path: Path) -> None:
    # As where one of its dependencies was interrupted: the next import registers the name.
    script = """
import speakervid5m
sys.modules["fsspec"] = None
try:
    import datasets
except ImportError:
    del sys.modules["fsspec"]
import datasets
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES as known
answer(["speakervid5m" in known, [type(one).__name__ for one in sys.meta_path]])
"""
    known, finders = run(script, cwd=tmp_path, ours=True)
    assert known and "_AfterDatasets" not in finders


def test_importing_twice_leaves_one_hook(run: Run, tmp_path: Path) -> None:
    script = """
import importlib, speakervid5m
importlib.reload(speakervid5m)
answer([type(one).__name__ for one in sys.meta_path].count("_AfterDatasets"))
"""
    assert run(script, cwd=tmp_path, ours=True) == 1


def test_spawned_workers_read(run: Run, small: Path, tmp_path: Path) -> None:
    script = f"""
import multiprocessing
import speakervid5m

def ids(root):
    from datasets import load_dataset
    return [row["sample_id"] for row in load_dataset("speakervid5m", "single_sft", root=root,
            split="train", streaming=True, columns=["sample_id"])]

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer(pool.apply(ids, ({str(small)!r},)))
"""
    # A file: a spawned worker imports the main module again.
    assert run(script, cwd=tmp_path, ours=True, as_file=True) == ids_of(small, "single_sft")


def test_a_pickled_builder_is_opened_where_nothing_was_imported(small: Path) -> None:
    builder = speakervid5m.SpeakerVid5M(config_name="single_sft", root=str(small))
    code = (
        "import pickle, sys; builder = pickle.load(sys.stdin.buffer);"
        "print(len(list(builder.as_streaming_dataset(split='train'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        input=pickle.dumps(builder),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) == len(ids_of(small, "single_sft"))
