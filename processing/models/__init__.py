"""Networks and measures, each behind a protocol. No model knows a stage.

frames or samples at 16 kHz --> a model, loaded on a device --> boxes, points, turns, scores, text

    model_spec     a model before it is loaded: licence, packages, weights, resources
    packages       packages that models import
    contract       answers of models, checked against their protocols
    vision/        frames and clips: people, pose, shots, quality, captions; the frame itself
    faces/         detectors, embeddings and measures of faces
    speech/        voice activity, diarization, transcripts
    audio_visual/  SyncNet and active speaker detection: a mouth and a waveform at once
    kernels/       measures of many frames at once, in torch

`processing.models` and `processing.models.kernels` are the two faces of this folder: other rooms
and benchmarks import from these, never from a file. `kernels` is apart because it loads torch.

    class SomeModel:                                 implements the protocol of a task, defined
        def __init__(self, weights: Path,            in `protocols.py` of its folder
                     device: str) -> None: ...
        def measure(self, ...) -> ...: ...

    SOME_MODEL: ModelSpec[TaskProtocol] = ModelSpec( name, licence of the code, packages, files of
        name="some-model", make=SomeModel, ...)      weights, resources

How to add a model:

- Its constructor takes (folder of weights, device) and runs once for all units of a process. The
  device is `cpu` or `cuda:0`; a model without a GPU path ignores it.
- A file with a `ModelSpec` imports nothing heavy at its top, since commands read specs to print
  tables and to plan. `required(PACKAGE)` imports a package when the model is loaded; its error
  says what to install.
- Weights are `Weights`: file in the folder, source, digest, licence, size. All stand in one table,
  `processing/weights/table/`. `speakervid5m weights get` fetches them. Missing ones are reported
  before any work starts.
- `ModelSpec.backend(folder)` is what the store and the manifest keep: its `build` holds the
  versions of the packages and the digests of the weights, so a result's key changes with either.
- `contract` checks its answers; text from a model is untrusted like any user's text.
- A table in `processing/curation/profiles/profile.py` says which model does which stage in which
  profile.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .audio_visual.loading import LR_ASD as LR_ASD, SYNCNET as SYNCNET
    from .audio_visual.protocols import SpeakingModel as SpeakingModel, SyncModel as SyncModel
    from .audio_visual.sync_score import SyncScore as SyncScore, sync_score as sync_score
    from .faces.appearance import (
        face_patch as face_patch,
        face_sharpness as face_sharpness,
        mouth_opening as mouth_opening,
    )
    from .faces.loading import (
        ARCFACE_DISTANCE as ARCFACE_DISTANCE,
        DLIB_DISTANCE as DLIB_DISTANCE,
        SFACE_DISTANCE as SFACE_DISTANCE,
        load_arcface as load_arcface,
        load_auraface as load_auraface,
        load_dlib as load_dlib,
        load_face_mesh as load_face_mesh,
        load_sface as load_sface,
        load_yunet as load_yunet,
    )
    from .faces.protocols import (
        DetectedFaces as DetectedFaces,
        FaceDescriber as FaceDescriber,
        FaceDetector as FaceDetector,
        FaceInFrame as FaceInFrame,
        MouthMeasure as MouthMeasure,
    )
    from .model_spec import ModelSpec as ModelSpec
    from .onnx_graph import WrongWeights as WrongWeights
    from .packages import Package as Package, required as required
    from .speech.cepstral_voices import CEPSTRA as CEPSTRA
    from .speech.faster_whisper import (
        FASTER_WHISPER_TINY_EN as FASTER_WHISPER_TINY_EN,
        FASTER_WHISPER_TURBO as FASTER_WHISPER_TURBO,
    )
    from .speech.protocols import (
        SAMPLE_RATE as SAMPLE_RATE,
        Diarizer as Diarizer,
        TellsNearness as TellsNearness,
        Transcriber as Transcriber,
        Transcript as Transcript,
        Turn as Turn,
    )
    from .speech.pyannote import PYANNOTE_COMMUNITY as PYANNOTE_COMMUNITY
    from .speech.resemblyzer import RESEMBLYZER as RESEMBLYZER
    from .speech.three_d_speaker import THREE_D_SPEAKER as THREE_D_SPEAKER
    from .speech.voice_activity import (
        SileroVoiceActivity as SileroVoiceActivity,
        VoiceActivity as VoiceActivity,
        speech_in as speech_in,
        speech_intervals as speech_intervals,
    )
    from .speech.whisper import WHISPER_LARGE_V3 as WHISPER_LARGE_V3, WHISPER_TURBO as WHISPER_TURBO
    from .vision.frame import FPS as FPS, Frame as Frame, Image as Image
    from .vision.loading import DOVER as DOVER, DWPOSE as DWPOSE, RTMW as RTMW, UVQ as UVQ
    from .vision.protocols import (
        Captioner as Captioner,
        ClipQuality as ClipQuality,
        DetectedPersons as DetectedPersons,
        PersonDetector as PersonDetector,
        PoseModel as PoseModel,
        QualityColumn as QualityColumn,
        QualityModel as QualityModel,
        Question as Question,
        ShotModel as ShotModel,
    )
    from .vision.qwen_vl import QWEN3_VL as QWEN3_VL, QWEN25_VL as QWEN25_VL
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
