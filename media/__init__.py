"""Probe, decode, encode, frames and audio: the only room that knows FFmpeg.

source_info, tracks       path --> size, rates, codecs, the tracks that are read
frames/, audio/           a source --> its frames, its samples
encoding/                 frames and samples --> the bytes of a clip
mp4                       a clip --> where every frame lies in it
decoding/                 a clip, or byte ranges of it --> its frames
clip_limits, source_limits  limits on what a file asks for, checked before it is decoded

It uses PyAV, whose wheel brings FFmpeg. A name is loaded on first use.
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .audio.gapless import AudioRun
    from .audio.source_audio import AudioReader, AudioSpan
    from .audio.waveform import MAX_SAMPLE_RATE, read_audio, resample, write_flac
    from .clip_limits import MAX_AUDIO_SAMPLES, MAX_FRAME_PIXELS, check_samples, open_clip
    from .colours import planes_420
    from .decoding.backends import (
        BACKENDS,
        Backend,
        available_backends,
        default_backend,
        open_video,
        require_backend,
    )
    from .decoding.pixels import ColourSpace, PixelFormat
    from .decoding.table_reader import FramePlaces, TableReader
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
    from .frames.cropped_clip import CroppedClip, frames_at
    from .frames.gpu_reader import GpuFrame, GpuReader, UnfitError
    from .frames.grid import (
        JOIN_SECONDS,
        MAX_MISSING_SECONDS,
        FrameGrid,
        num_frames_of,
        overlapping,
    )
    from .frames.planes import Planes, Rectangle, crop_rectangle, shrunk
    from .frames.source_reader import ShownFrame, SourceReader
    from .mp4 import FrameTable, count_frames, frame_table
    from .opening import open_container
    from .source_info import SourceInfo, probe

__all__ = [
    "BACKENDS",
    "JOIN_SECONDS",
    "MAX_AUDIO_SAMPLES",
    "MAX_FRAME_PIXELS",
    "MAX_MISSING_SECONDS",
    "MAX_SAMPLE_RATE",
    "REASONS",
    "AudioReader",
    "AudioRun",
    "AudioSpan",
    "Backend",
    "ClipEncoder",
    "ColourSpace",
    "CroppedClip",
    "DeviceReader",
    "EncodeSettings",
    "FrameBatch",
    "FrameGrid",
    "FramePlaces",
    "FrameTable",
    "GpuFrame",
    "GpuReader",
    "MediaError",
    "PixelFormat",
    "Planes",
    "Reason",
    "Rectangle",
    "ShownFrame",
    "SourceInfo",
    "SourceReader",
    "TableReader",
    "UnfitError",
    "VideoReader",
    "aac_sample_rate",
    "available_backends",
    "check_samples",
    "count_frames",
    "crop_rectangle",
    "default_backend",
    "encoder_builds",
    "frame_table",
    "frames_at",
    "is_of_the_gpu",
    "num_frames_of",
    "open_clip",
    "open_container",
    "open_video",
    "overlapping",
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

_PLACES = {
    "audio.gapless": ("AudioRun",),
    "audio.source_audio": ("AudioReader", "AudioSpan"),
    "audio.waveform": ("MAX_SAMPLE_RATE", "read_audio", "resample", "write_flac"),
    "clip_limits": ("MAX_AUDIO_SAMPLES", "MAX_FRAME_PIXELS", "check_samples", "open_clip"),
    "colours": ("planes_420",),
    "decoding.backends": (
        "BACKENDS",
        "Backend",
        "available_backends",
        "default_backend",
        "open_video",
        "require_backend",
    ),
    "decoding.pixels": ("ColourSpace", "PixelFormat"),
    "decoding.table_reader": ("FramePlaces", "TableReader"),
    "decoding.video_reader": ("DeviceReader", "FrameBatch", "VideoReader"),
    "encoding.builds": ("encoder_builds",),
    "encoding.clip_encoder": (
        "ClipEncoder",
        "EncodeSettings",
        "aac_sample_rate",
        "require_encoders",
        "x264_params",
    ),
    "errors": ("REASONS", "MediaError", "Reason", "is_of_the_gpu"),
    "frames.cropped_clip": ("CroppedClip", "frames_at"),
    "frames.gpu_reader": ("GpuFrame", "GpuReader", "UnfitError"),
    "frames.grid": (
        "JOIN_SECONDS",
        "MAX_MISSING_SECONDS",
        "FrameGrid",
        "num_frames_of",
        "overlapping",
    ),
    "frames.planes": ("Planes", "Rectangle", "crop_rectangle", "shrunk"),
    "frames.source_reader": ("ShownFrame", "SourceReader"),
    "mp4": ("FrameTable", "count_frames", "frame_table"),
    "opening": ("open_container",),
    "source_info": ("SourceInfo", "probe"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
