"""The Triton kernel equals plain torch: by Triton's interpreter, compiled, and on a GPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from speakervid5m.processing.models.kernels import Frames, frame_sums
from speakervid5m.processing.models.kernels.frame_sums import _triton_runs

from .pictures import as_nv12, made


def test_the_kernel_in_tritons_interpreter() -> None:
    pytest.importorskip("triton", reason="Triton has no wheel for this platform")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(Path(__file__).with_name("interpreted.py"))],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("chroma_step", [1, 2], ids=["planar", "nv12"])
def test_the_kernel_compiles_for_a_gpu_that_is_not_here(
    capability: int, chroma_step: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The interpreter takes what the compiler refuses: types, globals, branches."""
    triton = pytest.importorskip("triton", reason="Triton has no wheel for this platform")
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from speakervid5m.processing.models.kernels.frame_sums_triton import _sums_kernel

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    blocks = ("block_rows", "block_columns", "scored_rows", "scored_columns")
    known = {"rows": 18, "columns": 32, **dict.fromkeys(blocks, 16), "luma_step": 1}
    known |= {"chroma_step": 1} if chroma_step == 1 else {}
    pointers = dict.fromkeys(("luma", "blue", "red", "old_luma", "old_blue", "old_red"), "*u8")
    pointers |= dict.fromkeys(("across", "down", "by_value", "by_range", "histogram"), "*i32")
    pointers |= {"partial": "*i64"}
    names = _sums_kernel.arg_names
    assert set(names) >= set(known) | set(pointers)
    signature = {
        name: "constexpr" if name in known else pointers.get(name, "i32") for name in names
    }
    found = triton.compile(
        ASTSource(_sums_kernel, signature, {(names.index(name),): known[name] for name in known}),
        target=GPUTarget("cuda", capability, 32),
        options={"enable_fp_fusion": False},
    )
    cubin = tmp_path / "kernel.cubin"
    cubin.write_bytes(found.asm["cubin"])
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    used = subprocess.run([tool, "-res-usage", cubin], check=True, capture_output=True, text=True)
    assert "STACK:0 " in used.stdout and "LOCAL:0 " in used.stdout, "registers are spilled"


def test_where_the_kernel_does_not_run_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    if torch.cuda.is_available() or "TRITON_INTERPRET" in os.environ:
        pytest.skip("it runs here")
    assert not _triton_runs(torch.device("cpu"))
    assert "plain torch sums frames on cpu, which is slower" in caplog.text
    _triton_runs.cache_clear()


@pytest.mark.cuda
def test_on_a_gpu_the_kernel_is_what_runs(caplog: pytest.LogCaptureFixture) -> None:
    assert _triton_runs(torch.device("cuda:0")), caplog.text


@pytest.mark.cuda
@pytest.mark.parametrize(("height", "width"), [(360, 640), (1080, 1920), (98, 162), (2160, 3840)])
def test_the_kernel_equals_the_reference_on_a_gpu(height: int, width: int) -> None:
    surfaces = torch.from_numpy(as_nv12(made(5, height, width)))
    expected = frame_sums(Frames.nv12(surfaces), implementation="torch")
    frames = Frames.nv12(surfaces.cuda())
    for implementation in ("triton", "torch"):
        found = frame_sums(frames, implementation=implementation)
        for name in ("histogram", "cells", "change", "laplacian", "colour", "colour_change"):
            assert torch.equal(getattr(found, name).cpu(), getattr(expected, name)), name
