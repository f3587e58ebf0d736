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
    from .audio.gapless import AudioRun as AudioRun
    from .audio.source_audio import AudioReader as AudioReader
    from .audio.source_audio import AudioSpan as AudioSpan
    from .audio.waveform import MAX_SAMPLE_RATE as MAX_SAMPLE_RATE
    from .audio.waveform import read_audio as read_audio
    from .audio.waveform import resample as resample
    from .audio.waveform import write_flac as write_flac
    from .clip_limits import MAX_AUDIO_SAMPLES as MAX_AUDIO_SAMPLES
    from .clip_limits import MAX_FRAME_PIXELS as MAX_FRAME_PIXELS
    from .clip_limits import check_samples as check_samples
    from .clip_limits import open_clip as open_clip
    from .colours import planes_420 as planes_420
    from .decoding.backends import BACKENDS as BACKENDS
    from .decoding.backends import Backend as Backend
    from .decoding.backends import available_backends as available_backends
    from .decoding.backends import default_backend as default_backend
    from .decoding.backends import open_video as open_video
    from .decoding.backends import require_backend as require_backend
    from .decoding.pixels import ColourSpace as ColourSpace
    from .decoding.pixels import PixelFormat as PixelFormat
    from .decoding.table_reader import FramePlaces as FramePlaces
    from .decoding.table_reader import TableReader as TableReader
    from .decoding.video_reader import DeviceReader as DeviceReader
    from .decoding.video_reader import VideoReader as VideoReader
    from .encoding.builds import encoder_builds as encoder_builds
    from .encoding.clip_encoder import ClipEncoder as ClipEncoder
    from .encoding.clip_encoder import EncodeSettings as EncodeSettings
    from .encoding.clip_encoder import aac_sample_rate as aac_sample_rate
    from .encoding.clip_encoder import require_encoders as require_encoders
    from .encoding.clip_encoder import x264_params as x264_params
    from .errors import REASONS as REASONS
    from .errors import MediaError as MediaError
    from .errors import Reason as Reason
    from .errors import is_of_the_gpu as is_of_the_gpu
    from .frames.cropped_clip import CroppedClip as CroppedClip
    from .frames.cropped_clip import frames_at as frames_at
    from .frames.gpu_reader import GpuFrame as GpuFrame
    from .frames.gpu_reader import GpuReader as GpuReader
    from .frames.gpu_reader import UnfitError as UnfitError
    from .frames.grid import JOIN_SECONDS as JOIN_SECONDS
    from .frames.grid import MAX_MISSING_SECONDS as MAX_MISSING_SECONDS
    from .frames.grid import SLACK_FRAMES as SLACK_FRAMES
    from .frames.grid import FrameGrid as FrameGrid
    from .frames.grid import num_frames_of as num_frames_of
    from .frames.grid import overlapping as overlapping
    from .frames.grid import shown_frames as shown_frames
    from .frames.planes import Planes as Planes
    from .frames.planes import Rectangle as Rectangle
    from .frames.planes import crop_rectangle as crop_rectangle
    from .frames.planes import shrunk as shrunk
    from .frames.source_reader import ShownFrame as ShownFrame
    from .frames.source_reader import SourceReader as SourceReader
    from .mp4 import FrameTable as FrameTable
    from .mp4 import count_frames as count_frames
    from .mp4 import frame_table as frame_table
    from .opening import open_container as open_container
    from .source_info import SourceInfo as SourceInfo
    from .source_info import probe as probe
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
