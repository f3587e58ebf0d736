"""A stage and the machines of a Ray cluster in, how many of its workers fit out: no Ray needed.

Ray places a worker on one machine, so the cluster's total does not count: four machines of two
cores have eight cores, but none of them fits a worker that takes four.
"""

from collections.abc import Mapping, Sequence

from .capacity import OTHER_BACKEND
from .units.stage import Stage

Amounts = Mapping[str, float]
"""Numbers of `CPU` and `GPU`, bytes of `memory`: Ray's names."""

_SLACK = 1e-6
"""For rounding: 1 / 3 of a GPU is not exact in floating point (Ray counts in steps of 1e-4)."""


def takes_of(stage: Stage, device: str, gpu_bytes: int) -> Amounts:
    """What a worker of a stage takes.

    It takes a whole GPU, or the fraction 1 / k that fits model and batch: other fractions do not
    fill a GPU.

    Args:
        stage: any.
        device: `cpu`: nothing runs on a GPU.
        gpu_bytes: memory of each GPU; if it is 0 (unknown), each worker gets a whole GPU.
    """
    takes = stage.resources
    on_gpu = stage.device_in(device) != "cpu"
    share = max(1, gpu_bytes // takes.gpu_bytes) if on_gpu else 0
    return {
        "CPU": takes.num_cpus,
        "GPU": 1.0 / share if share else 0.0,
        "memory": float(takes.memory_bytes),
    }


def num_on(node: Amounts, takes: Amounts) -> int:
    """How many such workers fit one machine."""
    counts = [
        int(node.get(name, 0.0) / amount + _SLACK) for name, amount in takes.items() if amount
    ]
    return min(counts, default=1)


def lacks_of_nodes(stage: Stage, nodes: Sequence[Amounts], takes: Amounts) -> list[str]:
    """Why no machine fits even one worker of a stage; empty if one does."""
    if not nodes:
        return ["no machine of the Ray cluster is alive: start one (ray start)"]
    if any(num_on(node, takes) for node in nodes):
        return []

    def near(node: Amounts) -> tuple[int, float]:
        enough = sum(node.get(name, 0.0) >= amount for name, amount in takes.items())
        return enough, node.get("memory", 0.0)

    nearest = max(nodes, key=near)
    return [
        f"stage {stage.name} takes {_in_words(takes)} on one machine; of the Ray cluster's "
        f"{len(nodes)} none has that, the nearest has {_in_words(nearest)}: add a machine that "
        f"has, or {OTHER_BACKEND}"
    ]


def _in_words(amounts: Amounts) -> str:
    cpu, gpu, memory = (amounts.get(name, 0.0) for name in ("CPU", "GPU", "memory"))
    return f"{cpu:g} CPU, {gpu:.3g} GPU, {memory / 1e9:.1f} GB of memory"
