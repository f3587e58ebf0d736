"""Probe, decode, encode, sound: the only room that knows FFmpeg.

It stands on PyAV, whose wheel brings FFmpeg; clips are decoded by one of several backends.
"""

from .audio.gapless import AudioRun
from .audio.source_audio import AudioReader, Heard
from .audio.waveform import MAX_SAMPLE_RATE, read_audio, resample, write_flac
from .clip_bounds import MAX_AUDIO_SAMPLES, MAX_FRAME_PIXELS, check_samples, open_clip
from .colours import planes_420
from .decoding.backends import (
    BACKENDS,
    Backend,
    available_backends,
    default_backend,
    open_video,
    require_backend,
)
from .decoding.video_reader import DeviceReader, FrameBatch, VideoReader
from .encoding.builds import encoder_builds
from .encoding.clip_encoder import (
    ClipEncoder,
    EncodeSettings,
    aac_sample_rate,
    require_encoders,
    x264_params,
)
from .errors import REASONS, MediaError, Reason, is_of_the_gpu
from .frames.grid import MAX_MISSING_SECONDS, FrameGrid
from .frames.planes import Planes, Rectangle, crop_rectangle, shrunk
from .frames.source_reader import Picture, SourceReader
from .mp4 import FrameTable, count_frames, frame_table
from .opening import open_container
from .source_info import SourceInfo, probe

__all__ = [
    "BACKENDS",
    "MAX_AUDIO_SAMPLES",
    "MAX_FRAME_PIXELS",
    "MAX_MISSING_SECONDS",
    "MAX_SAMPLE_RATE",
    "REASONS",
    "AudioReader",
    "AudioRun",
    "Backend",
    "ClipEncoder",
    "DeviceReader",
    "EncodeSettings",
    "FrameBatch",
    "FrameGrid",
    "FrameTable",
    "Heard",
    "MediaError",
    "Picture",
    "Planes",
    "Reason",
    "Rectangle",
    "SourceInfo",
    "SourceReader",
    "VideoReader",
    "aac_sample_rate",
    "available_backends",
    "check_samples",
    "count_frames",
    "crop_rectangle",
    "default_backend",
    "encoder_builds",
    "frame_table",
    "is_of_the_gpu",
    "open_clip",
    "open_container",
    "open_video",
    "planes_420",
    "probe",
    "read_audio",
    "require_backend",
    "require_encoders",
    "resample",
    "shrunk",
    "write_flac",
    "x264_params",
]
