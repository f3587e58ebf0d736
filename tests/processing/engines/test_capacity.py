"""What does not fit is said before it begins. GPUs and clusters here are fakes."""

import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from speakervid5m.processing.engines import (
    Backend,
    Engine,
    Inline,
    Local,
    Resources,
    Run,
    Source,
    Stage,
    StageStore,
    Stateless,
    Tables,
    capacity as room_module,
    local as local_module,
    run_stages,
)
from speakervid5m.processing.engines.ray import CannotSchedule, RayEngine
from speakervid5m.processing.engines.ray_capacity import num_on, takes_of
from speakervid5m.processing.engines.worker import Worker
from speakervid5m.records import install_command
from tests.processing.engines import slow_run

GB = 1_000_000_000
GPU = "cuda:0"


def never_run(source: Source, _: Mapping[str, Tables]) -> Tables:
    raise AssertionError(f"{source.source_id} was begun")


def stage(takes: Resources | None = None, name: str = "model") -> Stage:
    return Stage(
        name=name,
        what="a model",
        backend=Backend(name="theirs", licence="MIT"),
        resources=takes or Resources(),
        load=Stateless(never_run),
    )


def say(device: str, _: Source, __: Mapping[str, Tables]) -> Tables:
    return {"t": pa.table({"device": [device]})}


def where(device: str) -> Run:
    return partial(say, device)


def machine(monkeypatch: pytest.MonkeyPatch, memory: int, gpu: int) -> None:
    monkeypatch.setattr(room_module, "machine_bytes", lambda: memory)
    monkeypatch.setattr(room_module, "gpu_bytes_of", lambda _: gpu)


def cluster(monkeypatch: pytest.MonkeyPatch, *nodes: dict[str, float]) -> None:
    there = [{"Alive": True, "Resources": node} for node in nodes]
    gone = {"Alive": False, "Resources": {"CPU": 1e6, "GPU": 1e6, "memory": 1e18}}
    fake = SimpleNamespace(nodes=lambda: [*there, gone])
    monkeypatch.setattr(RayEngine, "_connected", lambda _: fake)


@pytest.mark.parametrize(
    ("takes", "asked", "expected"),
    [
        (Resources(), 8, 8),
        (Resources(gpu_bytes=3 * GB), 8, 3),
        (Resources(gpu_bytes=3 * GB), 2, 2),
        (Resources(gpu_bytes=1 * GB, memory_bytes=8 * GB), 8, 4),
        (Resources(gpu_bytes=11 * GB), 8, 1),
    ],
)
def test_a_gpu_has_as_many_processes_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, takes: Resources, asked: int, expected: int
) -> None:
    machine(monkeypatch, memory=32 * GB, gpu=10 * GB)
    one = stage(takes)
    assert Local(GPU, asked).capacity([one]).processes == {"model": expected}
    assert Inline(GPU).capacity([one]).processes == {"model": 1}
    assert Local("cpu", asked).capacity([one]).processes == {"model": asked}


@pytest.mark.parametrize(
    ("engine", "takes", "words"),
    [
        (Local("cpu", 8), Resources(memory_bytes=8 * GB),
         "stage model: 8 processes of 8.0 GB are more than this machine's 32.0 GB of memory: "
         "--jobs 4"),
        (Inline(), Resources(memory_bytes=40 * GB),
         "stage model: 1 processes of 40.0 GB are more than this machine's 32.0 GB of memory: "
         "choose another backend (--backend STAGE=NAME)"),
        (Local(GPU, 8), Resources(gpu_bytes=11 * GB),
         "stage model takes 11.0 GB of a GPU and cuda:0 has 10.0 GB: choose another backend "
         "(--backend STAGE=NAME)"),
        (Local("tpu"), Resources(), "a device is cpu, cuda or cuda:0, got 'tpu'"),
        (Local("cpu:1"), Resources(), "a device is cpu, cuda or cuda:0, got 'cpu:1'"),
    ],
)  # fmt: skip
def test_what_this_machine_has_not_is_said(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, takes: Resources, words: str
) -> None:
    machine(monkeypatch, memory=32 * GB, gpu=10 * GB)
    assert engine.capacity([stage(takes)]).lacks == (words,)
    assert engine.capacity([]).lacks == (() if "device" not in words else (words,))


def test_a_gpu_that_there_is_not_matters_to_who_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, memory=32 * GB, gpu=0)
    for engine in (Local(GPU), Inline(GPU)):
        assert engine.capacity([stage()]).lacks == ()
        (words,) = engine.capacity([stage(), stage(Resources(gpu_bytes=GB), "look")]).lacks
        assert words.startswith(("there is no cuda:0: this machine has", "--device cuda:0 needs"))


def test_who_needs_no_gpu_is_loaded_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, memory=32 * GB, gpu=10 * GB)
    started: list[str] = []

    def start(device: str) -> Worker:
        started.append(device)
        return Worker(device)

    monkeypatch.setattr(local_module, "Worker", start)
    source = slow_run.sources()[:3]
    stages = [
        Stage(
            name=name,
            what="says where it is",
            backend=Backend(name="theirs", licence="MIT"),
            resources=Resources(gpu_bytes=gpu_bytes),
            load=where,
        )
        for name, gpu_bytes in (("a", 0), ("b", 5 * GB), ("c", 0))
    ]
    engines: tuple[Engine, ...] = (Local(GPU, 3), Inline(GPU))
    for number, engine in enumerate(engines):
        store = StageStore(tmp_path / str(number))
        report = run_stages(stages, source, store, engine=engine)
        engine.close()
        devices = [
            store.find(name, keys[name]).tables()["t"]["device"].to_pylist()  # type: ignore[union-attr]
            for keys in report.keys.values()
            for name in ("a", "b", "c")
        ]
        assert devices == [["cpu"], [GPU], ["cpu"]] * 3
    # The processes of `a` serve `c`; of the GPU two have half each.
    assert started == ["cpu"] * 3 + [GPU] * 2


def test_a_worker_must_fit_one_machine_of_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"CPU": 2.0, "memory": 16e9}
    cluster(monkeypatch, small, small, small, small)
    stages = [
        stage(name="look"),
        stage(Resources(num_cpus=4, gpu_bytes=GB, memory_bytes=39 * GB), "captions"),
    ]
    words = (
        "stage captions takes 4 CPU, {} GPU, 39.0 GB of memory on one machine; of the Ray "
        "cluster's {} none has that, the nearest has {}: add a machine that has, or choose "
        "another backend (--backend STAGE=NAME)"
    )
    capacity = RayEngine("cpu").capacity(stages)
    assert capacity.lacks == (words.format(0, 4, "2 CPU, 0 GPU, 16.0 GB of memory"),)
    assert capacity.processes["look"] == 8
    assert capacity.memory_bytes == 64 * GB
    # Every amount is somewhere, and nowhere all of them.
    large, gpus = {"CPU": 64.0, "memory": 256e9}, {"CPU": 4.0, "GPU": 8.0, "memory": 32e9}
    cluster(monkeypatch, large, gpus)
    engine = RayEngine("cuda", gpu_bytes=24 * GB)
    (said,) = engine.capacity(stages).lacks
    assert "0.0417 GPU" in said and "the nearest has 64 CPU, 0 GPU, 256.0 GB" in said
    with pytest.raises(CannotSchedule, match="stage captions takes 4 CPU"):
        run_stages(stages[1:], slow_run.sources()[:1], StageStore(tmp_path), engine=engine)
    cluster(monkeypatch, large, gpus, {"CPU": 9.0, "GPU": 1.0, "memory": 80e9})
    capacity = engine.capacity(stages)
    assert capacity.lacks == ()
    assert capacity.processes["captions"] == 2
    cluster(monkeypatch)
    assert engine.capacity(stages).lacks == (
        "no machine of the Ray cluster is alive: start one (ray start)",
    )


def test_a_gpu_of_a_cluster_that_is_too_small_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster(monkeypatch, {"CPU": 8.0, "GPU": 1.0, "memory": 64e9})
    wants = [stage(Resources(gpu_bytes=2 * GB), "look"), stage(Resources(gpu_bytes=30 * GB))]
    (said,) = RayEngine("cuda", gpu_bytes=24 * GB).capacity(wants).lacks
    assert said.startswith("stage model takes 30.0 GB of a GPU and a GPU of the Ray cluster has 24")
    # Nobody said what its GPUs have.
    assert RayEngine("cuda", address="ray.example:6379").capacity(wants).lacks == ()
    assert RayEngine("tpu").capacity([]).lacks == ("a device is cpu, cuda or cuda:0, got 'tpu'",)


def test_gpus_are_shared_in_whole_parts() -> None:
    shares = [
        takes_of(stage(Resources(gpu_bytes=gib << 30)), "cuda:0", 24 << 30)["GPU"]
        for gib in (24, 12, 10, 5, 0)
    ]
    assert shares == [1.0, 0.5, 0.5, 0.25, 0.0]
    assert takes_of(stage(Resources(gpu_bytes=GB)), "cpu", 24 * GB)["GPU"] == 0.0
    assert takes_of(stage(Resources(gpu_bytes=GB)), "cuda:0", 0)["GPU"] == 1.0
    for parts in range(1, 100):
        assert num_on({"GPU": 2.0}, {"GPU": 1.0 / parts}) == 2 * parts


def test_a_cluster_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        # Bound, and nobody listens.
        monkeypatch.setenv("RAY_ADDRESS", address)
        engine = RayEngine()
        (said,) = engine.capacity([stage()]).lacks
    assert said.startswith(f"no Ray cluster can be joined at '{address}' (")
    assert "or unset it to start a Ray on this machine" in said
    with pytest.raises(CannotSchedule, match="no Ray cluster can be joined"):
        run_stages([stage()], slow_run.sources()[:1], StageStore(tmp_path), engine=engine)
    engine.close()


def test_a_ray_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (said,) = RayEngine().capacity([stage()]).lacks
    assert said.startswith("--engine ray needs Ray (")
    assert said.endswith(install_command("ray"))
