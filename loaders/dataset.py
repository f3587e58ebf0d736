"""A loader as a dataset of PyTorch: plain `DataLoader`, Lightning and Accelerate iterate it.

    DataLoader(loader.as_dataset(), batch_size=None, num_workers=2)

Worker process i of n makes every n-th batch, and `DataLoader` hands them out in turns, so the
order is the loader's own. Tensors cross in shared memory, as PyTorch has it.

    parent: where the first loop begins --> memory of all processes <-- workers: which loop this is

The parent does not see that a loop begins, and workers do not see what was handed out. So workers
count loops, and who iterates counts batches: `dataset.state_dict(num_batches)` is exact.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import IterableDataset, get_worker_info

from .batches import Batch

if TYPE_CHECKING:
    from .loader import Loader

# Of one int64, of which they leave the sign: a million loops from one place on, and two loops of
# the same key one time in 17 million (ours).
_KEY_BITS, _LOOP_BITS, _PLACE_BITS = 24, 20, 18


class LoaderDataset(IterableDataset[Batch]):
    """The batches of a loader's epoch; the next loop gives the next epoch.

    With workers, a loop that is left early counts as its epoch, since what they have made ahead is
    lost: to go on inside of it, `load_state_dict(dataset.state_dict(num_batches))`. Workers know a
    loop by the seed that `DataLoader` draws for it from torch's generator: who seeds that alike
    before each loop calls `set_epoch` too.
    """

    def __init__(self, loader: "Loader") -> None:
        self.loader = loader
        self._loops_here = self._begun_anew = 0
        # Epoch and position at which the first loop begins, the number of this place, and in one
        # number what workers write: from which place, how many loops began, the key of the last.
        # All workers of a loop write the same, and what one of an earlier place writes late
        # counts for nothing, so they need no lock.
        self._shared = torch.zeros(4, dtype=torch.int64)
        self._shared.share_memory_()  # type: ignore[no-untyped-call]
        self._began: tuple[int, int] | None = None
        self._begin_anew()

    def __len__(self) -> int:
        """Batches of a whole epoch, on every rank; trainers that resume count from its begin."""
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        """Gives the rest of the epoch; a worker process its share of it."""
        # Now and not at the first batch, before which the parent may send the loader elsewhere.
        self._loops_here += get_worker_info() is not None
        return self._batches(self._place if self._loops_here <= 1 else int(self._shared[2]))

    def _batches(self, place: int) -> Iterator[Batch]:
        loader, info = self.loader, get_worker_info()
        if info is None:
            loops, _ = self._counted()
            began = self._begin_of(loops) if loops else (loader.epoch, loader.position)
            self._begin_anew()
            self._began = began
            yield from loader.part(*began, 0, 1)
            return
        if loader.process:
            raise ValueError(
                "a loader with process=True inside a worker of DataLoader: it has a process of its "
                "own, so give DataLoader num_workers=0"
            )
        # A worker that stays keeps its seed and its place, and all of them come to each loop.
        key = hash((info.seed - info.id, self._place, self._loops_here)) % (1 << _KEY_BITS)
        yield from loader.part(*self._joined(key, place), info.id, info.num_workers)

    def set_epoch(self, epoch: int) -> None:
        """Has the next loop begin an epoch, also in workers that stay."""
        self.loader.set_epoch(epoch)
        self._begin_anew()

    def state_dict(self, num_batches: int) -> dict[str, Any]:
        """Where the loader stands when so many batches of the latest loop were handed out.

        Raises:
            ValueError: it has fewer.
        """
        loops, _ = self._counted()
        return self.loader.state_after(
            num_batches, self._begin_of(loops - 1) if loops else self._began
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Has the next loop begin where a state was taken, also in workers that stay."""
        self.loader.load_state_dict(state)
        self._begin_anew()

    @property
    def _place(self) -> int:
        """Counts the places where first loops begin; in a worker that of when it was started."""
        return self.loader.moves + self._begun_anew

    def _begin_anew(self) -> None:
        self._begun_anew += 1
        self._began = None
        self._share()

    def _share(self) -> None:
        loader = self.loader
        self._shared[:3] = torch.tensor([loader.epoch, loader.position, self._place])

    def _counted(self) -> tuple[int, int]:
        """Loops that workers began from this place on, and the key of the last from any place."""
        if self._place > int(self._shared[2]):
            # The loader was sent elsewhere, and not by its dataset.
            self._began = None
            self._share()
        rest, key = divmod(int(self._shared[3]), 1 << _KEY_BITS)
        place, loops = divmod(rest, 1 << _LOOP_BITS)
        return loops if place == int(self._shared[2]) % (1 << _PLACE_BITS) else 0, key

    def _begin_of(self, loop: int) -> tuple[int, int]:
        epoch, position = self._shared[:2].tolist()
        return (epoch + loop, 0) if loop else (epoch, position)

    def _joined(self, key: int, place: int) -> tuple[int, int]:
        """Where the loop begins that the workers of this key share."""
        loops, last = self._counted()
        if last == key:
            # Also one that comes late, to a loop that was left for another place.
            return self._begin_of(max(loops - 1, 0))
        if int(self._shared[2]) > place:
            # The loop was left before any worker came to it: it counts for nothing.
            return self._begin_of(0)
        if not loops and self._loops_here == 1:
            # The loader may have been iterated in the parent, which is no move.
            self._shared[:2] = torch.tensor([self.loader.epoch, self.loader.position])
        place %= 1 << _PLACE_BITS
        self._shared[3] = ((place << _LOOP_BITS) + loops + 1 << _KEY_BITS) + key
        return self._begin_of(loops)
