"""Stages on a Ray cluster, or on a Ray that this process starts: one Ray Data job a stage.

    pending units -> map_batches(actors, one unit at a time) -> outcomes
                         each actor keeps a worker process that has loaded the stage, reads its
                         inputs from the store and writes its part into it

The store is a folder that all machines see. Rows carry names of units, never frames or tables, so
Ray's object store stays empty. Each stage is its own job: a pipeline of all stages holds every
model at once and hangs if the GPUs cannot hold them. The store then has the same bytes as the
engine `local` writes.
"""

import logging
import os
import pickle
import queue
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...records import lacking
from .capacity import Capacity, gpu_bytes_of, lacks_bytes_of_gpu, lacks_name
from .engine import Waiting
from .ray_capacity import Amounts, lacks_of_nodes, num_on, takes_of
from .stop import Stop
from .units.stage import Stage
from .units.store import StageStore
from .units.unit import Outcome, Unit
from .worker_host import Host

_TICK_SECONDS = 1.0
_OBJECT_STORE_BYTES = 128 << 20
"""Of a Ray that we start: names of units need no more (ours; Ray's least is 75 MiB)."""
_JOIN_SECONDS = 10.0
"""A cluster's machine must answer within this time (ours)."""
_MOST_BLOCKS = 4096
"""Blocks of a job; the driver tracks each of them (ours: above that, several units a block)."""


class CannotSchedule(ValueError):
    """No machine of the cluster fits a worker of a stage: Ray would wait forever."""

    reason = "cannot_schedule"


class RayEngine:
    """A Ray cluster: the one that `RAY_ADDRESS` or `address` names, else one that it starts."""

    def __init__(
        self, device: str = "cpu", *, address: str | None = None, gpu_bytes: int | None = None
    ) -> None:
        """Sets the cluster; the first call of `capacity` or `run` connects, or starts a Ray.

        A Ray that it starts listens on this machine's loopback interface.

        Args:
            device: `cpu`, or `cuda`: Ray chooses which GPU an actor sees.
            address: of a cluster, as `ray.init` takes it.
            gpu_bytes: memory of each GPU of the cluster, so that several actors can share a GPU.
                None assumes that they are like this machine's GPU; if it has none, each actor gets
                a whole GPU.
        """
        self._asked = device
        self._device = "cpu" if device == "cpu" else "cuda:0"
        self._address = address or os.environ.get("RAY_ADDRESS")
        self._gpu_bytes_given = gpu_bytes or 0
        here = 0 if device == "cpu" else gpu_bytes_of("cuda:0")
        self._gpu_bytes = self._gpu_bytes_given or here
        self._ray: Any = None
        self._folder: Path | None = None

    def capacity(self, stages: Sequence[Stage]) -> Capacity:
        """How stages fit the cluster: each worker runs on one of its machines."""
        lacks = lacks_name(self._asked)
        nodes: list[Amounts] = []
        try:
            nodes = [node["Resources"] for node in self._connected().nodes() if node["Alive"]]
        except (ImportError, ConnectionError) as error:
            return Capacity(
                processes={stage.name: 1 for stage in stages},
                memory_bytes=0,
                lacks=(*lacks, str(error)),
            )
        # GPU memory is known for this machine, and for a cluster only if the user gave it.
        of_gpu = self._gpu_bytes if self._folder is not None else self._gpu_bytes_given
        processes: dict[str, int] = {}
        for stage in stages:
            takes = self._takes(stage)
            processes[stage.name] = max(1, sum(num_on(node, takes) for node in nodes))
            lacks += lacks_of_nodes(stage, nodes, takes)
            if of_gpu and takes["GPU"]:
                lacks += lacks_bytes_of_gpu(stage, of_gpu, "a GPU of the Ray cluster")
        return Capacity(
            processes=processes,
            memory_bytes=int(sum(node.get("memory", 0.0) for node in nodes)),
            lacks=tuple(dict.fromkeys(lacks)),
        )

    def run(
        self, stage: Stage, units: Sequence[Unit], store: StageStore, stop: Stop
    ) -> Iterator[Outcome | Waiting]:
        """Runs the units of a stage as one job.

        Raises:
            CannotSchedule: the stage does not fit the cluster, or there is no cluster.
        """
        if not units:
            return
        yield Waiting(waits_for="start")
        capacity = self.capacity([stage])
        if capacity.lacks:
            raise CannotSchedule("; ".join(capacity.lacks))
        num_actors = min(len(units), capacity.processes[stage.name])
        marker = store.marker()
        answers: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
        rows = self._job(stage, units, store, marker, num_actors)
        thread = threading.Thread(target=_collect, args=(rows, answers), daemon=True)
        thread.start()
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
        """Ends the Ray that this engine has started, or disconnects from a cluster."""
        if self._ray is not None:
            self._ray.shutdown()
            self._ray = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _connected(self) -> Any:
        """The module `ray`, connected.

        Raises:
            ImportError: Ray is not installed; says what to do.
            ConnectionError: no cluster answers at the address; says what to do.
        """
        if self._ray is not None:
            return self._ray
        # Turns off usage statistics; must be set before the import.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Takes a coming change of Ray now, which silences its warning.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise lacking("--engine ray needs Ray", error, "ray") from error
        if not ray.is_initialized():
            if self._address is not None:
                _join(ray, self._address)
            else:
                self._start(ray)
        self._ray = ray
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        return ray

    def _start(self, ray: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ray"))
        ray.init(
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
    ) -> Any:
        takes = self._takes(stage)
        data = self._ray.data.from_items(
            [{"unit": pickle.dumps(unit)} for unit in units],
            override_num_blocks=min(len(units), _MOST_BLOCKS),
        )
        return data.map_batches(
            _Actor,
            batch_size=1,
            batch_format="pyarrow",
            compute=self._ray.data.ActorPoolStrategy(size=num_actors),
            num_cpus=takes["CPU"],
            num_gpus=takes["GPU"],
            memory=takes["memory"],
            fn_constructor_kwargs={
                "stage": stage,
                "folder": store.folder.resolve(),
                "device": stage.device_in(self._device),
                "marker": marker,
            },
        )

    def _takes(self, stage: Stage) -> Amounts:
        return takes_of(stage, self._device, self._gpu_bytes)


class _Actor:
    """Hosts a worker process on a machine of the cluster; Ray restarts a lost actor."""

    def __init__(self, stage: Stage, folder: Path, device: str, marker: Path) -> None:
        self._host = Host(stage, StageStore(folder), device)
        self._marker = marker

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Runs the only unit of a batch; null if it did not start."""
        (data,) = batch["unit"].to_pylist()
        outcome = None if self._marker.exists() else self._host.run(pickle.loads(data))
        answer = None if outcome is None else pickle.dumps(outcome)
        return pa.table({"outcome": pa.array([answer], pa.binary())})

    def __del__(self) -> None:
        self._host.close()


def _join(ray: Any, address: str) -> None:
    """Connects to a cluster.

    Raises:
        ConnectionError: no cluster answers at this address; says what to do.
    """
    try:
        # Ray itself searches minutes for a missing machine, and may end the process.
        host, _, port = address.rpartition("://")[2].rpartition(":")
        if host and port.isdigit():
            socket.create_connection((host.strip("[]"), int(port)), _JOIN_SECONDS).close()
        ray.init(address=address, log_to_driver=False, logging_level="warning")
    except (OSError, ValueError, RuntimeError) as error:
        raise ConnectionError(
            f"no Ray cluster can be joined at {address!r} ({error}): start one (ray start), set "
            "RAY_ADDRESS to its host and port, or unset it to start a Ray on this machine"
        ) from error


def _collect(rows: Any, answers: "queue.SimpleQueue[Outcome | BaseException | None]") -> None:
    """Puts outcomes into the driver's queue, then None, or the error that ended the job."""
    try:
        for row in rows.iter_rows():
            if row["outcome"] is not None:
                answers.put(pickle.loads(row["outcome"]))
        answers.put(None)
    except BaseException as error:
        answers.put(error)
