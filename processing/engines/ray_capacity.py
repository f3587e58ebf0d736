"""What one machine of a Ray cluster must have for a worker of a stage: arithmetic, without Ray.

Ray places a worker on one machine. Amounts of the whole cluster say nothing of that: four machines
of two cores have eight, and no room for a worker of four.
"""

from collections.abc import Mapping, Sequence

from .capacity import OTHER_BACKEND
from .units.stage import Stage

Amounts = Mapping[str, float]
"""`CPU` and `GPU` in pieces, `memory` in bytes: Ray's names."""

_SLACK = 1e-6
"""1 / 3 of a GPU is no number of a computer (Ray counts in steps of 1e-4)."""


def takes_of(stage: Stage, device: str, gpu_bytes: int) -> Amounts:
    """What a worker of a stage takes.

    Of a GPU all, or the part 1 / k that holds model and batch: other parts do not pack.

    Args:
        stage: any.
        device: `cpu`: nothing runs on a GPU.
        gpu_bytes: memory of each GPU; 0 if unknown, which gives each worker a whole one.
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
    """How many such workers one machine has room for."""
    counts = [
        int(node.get(name, 0.0) / amount + _SLACK) for name, amount in takes.items() if amount
    ]
    return min(counts, default=1)


def lacks_of_nodes(stage: Stage, nodes: Sequence[Amounts], takes: Amounts) -> list[str]:
    """Whether no machine has room for even one worker of a stage, in words."""
    if not nodes:
        return ["no machine of the Ray cluster is alive: start one (ray start)"]
    if any(num_on(node, takes) for node in nodes):
        return []

    def near(node: Amounts) -> tuple[int, float]:
        enough = sum(node.get(name, 0.0) >= amount for name, amount in takes.items())
        return enough, node.get("memory", 0.0)

    nearest = max(nodes, key=near)
    return [
        f"stage {stage.name} takes {_words(takes)} on one machine; of the Ray cluster's "
        f"{len(nodes)} none has that, the nearest has {_words(nearest)}: add a machine that has, "
        f"or {OTHER_BACKEND}"
    ]


def _words(amounts: Amounts) -> str:
    cpu, gpu, memory = (amounts.get(name, 0.0) for name in ("CPU", "GPU", "memory"))
    return f"{cpu:g} CPU, {gpu:.3g} GPU, {memory / 1e9:.1f} GB of memory"
