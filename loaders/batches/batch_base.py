"""The base of all batches: they move to a device, are pinned, and show their tensors' shapes.

a batch --`to`, `pin_memory`--> the same batch, its tensors moved, their types kept
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from html import escape
from textwrap import indent
from typing import Any, Self

import torch
from torch import Tensor

from .tv_tensors import kind_of, plain, wrapped


class Tensors:
    """Dataclasses of tensors, of such dataclasses, and of plain values."""

    __slots__ = ()

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Self:
        """The same with every tensor on a device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The same with every tensor in pinned memory."""
        return self._map(lambda tensor: tensor.pin_memory())

    def _map(self, change: Callable[[Tensor], Tensor]) -> Self:
        changed: dict[str, Any] = {}
        for field in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                kind, moved = kind_of(value), change(plain(value))
                changed[field.name] = wrapped(moved, kind) if kind else moved
            elif isinstance(value, Tensors):
                changed[field.name] = value._map(change)
            elif isinstance(value, tuple) and value and isinstance(value[0], Tensors):
                changed[field.name] = tuple(tensors._map(change) for tensors in value)
        return replace(self, **changed)  # type: ignore[type-var]

    def __repr__(self) -> str:
        shown = []
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                kind = str(value.dtype).removeprefix("torch.")
                shown.append(f"{field.name}={kind}{list(value.shape)}")
            elif isinstance(value, tuple) and value and isinstance(value[0], Tensors):
                each = indent(",\n".join(map(repr, value)), "  ")
                shown.append(f"{field.name}=(\n{each}\n)")
            elif isinstance(value, tuple):
                shown.append(f"{field.name}=<{len(value)}>")
            elif value is None or is_dataclass(value) or isinstance(value, int | str):
                shown.append(f"{field.name}={value!r}")
        lines = "".join(f"\n{indent(line, '  ')}," for line in shown)
        return f"{type(self).__name__}({lines}\n)"

    def _repr_html_(self) -> str:
        strips = (
            f"<figure style='margin:0'>{image}<figcaption>{escape(name)}</figcaption></figure>"
            for name, image in self._frame_strips("")
        )
        return f"<pre>{escape(repr(self))}</pre>{''.join(strips)}"

    def _frame_strips(self, name: str) -> Iterator[tuple[str, str]]:
        """Names of the videos in it, and some of their frames as HTML images."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Tensors):
                yield from value._frame_strips(f"{name} {field.name}".strip())
