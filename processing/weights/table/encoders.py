"""Weights of the encoders."""

from ..files import Weights
from ..sources import HubFiles
from .language import TRANSFORMERS

WAN21_FILE = Weights(
    file="wan2.1-vae",
    source=HubFiles(
        repository="Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        paths=("*.json", "*.safetensors"),
        revision=None,
        below="vae",
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="not published",
    num_bytes=508_000_000,
    holds=("config.json", "*.safetensors"),
)
MIMI_FILE = Weights(
    file="mimi",
    source=HubFiles(repository="kyutai/mimi", paths=("*.json", "*.safetensors"), revision=None),
    licence="CC-BY-4.0",
    commercial=True,
    trained_on="not published",
    num_bytes=385_000_000,
    holds=("config.json", "*.safetensors"),
)
QWEN25_OMNI_FILE = Weights(
    file="qwen2.5-omni-7b",
    source=HubFiles(repository="Qwen/Qwen2.5-Omni-7B", paths=TRANSFORMERS, revision=None),
    licence="Apache-2.0",
    commercial=True,
    trained_on="not published",
    num_bytes=22_400_000_000,
    holds=("config.json", "*.safetensors", "tokenizer_config.json"),
)
