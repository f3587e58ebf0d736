"""SpeakerVid-5M for Hugging Face Datasets: what a stranger opens first.

    import speakervid5m
    from datasets import load_dataset
    load_dataset("speakervid5m", "dialogue_sft", root="/data/speakervid5m", streaming=True)

A release is a folder and also a complete dataset repository. So `load_dataset` needs nothing from
here in the folder that holds a release, or on the Hub. Importing this module teaches it the name
`speakervid5m` for all other places: local folders and every URL that fsspec opens. It also keeps
two releases of one name apart, which `datasets` alone does only by their cards.

The import is cheap, before or after that of `datasets`: names are loaded when they are used, and
`datasets` learns the name when it is imported.
"""

import typing
from pathlib import Path

# A module in a checkout, a package in a wheel: either way, the folders sit next to this file.
__path__ = [str(Path(__file__).parent)]

from speakervid5m.builder.registration import register_with_datasets as _register_with_datasets
from speakervid5m.records.lazy import lazy_names as _lazy_names
from speakervid5m.records.version import VERSION as _VERSION
from speakervid5m.release.ways_out import offer as _offer

__version__ = _VERSION

if typing.TYPE_CHECKING:
    from speakervid5m.builder import (
        SpeakerVid5M as SpeakerVid5M,
        SpeakerVid5MConfig as SpeakerVid5MConfig,
        find_root as find_root,
        register as register,
    )
    from speakervid5m.records import (
        BRANCHES as BRANCHES,
        CONFIGS as CONFIGS,
        TIERS as TIERS,
        Clip as Clip,
        DialogueSample as DialogueSample,
        ListeningSample as ListeningSample,
        MultiTurnSample as MultiTurnSample,
        OffScreenVoice as OffScreenVoice,
        SingleSample as SingleSample,
    )
    from speakervid5m.release import open_release as open_release
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)


_register_with_datasets()
_offer("to_hf", "speakervid5m.builder:dataset_of")

if __name__ == "__main__":  # `python -m speakervid5m` in a checkout; a wheel has `__main__.py`
    from speakervid5m.cli import start

    start()
