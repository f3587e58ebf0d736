"""Hugging Face's transformers: the files of a checkpoint, and the package without its log.

nothing --> the imported package; `CHECKPOINT` --> what a folder of weights must hold
"""

from typing import Any

from .packages import TRANSFORMERS, required

CHECKPOINT = ("config.json", "generation_config.json", "tokenizer*.json", "*.safetensors")
"""Files of a checkpoint; the name of the preprocessor's file has changed over versions."""


def transformers() -> Any:
    """The package, without progress bars and advice, which would break up the lines of a run.

    Raises:
        ImportError: it is not installed.
    """
    package = required(TRANSFORMERS)
    package.utils.logging.disable_progress_bar()
    package.utils.logging.set_verbosity_error()
    return package
