"""Versions of the encoders: the bytes of a clip are a function of input, settings and these."""

import platform

import av
import soundfile


def encoder_builds() -> dict[str, str]:
    """Versions of PyAV, FFmpeg's encoder library and libsndfile, and the type of the CPU."""
    codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return {
        "pyav": av.__version__,
        "ffmpeg": str(av.ffmpeg_version_info),
        "libavcodec": codec,
        "libsndfile": soundfile.__libsndfile_version__,
        "machine": platform.machine(),
    }
