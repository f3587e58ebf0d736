"""Stages and a device in, a `Capacity` out: how many processes fit, and what is missing.

It is checked before the first stage starts. Every engine reports its capacity; this module answers
for the engines that run on this machine.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ...records import install_command
from .units.stage import Stage

OTHER_BACKEND = "choose another backend (--backend STAGE=NAME)"
"""What to do if a stage is too large for the machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """How stages fit the machine or cluster of an engine."""

    processes: Mapping[str, int]
    """By stage, how many processes run it at once if there are enough units; at least 1."""
    memory_bytes: int
    """Main memory of the machine, or of all machines of a cluster; 0 if unknown."""
    lacks: tuple[str, ...]
    """Why stages cannot run, in words; empty if all of them can."""


def machine_capacity(stages: Sequence[Stage], device: str, num_processes: int) -> Capacity:
    """How stages fit this machine.

    Args:
        stages: the stages that will run.
        device: where models run.
        num_processes: as the user asked for.
    """
    processes = {stage.name: processes_of(stage, device, num_processes) for stage in stages}
    there = machine_bytes()
    lacks = lacks_name(device) or _lacks_gpu(stages, device)
    return Capacity(
        processes=processes,
        memory_bytes=there,
        lacks=(*lacks, *_lacks_memory(stages, processes, there)),
    )


def processes_of(stage: Stage, device: str, num_processes: int) -> int:
    """How many processes run a stage on this machine: at most the number that the user asked for.

    The user counts cores; on a GPU, no more processes run than fit its memory and the machine's.
    """
    takes = stage.resources
    if stage.device_in(device) == "cpu":
        return num_processes
    on_gpu = gpu_bytes_of(device) // takes.gpu_bytes
    in_memory = machine_bytes() // max(1, takes.memory_bytes)
    return max(1, min(num_processes, on_gpu, in_memory))


def machine_bytes() -> int:
    """Main memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@cache
def gpu_bytes_of(device: str) -> int:
    """Memory of this machine's `cuda` or `cuda:0`; 0 if torch cannot use this GPU."""
    try:
        import torch
    except ImportError:
        return 0
    number = _number_of(device)
    if number >= torch.cuda.device_count():
        return 0
    return int(torch.cuda.get_device_properties(number).total_memory)


def lacks_name(device: str) -> list[str]:
    """What is wrong with the name of a device; empty if it is valid."""
    kind, _, number = device.partition(":")
    if device == "cpu" or (kind == "cuda" and (not number or number.isdigit())):
        return []
    return [f"a device is cpu, cuda or cuda:0, got {device!r}"]


def lacks_bytes_of_gpu(stage: Stage, has: int, which: str) -> list[str]:
    """Why a stage does not fit a whole GPU; empty if it fits."""
    if stage.resources.gpu_bytes <= has:
        return []
    return [
        f"stage {stage.name} takes {stage.resources.gpu_bytes / 1e9:.1f} GB of a GPU and {which} "
        f"has {has / 1e9:.1f} GB: {OTHER_BACKEND}"
    ]


def _lacks_gpu(stages: Sequence[Stage], device: str) -> list[str]:
    stages = [stage for stage in stages if stage.device_in(device) != "cpu"]
    if not stages:
        return []
    has = gpu_bytes_of(device)
    if has:
        return [words for stage in stages for words in lacks_bytes_of_gpu(stage, has, device)]
    try:
        import torch
    except ImportError:
        return [f"--device {device} needs torch: {install_command('models')}"]
    count = torch.cuda.device_count()
    return [f"there is no {device}: this machine has {count} GPUs that torch can use"]


def _lacks_memory(stages: Sequence[Stage], processes: Mapping[str, int], there: int) -> list[str]:
    """Checks the stage that takes most memory: if it fits, the others fit too."""
    if not stages:
        return []
    most = max(stages, key=lambda stage: processes[stage.name] * stage.resources.memory_bytes)
    each, number = most.resources.memory_bytes, processes[most.name]
    if number * each <= there:
        return []
    fits = there // each
    return [
        f"stage {most.name}: {number} processes of {each / 1e9:.1f} GB are more than this "
        f"machine's {there / 1e9:.1f} GB of memory: {f'--jobs {fits}' if fits else OTHER_BACKEND}"
    ]


def _number_of(device: str) -> int:
    return int(device.partition(":")[2] or 0)
