"""A loader as a dataset of PyTorch: plain `DataLoader`, Lightning and Accelerate iterate it.

    DataLoader(loader.as_dataset(), batch_size=None, num_workers=2)

Worker process i of n makes every n-th batch, and `DataLoader` hands them out in turns, so the
order is the loader's own. Tensors cross in shared memory, as PyTorch has it. What was handed out
is known to who iterates alone: `dataset.state_dict(num_batches)` says where the loader would
stand then, exactly.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from torch.utils.data import IterableDataset, get_worker_info

from .batches import Batch

if TYPE_CHECKING:
    from .loader import Loader


class LoaderDataset(IterableDataset[Batch]):
    """The batches of a loader's epoch."""

    def __init__(self, loader: "Loader") -> None:
        self.loader = loader
        self._began: tuple[int, int] | None = None

    def __len__(self) -> int:
        """Batches of a whole epoch, on every rank; trainers that resume count from its begin."""
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        """Gives the rest of the epoch; a worker process its share of it."""
        loader, info = self.loader, get_worker_info()
        if info is None:
            yield from loader
            return
        if loader.process:
            raise ValueError(
                "a loader with process=True inside a worker of DataLoader: it has a process of its "
                "own, so give DataLoader num_workers=0"
            )
        # A worker that stays for several epochs does not stand where the whole epoch ends.
        if self._began is None:
            self._began = loader.epoch, loader.position
        else:
            self._began = self._began[0] + 1, 0
        yield from loader.part(*self._began, info.id, info.num_workers)

    def set_epoch(self, epoch: int) -> None:
        """Goes to the begin of an epoch. Workers that stay go on to the next by themselves."""
        self.loader.set_epoch(epoch)

    def state_dict(self, num_batches: int) -> dict[str, Any]:
        """Where the loader stands when so many batches of this epoch were handed out."""
        return self.loader.state_after(num_batches)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes to where a state was taken, before iterating."""
        self.loader.load_state_dict(state)
