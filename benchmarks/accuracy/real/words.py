"""Words that a profile recognises: LibriVox utterances with their text.

utterances --the profile's model of the stage `transcripts`--> text --> wrong words over true ones
"""

import re
from pathlib import Path

from speakervid5m.processing import weights_folder
from speakervid5m.processing.curation import missing, profile_of
from speakervid5m.processing.models import Transcriber

from ..datasets.voxconverse import hear
from ..tools import word_error_rate
from .material.fetching import Material
from .material.packages import LIBRIVOX
from .stages import Choice

_LINE = re.compile(r"<s> (?P<text>.+?) </s> \((?P<name>\S+)\)")


def no_words(choice: Choice) -> str | None:
    """Why the profile recognises no words here; None if it does."""
    profile = profile_of(choice.profile, dict(choice.backends))
    if "transcripts" not in profile.models:
        return f"the profile {profile.name} recognises no words"
    lacks = missing(profile, weights_folder())
    return str(lacks).replace("\n", " ") if lacks else None


def score_words(choice: Choice, material: Material) -> tuple[float | None, int]:
    """The word error rate, and the number of true words."""
    profile = profile_of(choice.profile, dict(choice.backends))
    model: Transcriber = profile.models["transcripts"].make(weights_folder(), "cpu")
    paths = material.files(LIBRIVOX, LIBRIVOX.files[0])
    texts = true_texts(material.file(LIBRIVOX, "transcription"))
    transcripts = model.transcribe([hear(path)[0] for path in paths])
    heard = [
        " ".join(segment.text for segment in transcript.segments) for transcript in transcripts
    ]
    true = [texts[path.stem] for path in paths]
    return word_error_rate(heard, true), sum(len(text.split()) for text in true)


def true_texts(path: Path) -> dict[str, str]:
    """What is said, by the name of the utterance."""
    return {match["name"]: match["text"] for match in _LINE.finditer(path.read_text())}
