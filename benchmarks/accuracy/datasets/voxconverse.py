"""Who speaks when: VoxConverse, or anything else in RTTM with a recording of the same name.

dev/abjxc.rttm    SPEAKER abjxc 1 0.400000 6.640000 <NA> <NA> spk00 <NA> <NA>
audio/abjxc.wav
"""

import time
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from speakervid5m.processing import VIDEO_SUFFIXES
from speakervid5m.processing.curation import diarize, read_source_audio
from speakervid5m.processing.models import SAMPLE_RATE, SileroVoiceActivity, speech_intervals
from speakervid5m.records import VoiceInterval

from ..tools import DiarizationScore, score_diarization
from .media import SOUND_SUFFIXES, media_files, paired

COLLAR_SECONDS = 0.5
"""Around every true boundary, a quarter of a second on either side (VoxSRC's scoring)."""


def read_rttm(path: Path) -> dict[str, list[VoiceInterval]]:
    """Who speaks when, by recording.

    Raises:
        ValueError: a SPEAKER line does not say from when, for how long and who.
    """
    found: dict[str, list[VoiceInterval]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0] != "SPEAKER":
            continue
        try:
            name, start, length, who = words[1], float(words[3]), float(words[4]), words[7]
        except (IndexError, ValueError):
            raise ValueError(f"{path.name}, line {number}: no RTTM line: {line!r}") from None
        found.setdefault(name, []).append(VoiceInterval(start, start + length, who))
    return found


def score(root: Path) -> dict[str, Any]:
    """DER of the stage `voices`, overlapped speech counted, without a collar and with VoxSRC's."""
    true: dict[str, list[VoiceInterval]] = {}
    for path in sorted(root.rglob("*.rttm")):
        true |= read_rttm(path)
    media = {path.stem: path for path in media_files(root, (*VIDEO_SUFFIXES, *SOUND_SUFFIXES))}
    pairs, missing = paired(true, media, root)
    strict, lenient = DiarizationScore(), DiarizationScore()
    seconds, began = 0.0, time.process_time()
    for _, voices, path in pairs:
        samples, length = hear(path)
        seconds += length
        speech = speech_intervals(SileroVoiceActivity().probabilities(samples), length)
        found = diarize(samples, speech).intervals
        strict += score_diarization(found, voices)[0]
        lenient += score_diarization(found, voices, collar_seconds=COLLAR_SECONDS)[0]
    return {
        "num_recordings": len(pairs),
        "missing": missing,
        "der": strict.error_rate,
        "der_with_collar": lenient.error_rate,
        "der_missed": strict.missed / strict.total if strict.total else None,
        "der_false_alarm": strict.false_alarm / strict.total if strict.total else None,
        "der_confusion": strict.confusion / strict.total if strict.total else None,
        "real_time_factor": (time.process_time() - began) / seconds if seconds else None,
    }


def hear(path: Path) -> tuple[NDArray[np.float32], float]:
    """Mono sound at 16 kHz and its length, of a video or of a file of sound alone."""
    if path.suffix.lower() not in SOUND_SUFFIXES:
        return read_source_audio(path)[:2]
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(f"file:{path}") as container:
        frames = [*container.decode(audio=0), None]
    pieces = [piece.to_ndarray()[0] for one in frames for piece in resampler.resample(one)]
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return np.asarray(samples, np.float32), len(samples) / SAMPLE_RATE
