"""SpeakerVid-5M for Hugging Face Datasets and PyTorch."""

from pathlib import Path

# A module in a checkout, a package in a wheel: either way, the folders sit next to this file.
__path__ = [str(Path(__file__).parent)]
__version__ = "0.1.0"
