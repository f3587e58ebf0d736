"""A catalogue in, what it will give out, before any video is read: samples, bytes, buckets.

Buckets are counted from the whole catalogue, never from the videos that have arrived, so that
every run of `import` puts its rows into the same shards.
"""

from collections import Counter
from dataclasses import dataclass

from ...records import CONFIGS, Listener, Progress, silent
from ...release import num_buckets_for
from .takedown import KeptCatalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Counts of the whole catalogue by config."""

    num_sources: int
    """Sources with annotations."""
    num_samples: dict[str, int]
    """Samples by config."""
    nominal_bytes: dict[str, int]
    """Media to expect by config, in bytes (`Clip.nominal_bytes`)."""
    num_buckets: dict[str, int]
    """Shards by config, a power of two."""


def make_plan(
    catalogue: KeptCatalogue, progress: Listener = silent, *, growth: float = 1.0
) -> Plan:
    """Goes through all sources once.

    Args:
        catalogue: all sources that are known now.
        progress: called for every thousandth source.
        growth: how many times larger the release will be in the end; buckets are counted for that.
    """
    num_samples: Counter[str] = Counter()
    nominal_bytes: Counter[str] = Counter()
    source_ids = catalogue.source_ids()
    for number, source_id in enumerate(source_ids):
        if number % 1000 == 0:
            progress(Progress("plan", number, len(source_ids), "sources"))
        for name, sample in catalogue.source(source_id).samples:
            num_samples[name] += 1
            nominal_bytes[name] += sum(clip.nominal_bytes for clip in sample.clips)
    progress(Progress("plan", len(source_ids), len(source_ids), "sources"))
    return Plan(
        num_sources=len(source_ids),
        num_samples={name: num_samples[name] for name in CONFIGS},
        nominal_bytes={name: nominal_bytes[name] for name in CONFIGS},
        num_buckets={
            name: num_buckets_for(round(nominal_bytes[name] * growth)) for name in CONFIGS
        },
    )
