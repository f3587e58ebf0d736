"""Branches, tiers and the nine configs: names, kinds of samples, and paths of their shards.

source_id --bucket_of--> bucket --Config.shard--> path in the release
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Branch = Literal["dialogue", "single", "listening", "multi_turn"]
Tier = Literal["pretrain", "sft"]
Split = Literal["train", "test"]

BRANCHES: tuple[Branch, ...] = get_args(Branch)
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One named table of a release."""

    name: str
    """`{branch}_{tier}`, or `vidchatbench`."""
    branch: Branch
    """The branch of its samples."""
    tier: Tier | None
    """None for the benchmark, whose pairs come from both tiers."""
    split: Split
    """`train`, or `test` for the benchmark."""
    description: str
    """One sentence for the dataset card and the builder."""

    @property
    def folder(self) -> str:
        """Folder of its shards, relative to the release."""
        return f"data/{self.branch}/{self.tier}" if self.tier else f"data/{self.name}"

    def shard(self, bucket: int) -> str:
        """Path of one shard, relative to the release."""
        return f"{self.folder}/{self.split}-{bucket:04x}.parquet"


_WHAT: dict[Branch, str] = {
    "dialogue": "pairs of an initiator's and a responder's clip, in the order they spoke",
    "single": "clips of one person each",
    "listening": "a speaker's clip or voice, and the silent video of who listens",
    "multi_turn": "ordered runs of turns of one conversation, with what was said before",
}
_WHICH: dict[Tier, str] = {
    "pretrain": "the pretraining tier (all that is not SFT)",
    "sft": "the fine-tuning tier (the sharpest, liveliest, best understood)",
}

CONFIGS: dict[str, Config] = {
    f"{branch}_{tier}": Config(
        name=f"{branch}_{tier}",
        branch=branch,
        tier=tier,
        split="train",
        description=f"{_WHAT[branch]}; {_WHICH[tier]}",
    )
    for branch in BRANCHES
    for tier in TIERS
} | {
    "vidchatbench": Config(
        name="vidchatbench",
        branch="dialogue",
        tier=None,
        split="test",
        description="VidChatBench: dialogue pairs of sources that are in no training config",
    )
}
"""All configs by name, in the order in which cards list them."""


def config_of(branch: Branch, tier: Tier) -> Config:
    """The training config of a branch and a tier."""
    return CONFIGS[f"{branch}_{tier}"]


def bucket_of(source_id: str, num_buckets: int) -> int:
    """The bucket of a source: the top bits of sha256(source_id).

    Args:
        source_id: any text; its UTF-8 bytes are hashed.
        num_buckets: a power of two, 1 to 8192.
    """
    if not 1 <= num_buckets <= 8192 or num_buckets & (num_buckets - 1):
        raise ValueError(f"num_buckets must be a power of two from 1 to 8192, got {num_buckets}")
    top = int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:2], "big")
    return top >> 16 - (num_buckets.bit_length() - 1)


def in_bucket_order(source_ids: Iterable[str]) -> list[str]:
    """Sorted by the digest that names buckets, then by id."""
    return sorted(source_ids, key=lambda source_id: (bucket_of(source_id, 8192), source_id))
