"""Synthetic voices: sentences in, audio and mouth shapes out, by espeak-ng through ctypes.

espeak-ng is GPL and comes only with the extra `demo`; no other file uses it. Its output depends on
earlier calls and on its own random numbers, so each show is spoken in a fresh process, in a fixed
order, and the seed is set before every sentence.
"""

import ctypes
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...records import lacking

SAMPLE_RATE = 22_050
"""Hz of espeak-ng's voices."""

VOICES: dict[str, tuple[str, int, int, int]] = {
    "anna": ("en-us+f3", 165, 60, 50),
    "boris": ("en-us+m1", 155, 35, 40),
    "clara": ("en-us+f2", 180, 75, 60),
    "dev": ("en-us+m7", 170, 45, 50),
    "emil": ("en-us+travis", 160, 45, 50),
    "farah": ("en-us+f4", 170, 55, 55),
    "goro": ("en-us+Lee", 150, 45, 45),
    "hana": ("en-us+f1", 172, 60, 50),
    "ivo": ("en-us+Marco", 165, 50, 45),
    "june": ("en-us+f5", 158, 55, 60),
    "announcer": ("en-us+m3", 150, 20, 20),
}
"""Voice, words a minute, pitch, range. Most variants of espeak-ng are one voice at another pitch.
The hosts are chosen so that none is mistaken for another; the guests are at least as far apart as
the two nearest hosts by the cepstral means of the same sentences, and not chosen by any other
result."""

_OPENING = (("pbmfv", 0.0), ("aA", 1.0), ("VE@", 0.65), ("eI", 0.5), ("oO0", 0.75), ("uUw", 0.35))
"""How far the mouth is open in a phoneme, by its first sign; 0.28 for others."""

_WORD_EVENTS, _PHONEME_EVENT = 1, 7
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Sentence:
    """One spoken sentence, without the silence at both ends."""

    samples: NDArray[np.float32]
    """(S,) at 22,050 Hz, -1 to 1."""
    openings: tuple[tuple[float, float], ...]
    """Seconds from the start, and how far the mouth is open from then on, 0 to 1."""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / SAMPLE_RATE


def speak(texts: Sequence[tuple[str, str]]) -> list[Sentence]:
    """Speaks (character, text) pairs, one after another, in a fresh process.

    Raises:
        ImportError: espeak-ng is not installed; says which extra has it.
    """
    require_espeak()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_speak_all, list(texts)).result()


def require_espeak() -> None:
    """Checks that espeak-ng loads.

    Raises:
        ImportError: it does not; says which extra has it.
    """
    try:
        import espeakng_loader

        ctypes.CDLL(espeakng_loader.get_library_path())
    except (ImportError, OSError) as error:
        raise lacking("the studio's voices need espeak-ng", error, "demo") from error


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def _speak_all(texts: list[tuple[str, str]]) -> list[Sentence]:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    # Synchronous output (2) with phoneme events (1), and no exit on errors (0x8000).
    rate = library.espeak_Initialize(
        2, 0, espeakng_loader.get_data_path().encode(), ctypes.c_int(1 | 0x8000)
    )
    if rate != SAMPLE_RATE:
        raise RuntimeError(f"espeak-ng speaks at {rate} Hz, not {SAMPLE_RATE}: another build")
    chunks: list[NDArray[np.int16]] = []
    phonemes: list[tuple[int, str]] = []

    def collect(wave: object, count: int, events: object) -> int:
        if wave and count > 0:
            chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        number = 0
        while events[number].type:  # type: ignore[index]
            event = events[number]  # type: ignore[index]
            if event.type == _PHONEME_EVENT:
                phonemes.append((event.sample, event.id.string.decode("utf-8", "replace")))
            number += 1
        return 0

    callback = _CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    sentences = []
    for character, text in texts:
        chunks.clear()
        phonemes.clear()
        _say(library, VOICES[character], text)
        sentences.append(_trimmed(np.concatenate(chunks), phonemes))
    return sentences


def _say(library: ctypes.CDLL, voice: tuple[str, int, int, int], text: str) -> None:
    name, rate, pitch, spread = voice
    if library.espeak_SetVoiceByName(name.encode()):
        raise RuntimeError(f"espeak-ng has no voice {name!r}: another build")
    for parameter, value in ((_RATE, rate), (_VOLUME, 100), (_PITCH, pitch), (_RANGE, spread)):
        library.espeak_SetParameter(parameter, value, 0)
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    data = text.encode() + b"\0"
    # UTF-8 (1), and a pause at the end as in running text (0x1000).
    status = library.espeak_Synth(
        data, ctypes.c_size_t(len(data)), 0, _WORD_EVENTS, 0, 1 | 0x1000, None, None
    )
    if status:
        raise RuntimeError(f"espeak-ng cannot say {text!r}: status {status}")
    library.espeak_Synchronize()


def _trimmed(samples: NDArray[np.int16], phonemes: list[tuple[int, str]]) -> Sentence:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 60)
    first, last = int(loud[0]), int(loud[-1]) + 1
    openings = tuple(
        (max(0.0, (sample - first) / SAMPLE_RATE), _opening(phoneme))
        for sample, phoneme in phonemes
    )
    return Sentence((samples[first:last] / 32768.0).astype(np.float32), openings)


def _opening(phoneme: str) -> float:
    sign = phoneme.strip("',_:;%=")[:1]
    if not sign:
        return 0.0
    return next((opening for signs, opening in _OPENING if sign in signs), 0.28)
