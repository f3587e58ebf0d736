"""Audio as mono float32 arrays: FLAC in and out, and the resampler.

bytes of a FLAC --read_audio--> samples --write_flac--> bytes of a FLAC
"""

import io

import av
import av.audio.resampler
import numpy as np
import soundfile
from numpy.typing import NDArray

from ..clip_limits import check_samples

MAX_SAMPLE_RATE = 48_000
"""Highest rate that is kept, in Hz (ours: more is inaudible, and doubles the bytes)."""


def write_flac(samples: NDArray[np.float32], sample_rate: int) -> bytes:
    """Mono FLAC of 16 bits.

    Args:
        samples: (S,) in -1 to 1; louder samples are clipped.
        sample_rate: Hz.
    """
    # Scaled here, because libsndfile's float conversion has changed between versions.
    integers = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, integers, sample_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def read_audio(
    data: bytes,
    *,
    sample_rate: int | None = None,
    start_seconds: float = 0.0,
    stop_seconds: float | None = None,
) -> NDArray[np.float32]:
    """Decodes a clip's audio, or a window of it.

    Args:
        data: bytes of a file that libsndfile reads (FLAC, WAV, OGG).
        sample_rate: Hz to resample to; the file's own if left out.
        start_seconds: start of the window in the clip.
        stop_seconds: end of the window, exclusive; the end of the clip if left out.

    Returns:
        (S,) float32 in -1 to 1; sample s is at `start_seconds + s / sample_rate`.

    Raises:
        MediaError: `too_large`: more samples than `MAX_AUDIO_SAMPLES`.
    """
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        rate = file.samplerate
        first = min(round(start_seconds * rate), file.frames)
        last = file.frames if stop_seconds is None else round(stop_seconds * rate)
        last = max(first, min(last, file.frames))
        check_samples(file, last - first, (sample_rate or rate) / rate)
        file.seek(first)
        samples: NDArray[np.float32] = file.read(
            last - first, dtype="float32", always_2d=True
        ).mean(axis=1)
    if sample_rate is None or sample_rate == rate:
        return samples
    return resample(samples, rate, sample_rate)


def resample(
    samples: NDArray[np.float32], sample_rate: int, to_sample_rate: int
) -> NDArray[np.float32]:
    """Resamples mono audio by FFmpeg's resampler; the length is rounded at the new rate.

    Args:
        samples: (S,) float32.
        sample_rate: Hz of `samples`.
        to_sample_rate: Hz of the result.
    """
    length = round(len(samples) * to_sample_rate / sample_rate)
    if not len(samples):
        return np.zeros(length, np.float32)
    frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
    frame.sample_rate, frame.pts = sample_rate, 0
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to_sample_rate)
    blocks = [block.to_ndarray()[0] for block in resampler.resample(frame)]
    blocks += [block.to_ndarray()[0] for block in resampler.resample(None)]
    resampled = np.concatenate(blocks)[:length]
    return np.pad(resampled, (0, length - len(resampled)))
