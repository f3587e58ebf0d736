"""Checkpoints of Hugging Face's transformers: what a folder must hold, and the package, quietly."""

from typing import Any

from .packages import TRANSFORMERS, required

CHECKPOINT = ("config.json", "generation_config.json", "tokenizer*.json", "*.safetensors")
"""What a folder must hold; preprocessors have had several names."""


def transformers() -> Any:
    """The package; its bars and advice would stand between the lines of a run, its errors stay.

    Raises:
        ImportError: it is not installed.
    """
    package = required(TRANSFORMERS)
    package.utils.logging.disable_progress_bar()
    package.utils.logging.set_verbosity_error()
    return package
