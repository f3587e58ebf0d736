"""The card of a model trained on a release: generated from the run, never typed by hand.

    ModelFacts (architecture, training stages, results) -> README.md of a model

Missing facts are shown as unknown. The paper's results are not shown next to ours: its pairs,
candidates and metric builds are not published, so the numbers are not comparable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from ..content.escaping import plain
from .rendering import render
from .templates.model import MODEL


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingStage:
    """One stage of training."""

    name: str
    """`visual`, `audio-visual`, `dialogue`, as the paper has them, or one's own."""
    configs: Mapping[str, str]
    """Config to the digest of its data files, which identifies the rows."""
    num_steps: int
    """Updates of the weights."""
    global_batch: int
    """Samples in one update, over all ranks."""
    hardware: str
    """Number and type of accelerators."""
    hours: float | None = None
    """Of wall time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelResult:
    """One figure of an evaluation."""

    metric: str
    """Name and build: `FVD (I3D, 16 frames)`."""
    value: float
    """As measured."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end."""
    num_pairs: int
    """Number of pairs evaluated."""
    protocol: str
    """`dyadic`, `conditioned`."""
    command: str
    """The command that reproduces it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """Facts for a model card."""

    name: str
    """For the heading."""
    licence: str
    """SPDX id of the weights."""
    architecture: str
    """A sentence or two."""
    num_parameters: int
    """Trainable ones."""
    frozen: Mapping[str, str] = field(default_factory=dict)
    """Parts that were not trained, and the licence of each."""
    dataset: str | None = None
    """`org/SpeakerVid-5M` on a Hub, if it is there."""
    stages: tuple[TrainingStage, ...] = ()
    """In order."""
    results: tuple[ModelResult, ...] = ()
    """On VidChatBench."""
    frames_per_second: float | None = None
    """Frames generated per second, on `inference_hardware`."""
    inference_hardware: str | None = None
    """Where that was measured."""


def render_model_card(facts: ModelFacts) -> str:
    """The Markdown of the card, YAML first."""
    head = {
        "license": facts.licence,
        "library_name": "speakervid5m",
        "pipeline_tag": "any-to-any",
        "tags": ["audio-visual", "dyadic-interaction", "video-generation", "autoregressive"],
        **({"datasets": [facts.dataset]} if facts.dataset else {}),
        **({"model-index": [_index(facts)]} if facts.results else {}),
    }
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=False, width=100)
    return f"---\n{text}---\n\n{render(MODEL, {'facts': facts})}"


def _index(facts: ModelFacts) -> dict[str, object]:
    """The results as the Hub's `model-index`."""
    return {
        "name": plain(facts.name, 96),
        "results": [
            {
                "task": {"type": "any-to-any"},
                "dataset": {
                    "name": f"VidChatBench (reimplementation), {plain(result.protocol, 40)}",
                    "type": facts.dataset or "speakervid5m",
                    "config": "vidchatbench",
                    "split": "test",
                },
                "metrics": [
                    {"type": plain(result.metric, 80), "value": result.value, "verified": False}
                ],
            }
            for result in facts.results
        ],
    }
