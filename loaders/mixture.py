"""Several loaders in one stream: each batch comes from one of them, by weight.

    loaders, weights --the loader farthest behind its share--> (name, batch), without end

The choice is a pure function of (weights, number of the batch). So all ranks draw from the same
loader, shares are exact to one batch at any time, and the state is the number of batches and each
loader's place.
"""

import hashlib
import json
import logging
import re
from collections.abc import Generator, Mapping
from typing import Any

from .batches.branch_batches import Batch
from .loader import Loader
from .sampling.resume_after_takedown import LoaderPosition
from .sampling.state import MAX_EPOCH, checked_place, is_count, plain_state
from .specs.errors import StateError

logger = logging.getLogger(__name__)

MIXTURE_VERSION = 2

_DIGESTS = re.compile(r"[0-9a-f]{12}(\.[0-9a-z]{1,8}){1,2}")


class Mixture:
    """An endless stream of batches; a loader whose epoch ends continues with the next.

    Args:
        loaders: by name; each with its own batch size, windows and workers.
        weights: by name, positive; shares of the batches.

    Raises:
        ValueError: no loaders, other names, or a weight that is not positive.
    """

    def __init__(self, loaders: Mapping[str, Loader], weights: Mapping[str, float]) -> None:
        if not loaders or loaders.keys() != weights.keys():
            raise ValueError(
                f"weights for {', '.join(weights) or 'nothing'}, loaders for "
                f"{', '.join(loaders) or 'nothing'}: give a weight to each"
            )
        if wrong := {
            name: weight for name, weight in weights.items() if not 0 < weight < float("inf")
        }:
            raise ValueError(f"weights must be positive numbers, got {wrong}")
        self.loaders = dict(loaders)
        total = sum(weights.values())
        self.weights = {name: weights[name] / total for name in loaders}
        self._counts = dict.fromkeys(self.loaders, 0)
        self._turn = 0

    def __repr__(self) -> str:
        shares = ", ".join(f"{name}: {share:.3g}" for name, share in self.weights.items())
        return f"Mixture({shares}; {sum(self._counts.values())} batches handed out)"

    def __iter__(self) -> Generator[tuple[str, Batch]]:
        """Gives (name, batch) without end, from the mixture's place."""
        self._turn += 1
        turn = self._turn
        running: dict[str, Generator[Batch]] = {}
        try:
            while True:
                name = self._next()
                batch = self._batch(name, running)
                if turn != self._turn:
                    raise RuntimeError("this iteration is over: the mixture was sent elsewhere")
                self._counts[name] += 1
                yield name, batch
        finally:
            for batches in running.values():
                batches.close()

    def state_dict(self) -> dict[str, Any]:
        """The mixture's place: under 1 KB of JSON, exact for any number of ranks."""
        return {
            "version": MIXTURE_VERSION,
            "fingerprint": self._fingerprint(),
            "digests": {name: _digests(loader) for name, loader in self.loaders.items()},
            "counts": dict(self._counts),
            "stands": {
                name: [loader.epoch, loader.position] for name, loader in self.loaders.items()
            },
        }

    def load_state_dict(self, state: Mapping[str, Any], *, after_takedown: bool = False) -> None:
        """Goes to where a state was taken; a rejected state changes nothing.

        Args:
            state: from `state_dict`.
            after_takedown: whether samples may have been retracted since. Then a loader that lost
                some continues with its next epoch, and the log says so.

        Raises:
            StateError: of other loaders or weights, or damaged.
        """
        own = self.state_dict()
        plain = plain_state(state, own, "a mixture's")
        for name in ("version", "fingerprint"):
            if plain[name] != own[name]:
                raise StateError(
                    f"the state belongs to another mixture: {name} is {plain[name]!r:.100} there, "
                    f"{own[name]!r} here. Use the same loaders, seeds and weights"
                )
        for name in ("counts", "stands", "digests"):
            if not isinstance(plain[name], dict) or plain[name].keys() != self.loaders.keys():
                raise StateError(
                    f"not a mixture's state: its {name} are {plain[name]!r:.200}; here are "
                    f"{', '.join(self.loaders)}"
                )
        if wrong := {name: count for name, count in plain["counts"].items() if not is_count(count)}:
            raise StateError(f"counts of batches are whole numbers from 0, got {wrong!r:.200}")
        places: dict[str, LoaderPosition] = {}
        restarted = []
        for name, loader in self.loaders.items():
            digests, place = plain["digests"][name], plain["stands"][name]
            if not isinstance(place, list) or len(place) != 2:
                raise StateError(f"{name} stands at {place!r:.100}, not at [epoch, position]")
            epoch, position = checked_place(place[0], place[1], MAX_EPOCH)
            if digests == own["digests"][name]:
                places[name] = loader.checked_place(epoch, position)
                continue
            if not (after_takedown and self._came_from(name, digests)):
                raise StateError(
                    f"the state belongs to other samples: {name} is {digests!r:.100} there, "
                    f"{own['digests'][name]!r} here (digests of the config, of the rows kept and "
                    "of the lengths planned by). Open the same release with the same where() and "
                    "windows; after a takedown, load_state_dict(state, after_takedown=True)"
                )
            places[name] = loader.checked_place(epoch + 1, 0)
            restarted.append(name)
        for name, loader in self.loaders.items():
            loader.go_to(places[name])
        self._counts = {name: plain["counts"][name] for name in self.loaders}
        self._turn += 1
        for name in restarted:
            logger.warning(
                "after the takedown, %s of the mixture goes on at epoch %d",
                name,
                places[name].epoch,
            )

    def _came_from(self, name: str, digests: object) -> bool:
        samples = self.loaders[name].samples
        if not isinstance(digests, str) or not _DIGESTS.fullmatch(digests):
            return False
        earlier = digests.partition(".")[0]
        if samples.config_digest.startswith(earlier):
            return False
        return samples.release.rows_since(samples.config.name, earlier) is not None

    def _next(self) -> str:
        done = sum(self._counts.values()) + 1
        lag = {name: done * share - self._counts[name] for name, share in self.weights.items()}
        return max(lag, key=lambda name: lag[name])

    def _batch(self, name: str, running: dict[str, Generator[Batch]]) -> Batch:
        while True:
            if name not in running:
                running[name] = iter(self.loaders[name])
            for batch in running[name]:
                return batch
            del running[name]

    def _fingerprint(self) -> str:
        known = {name: _kind(loader) for name, loader in self.loaders.items()}
        text = json.dumps([known, self.weights], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _kind(loader: Loader) -> dict[str, Any]:
    """The part of a loader's state that a takedown does not change: all but the digests."""
    state = loader.state_dict()
    known = {name: state[name] for name in ("version", "seed", "order")}
    batching = {name: value for name, value in state["batching"].items() if name != "lengths"}
    return known | {"batching": batching, "config": loader.samples.config.name}


def _digests(loader: Loader) -> str:
    """Prefixes of the digests of the config, of the rows that were kept, and of their lengths."""
    state = loader.state_dict()
    known = state["fingerprint"]
    lengths = str(state["batching"].get("lengths", ""))[:8]
    digests = f"{known['config_digest'][:12]}.{known['rows'][:8]}"
    return f"{digests}.{lengths}" if lengths else digests
