"""The card of a model says what was run, and says what is not known."""

import os
from pathlib import Path

import yaml
from huggingface_hub import ModelCard, ModelCardData

from speakervid5m.cards import ModelFacts, ModelResult, TrainingStage, render_model_card
from tests.cards.documents.test_documents import EVIL

GOLDEN = Path(__file__).parent / "golden" / "model.md"
FACTS = ModelFacts(
    name="A small one",
    licence="apache-2.0",
    architecture="block-causal trunk, set-by-set spatial net, flow head",
    num_parameters=812_345_678,
    frozen={"thinker": "Apache-2.0", "audio codec": "CC-BY-4.0"},
    dataset="org/SpeakerVid-5M",
    stages=(
        TrainingStage(
            name="dialogue",
            configs={"dialogue_sft": "ab" * 32},
            num_steps=60_000,
            global_batch=384,
            hardware="1 x H200",
            hours=71.25,
        ),
    ),
    results=(
        ModelResult(
            metric="FVD (I3D, 16 frames)",
            value=41.2,
            low=39.9,
            high=42.8,
            num_pairs=500,
            protocol="dyadic",
            command="python -m speakervid5m.vidchatbench RUN --json scores.json",
        ),
    ),
    frames_per_second=27.5,
    inference_hardware="1 x H200",
)


def test_the_model_card_is_the_golden_one() -> None:
    """Renew with UPDATE_GOLDEN=1 after looking at the difference."""
    text = render_model_card(FACTS)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_the_hub_reads_its_results() -> None:
    data = ModelCard(render_model_card(FACTS)).data
    assert isinstance(data, ModelCardData)
    (result,) = data.eval_results or []
    assert result.metric_value == 41.2
    assert result.dataset_config == "vidchatbench"
    assert data.license == "apache-2.0"


def test_what_is_not_known_is_said_and_strangers_words_are_text() -> None:
    text = render_model_card(
        ModelFacts(name=EVIL, licence="apache-2.0", architecture=EVIL, num_parameters=1)
    )
    head, body = text.split("---\n", 2)[1:]
    assert "model-index" not in yaml.safe_load(head)
    for said in ("It was not evaluated", "is not recorded", "not measured"):
        assert said in body
    assert "<script>" not in text and "{{" not in body and "](http" not in body
