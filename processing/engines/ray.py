"""Stages on a Ray cluster, or on a Ray of this machine's own: one Ray Data job a stage.

    pending units -> map_batches(actors, one unit at a time) -> outcomes
                         each actor keeps a worker process that has the stage loaded, reads its
                         inputs from the store and writes its part into it

The store is a folder that all machines see. Rows carry names of units, never frames or tables, so
Ray's object store stays empty; a job a stage, since a pipeline of all stages holds every model at
once and hangs where the GPUs do not suffice for that. What is in the store afterwards is to the
byte what the engine `local` writes.
"""

import logging
import os
import pickle
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from .engine import Waiting
from .hosting import Host
from .stage import Resources, Stage
from .stopping import Stop
from .store import StageStore
from .unit import Outcome, Unit

_TICK_SECONDS = 1.0
_OBJECT_STORE_BYTES = 128 << 20
"""Of a Ray that we start: names of units need no more (ours; Ray's least is 75 MiB)."""
_MOST_BLOCKS = 4096
"""Blocks of a job; each is looked after by the driver (ours: several units a block above that)."""


class CannotSchedule(ValueError):
    """The cluster has not what a stage takes: Ray would wait for it forever."""

    reason = "cannot_schedule"


class RayEngine:
    """A Ray cluster: the one that `RAY_ADDRESS` or `address` names, else one of our own."""

    def __init__(
        self, device: str = "cpu", *, address: str | None = None, gpu_bytes: int | None = None
    ) -> None:
        """Connects, or starts a Ray on this machine's loopback interface.

        Args:
            device: `cpu`, or `cuda`: which GPU an actor sees is Ray's to say.
            address: of a cluster, as `ray.init` takes it.
            gpu_bytes: memory of each GPU of the cluster, so that several actors share one; None
                takes this machine's own GPU for one of them, and without one gives each actor a
                whole GPU.

        Raises:
            ImportError: Ray is not installed.
        """
        # Nothing is told to anybody; must be set before the import.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Ray's own change to come, of which it warns; nothing here shares a GPU unasked.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise ImportError(
                f"--engine ray needs Ray ({error}): pip install 'speakervid5m[ray]'"
            ) from error
        self._ray = ray
        self._gpu_bytes = gpu_bytes or (0 if device == "cpu" else _bytes_of_this_gpu())
        self._device = "cpu" if device == "cpu" else "cuda:0"
        self._folder: Path | None = None
        if not ray.is_initialized():
            self._connect(address or os.environ.get("RAY_ADDRESS"))
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units of a stage as one job.

        Raises:
            CannotSchedule: the cluster has not what the stage takes.
        """
        if not units:
            return
        num_gpus = self._num_gpus(stage.resources)
        num_actors = min(len(units), self._num_actors(stage, num_gpus))
        marker = store.marker()
        answers: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
        rows = self._job(stage, units, store, marker, num_actors, num_gpus)
        thread = threading.Thread(target=_collect, args=(rows, answers), daemon=True)
        thread.start()
        yield Waiting(waits_for="start")
        try:
            while True:
                if stop.asked is not None:
                    marker.touch()
                try:
                    answer = answers.get(timeout=_TICK_SECONDS)
                except queue.Empty:
                    yield Waiting(waits_for="stage", unit=f"{num_actors} actors")
                    continue
                if answer is None:
                    return
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
        finally:
            marker.unlink(missing_ok=True)

    def close(self) -> None:
        """Ends the Ray that this engine has started; of a cluster it lets go."""
        self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self, address: str | None) -> None:
        if address is not None:
            self._ray.init(address=address, log_to_driver=False, logging_level="warning")
            return
        self._folder = Path(tempfile.mkdtemp(prefix="ray"))
        self._ray.init(
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            log_to_driver=False,
            logging_level="warning",
            _node_ip_address="127.0.0.1",
            _temp_dir=str(self._folder),
        )

    def _job(
        self,
        stage: Stage,
        units: Sequence[Unit],
        store: StageStore,
        marker: Path,
        num_actors: int,
        num_gpus: float,
    ) -> Any:
        data = self._ray.data.from_items(
            [{"unit": pickle.dumps(unit)} for unit in units],
            override_num_blocks=min(len(units), _MOST_BLOCKS),
        )
        return data.map_batches(
            _Actor,
            batch_size=1,
            batch_format="pyarrow",
            compute=self._ray.data.ActorPoolStrategy(size=num_actors),
            num_cpus=stage.resources.num_cpus,
            num_gpus=num_gpus,
            memory=stage.resources.memory_bytes,
            fn_constructor_kwargs={
                "stage": stage,
                "folder": store.folder.resolve(),
                "device": self._device if stage.resources.gpu_bytes else "cpu",
                "marker": marker,
            },
        )

    def _num_gpus(self, resources: Resources) -> float:
        """A GPU, or the part 1/k of it that holds model and batch: other parts do not pack."""
        if not resources.gpu_bytes or self._device == "cpu":
            return 0.0
        share = max(1, self._gpu_bytes // resources.gpu_bytes)
        return 1.0 / share

    def _num_actors(self, stage: Stage, num_gpus: float) -> int:
        """How many actors of a stage fit the cluster."""
        there = self._ray.cluster_resources()
        takes = {
            "CPU": stage.resources.num_cpus,
            "GPU": num_gpus,
            "memory": float(stage.resources.memory_bytes),
        }
        fits = len(self._ray.nodes())
        for name, amount in takes.items():
            if amount > there.get(name, 0.0):
                raise CannotSchedule(
                    f"stage {stage.name} takes {amount:g} {name} and the Ray cluster has "
                    f"{there.get(name, 0.0):g}: add machines, or choose another backend"
                )
        counts = [int(there[name] // amount) for name, amount in takes.items() if amount]
        return max(1, min(counts, default=fits))


class _Actor:
    """Hosts a worker process on a machine of the cluster; one that is lost comes back (Ray)."""

    def __init__(self, stage: Stage, folder: Path, device: str, marker: Path) -> None:
        self._host = Host(stage, StageStore(folder), device)
        self._marker = marker

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Runs the one unit of a batch; gives null if it was not begun."""
        (data,) = batch["unit"].to_pylist()
        outcome = None if self._marker.exists() else self._host.run(pickle.loads(data))
        answer = None if outcome is None else pickle.dumps(outcome)
        return pa.table({"outcome": pa.array([answer], pa.binary())})

    def __del__(self) -> None:
        self._host.close()


def _bytes_of_this_gpu() -> int:
    """Memory of this machine's first GPU; 0 where torch sees none."""
    try:
        import torch
    except ImportError:
        return 0
    if not torch.cuda.is_available():
        return 0
    return int(torch.cuda.get_device_properties(0).total_memory)


def _collect(rows: Any, answers: "queue.SimpleQueue[Outcome | BaseException | None]") -> None:
    """Puts outcomes where the driver takes them, then None, or the error that ended the job."""
    try:
        for row in rows.iter_rows():
            if row["outcome"] is not None:
                answers.put(pickle.loads(row["outcome"]))
        answers.put(None)
    except BaseException as error:
        answers.put(error)
