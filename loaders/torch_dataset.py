"""A loader as a dataset of PyTorch: plain `DataLoader`, Lightning and Accelerate iterate it.

    DataLoader(loader.as_dataset(), batch_size=None)

In: a loader. Out: an `IterableDataset` of its batches, whose place is the loader's.

There is one way to decode in another process, the loader's own: `Loader(..., process=True)`. Worker
processes of `DataLoader` would each hold a copy of the loader, and no copy knows how many loops ran
before: its epochs would repeat. They are refused.
"""

from collections.abc import Generator, Mapping
from typing import Any, Never, Protocol

from torch.utils.data import IterableDataset
from torch.utils.data._utils.collate import default_collate_fn_map

from .batches.batch_base import Tensors
from .batches.branch_batches import Batch
from .specs.errors import LoaderError

HOW_TO_ITERATE = (
    "Type `for batch in loader`, or where a DataLoader is wanted "
    "`DataLoader(loader.as_dataset(), batch_size=None)`: the loader makes the batches, and "
    "`Loader(..., num_workers=8, process=True)` decodes them in a process of its own"
)


class EpochLoader(Protocol):
    """The methods of `Loader` that a dataset needs."""

    def __len__(self) -> int:
        """Batches of a whole epoch."""
        ...

    def __iter__(self) -> Generator[Batch]:
        """Gives the rest of the epoch."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Goes to the beginning of an epoch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """The loader's place."""
        ...

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Goes to where a state was taken."""
        ...


class LoaderDataset(IterableDataset[Batch]):
    """The batches of a loader's epoch; the next loop gives the next epoch.

    Its place is its loader's, so `state_dict` is the loader's.
    """

    def __init__(self, loader: EpochLoader) -> None:
        self.loader = loader
        # PyTorch's registry of how types are collated: without `batch_size=None` it would try.
        default_collate_fn_map[Tensors] = _refuse_batches

    def __len__(self) -> int:
        """Batches of a whole epoch, on every rank; resuming trainers count from its beginning."""
        return len(self.loader)

    def __iter__(self) -> Generator[Batch]:
        """Gives the rest of the epoch; raises as the loader does."""
        return iter(self.loader)

    def set_epoch(self, epoch: int) -> None:
        """See `Loader.set_epoch`."""
        self.loader.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """See `Loader.state_dict`."""
        return self.loader.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `Loader.load_state_dict`."""
        self.loader.load_state_dict(state)


def _refuse_batches(_batches: object, **_: object) -> Never:
    raise LoaderError(f"DataLoader would make a batch of batches. {HOW_TO_ITERATE}")
