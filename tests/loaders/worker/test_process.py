"""A process beside: the same batches, leases of memory, and nothing left behind by any exit."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from speakervid5m.loaders import Loader, SampleError, VideoSpec, WorkerDied
from speakervid5m.release import Release, Samples
from tests.loaders.conftest import assert_same
from tests.loaders.test_errors import damaged

# Each starts an interpreter that imports PyTorch: seconds, on a busy machine minutes.
pytestmark = pytest.mark.timeout(600)

SMALL = VideoSpec(fps=8, height=24, width=32, num_frames=3, window="random")


@pytest.fixture(scope="module")
def shared(release: Release) -> Iterator[Loader]:
    loader = made(release["single_sft"])
    yield loader
    loader.close()


@pytest.fixture
def beside(shared: Loader) -> Loader:
    """At the begin of an epoch; its process is started once for all tests."""
    shared.set_epoch(shared.epoch + 1)
    return shared


def same_here(loader: Loader) -> Loader:
    """The same without a process beside."""
    other = made(loader.samples, process=False)
    other.set_epoch(loader.epoch)
    return other


def made(samples: Samples, **arguments: Any) -> Loader:
    defaults: dict[str, Any] = {"batch_size": 2, "video": SMALL, "process": True, "num_workers": 2}
    return Loader(samples, **(defaults | arguments))


def slots_of(loader: Loader) -> int:
    return len(loader._source._worker._slots)  # type: ignore[attr-defined]


def process_of(loader: Loader) -> int:
    return int(loader._source._worker._process.pid)  # type: ignore[attr-defined]


def is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def waited(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not condition():
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("dialogue_sft", SMALL),
        ("dialogue_sft", VideoSpec(pixels="yuv420")),
        ("multi_turn_sft", SMALL),
    ],
)
def test_the_batches_are_the_loaders_own(release: Release, name: str, video: VideoSpec) -> None:
    one = made(release[name], video=video, drop_last=False, batch_size=3)
    other = made(release[name], video=video, drop_last=False, batch_size=3, process=False)
    for _ in range(2):
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    one.close()


def test_a_batch_stays_what_it_is_while_any_part_of_it_is_held(beside: Loader) -> None:
    expected = list(same_here(beside))
    kept = list(beside)
    assert len(kept) == len(expected) == 8 and slots_of(beside) >= 8
    for one, two in zip(kept, expected, strict=True):
        assert_same(one, two)
    frames = kept[3].clip.video.frames[1, 2]  # type: ignore[union-attr]
    copy = frames.clone()
    view = kept[4].clip.audio.waveform.numpy()[0, 5:]  # type: ignore[union-attr]
    sound = view.copy()
    del kept, one
    for _ in range(3):
        for batch in beside:
            assert batch.valid.all()
    assert torch.equal(frames, copy) and (view == sound).all()


def test_slots_are_used_again(beside: Loader) -> None:
    sizes = []
    for _ in range(4):
        for batch in beside:
            assert batch.valid.all()
        del batch
        gc.collect()
        sizes.append((slots_of(beside), len(os.listdir("/proc/self/fd"))))
    assert sizes[1] == sizes[-1], "no slot and no descriptor after the first epochs"


def test_leaving_and_resuming_is_exact(beside: Loader) -> None:
    whole = [batch.sample_ids for batch in same_here(beside)]
    got = []
    for number, batch in enumerate(beside, 1):
        got.append(batch.sample_ids)
        if number == 3:
            break
    state = beside.state_dict()
    assert got == whole[:3]
    assert [batch.sample_ids for batch in beside] == whole[3:]
    beside.load_state_dict(state)
    assert [batch.sample_ids for batch in beside] == whole[3:]
    one, two = iter(beside), iter(beside)
    next(one)
    next(two)
    with pytest.raises(RuntimeError, match="iteration is over"):
        next(one)
    assert next(two).valid.all()


def test_a_killed_process_is_an_error_at_once_and_the_loader_goes_on(release: Release) -> None:
    beside = made(release["single_sft"])
    whole = [batch.sample_ids for batch in same_here(beside)]
    batches = iter(beside)
    got = [next(batches).sample_ids for _ in range(2)]
    os.kill(process_of(beside), signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(WorkerDied, match=r"SIGKILL.*iterating again") as caught:
        got += [batch.sample_ids for batch in batches]
    assert time.monotonic() - began < 5
    assert beside.position == 2 * len(got)
    assert got + [batch.sample_ids for batch in beside] == whole
    process = process_of(beside)
    assert is_there(process)
    del beside, batches, caught
    gc.collect()
    assert not is_there(process), "it goes with the loader"


def test_errors_cross_as_they_are(own_root: Path) -> None:
    samples = damaged(own_root, "dialogue_sft", 1, "responder_video")
    loader = made(samples, batch_size=4, shuffle=False)
    with pytest.raises(SampleError, match="checksum") as caught:
        next(iter(loader))
    assert "process_main.py" in caught.value.__notes__[0]
    process = process_of(loader)
    with pytest.raises(SampleError, match="checksum"):
        next(iter(loader))
    assert process_of(loader) == process, "it has told its error and waits"
    skipping = made(samples, batch_size=4, shuffle=False, on_error="skip")
    assert sum(int(batch.valid.sum()) for batch in skipping) == 7 and skipping.num_skipped == 1
    assert loader.position == 0 and pickle.loads(pickle.dumps(loader)).position == 0
    loader.close()
    skipping.close()


def test_under_a_data_loader(beside: Loader) -> None:
    expected = list(same_here(beside))
    data = DataLoader(beside.as_dataset(), batch_size=None)
    for one, two in zip(data, expected, strict=True):
        assert_same(one, two)


_SCRIPT = """
import os, signal, sys, time
# A shell that runs the tests in the background tells its children to ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path[:] = {path!r}
from speakervid5m.loaders import Loader, VideoSpec
from speakervid5m.release import open_release
loader = Loader(open_release({root!r})["single_sft"], batch_size=2, process=True,
                video=VideoSpec(fps=8, height=24, width=32, num_frames=3))
for batch in loader:
    print(loader._source._worker._process.pid, flush=True)
    break
{then}
"""


@pytest.mark.parametrize(
    ("then", "sent"),
    [
        ("time.sleep(60)", signal.SIGKILL),
        ("for epoch in range(100_000):\n    for batch in loader: pass", signal.SIGINT),
        ("sys.exit(3)", None),
    ],
)
def test_no_exit_of_the_trainer_leaves_anything(
    small_root: Path, then: str, sent: signal.Signals | None
) -> None:
    shared = set(os.listdir("/dev/shm"))
    script = _SCRIPT.format(path=sys.path, root=str(small_root), then=then)
    trainer = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert trainer.stdout and trainer.stderr
    try:
        process = int(trainer.stdout.readline())
        if sent:
            time.sleep(0.3)
            trainer.send_signal(sent)
        tries = 5 if sent is signal.SIGINT else 0
        while tries and not waited(lambda: trainer.poll() is not None, 20):
            # Python ignores what meets the end of a lease, and says so: as one does, once more.
            trainer.send_signal(signal.SIGINT)
            tries -= 1
        trainer.wait(timeout=60)
    finally:
        trainer.kill()
    text = trainer.stderr.read()
    assert waited(lambda: not is_there(process)), "the process beside is gone too"
    assert not {one for one in set(os.listdir("/dev/shm")) - shared if "speakervid5m" in one}
    told = text.count("Traceback") - text.count("Exception ignored")
    assert told == (1 if sent is signal.SIGINT else 0), text
    trainer.stdout.close()
    trainer.stderr.close()
