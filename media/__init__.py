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
    from .audio.source_audio import AudioReader as AudioReader, AudioSpan as AudioSpan
    from .audio.waveform import (
        MAX_SAMPLE_RATE as MAX_SAMPLE_RATE,
        read_audio as read_audio,
        resample as resample,
        write_flac as write_flac,
    )
    from .clip_limits import (
        MAX_AUDIO_SAMPLES as MAX_AUDIO_SAMPLES,
        MAX_FRAME_PIXELS as MAX_FRAME_PIXELS,
        check_samples as check_samples,
        open_clip as open_clip,
    )
    from .colours import planes_420 as planes_420
    from .decoding.backends import (
        BACKENDS as BACKENDS,
        Backend as Backend,
        available_backends as available_backends,
        default_backend as default_backend,
        open_video as open_video,
        require_backend as require_backend,
    )
    from .decoding.pixels import ColourSpace as ColourSpace, PixelFormat as PixelFormat
    from .decoding.table_reader import FramePlaces as FramePlaces, TableReader as TableReader
    from .decoding.video_reader import DeviceReader as DeviceReader, VideoReader as VideoReader
    from .encoding.builds import encoder_builds as encoder_builds
    from .encoding.clip_encoder import (
        ClipEncoder as ClipEncoder,
        EncodeSettings as EncodeSettings,
        aac_sample_rate as aac_sample_rate,
        require_encoders as require_encoders,
        x264_params as x264_params,
    )
    from .encoding.rgb_frames import rgb_frame as rgb_frame
    from .errors import (
        REASONS as REASONS,
        MediaError as MediaError,
        Reason as Reason,
        is_of_the_gpu as is_of_the_gpu,
    )
    from .frames.cropped_clip import CroppedClip as CroppedClip, frames_at as frames_at
    from .frames.gpu_reader import (
        GpuFrame as GpuFrame,
        GpuReader as GpuReader,
        UnfitError as UnfitError,
    )
    from .frames.grid import (
        JOIN_SECONDS as JOIN_SECONDS,
        MAX_MISSING_SECONDS as MAX_MISSING_SECONDS,
        SLACK_FRAMES as SLACK_FRAMES,
        FrameGrid as FrameGrid,
        num_frames_of as num_frames_of,
        overlapping as overlapping,
        shown_frames as shown_frames,
    )
    from .frames.grid_planes import grid_planes as grid_planes
    from .frames.planes import (
        Planes as Planes,
        Rectangle as Rectangle,
        crop_rectangle as crop_rectangle,
        shrunk as shrunk,
    )
    from .frames.source_reader import ShownFrame as ShownFrame, SourceReader as SourceReader
    from .mp4 import (
        FrameTable as FrameTable,
        count_frames as count_frames,
        frame_table as frame_table,
    )
    from .opening import open_container as open_container
    from .source_info import SourceInfo as SourceInfo, probe as probe
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
