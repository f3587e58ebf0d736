"""Networks and measures, each behind a protocol. No model knows a stage.

frames or samples at 16 kHz --> a model, loaded on a device --> boxes, points, turns, scores, text

    model_spec     a model before it is loaded: licence, packages, weights, resources
    packages       packages that models import
    mel_filters    triangles over a spectrum, of which every front end of audio makes its bands
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
- Weights are `Weights`: file in the folder, publisher, licence, size. No code downloads them.
  Missing ones are reported before any work starts.
- `ModelSpec.backend(folder)` is what the store and the manifest keep: its `build` holds the
  versions of the packages and the digests of the weights, so a result's key changes with either.
- `contract` checks its answers; text from a model is untrusted like any user's text.
- A table in `processing/curation/profiles/profile.py` says which model does which stage in which
  profile.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .audio_visual.loading import LR_ASD, SYNCNET
    from .audio_visual.protocols import SpeakingModel, SyncModel
    from .audio_visual.sync_score import SyncScore, sync_score
    from .faces.appearance import face_patch, face_sharpness, mouth_opening
    from .faces.loading import (
        ARCFACE_DISTANCE,
        SFACE_DISTANCE,
        load_arcface,
        load_auraface,
        load_sface,
        load_yunet,
    )
    from .faces.protocols import DetectedFaces, FaceDescriber, FaceDetector, FaceInFrame
    from .model_spec import ModelSpec
    from .onnx_graph import WrongWeights
    from .packages import Package, required
    from .speech.cepstral_voices import CEPSTRA
    from .speech.faster_whisper import FASTER_WHISPER_TURBO
    from .speech.protocols import SAMPLE_RATE, Diarizer, Transcriber, Transcript, Turn
    from .speech.pyannote import PYANNOTE_COMMUNITY
    from .speech.three_d_speaker import THREE_D_SPEAKER
    from .speech.voice_activity import (
        SileroVoiceActivity,
        VoiceActivity,
        speech_in,
        speech_intervals,
    )
    from .speech.whisper import WHISPER_LARGE_V3, WHISPER_TURBO
    from .vision.frame import FPS, Frame, Image
    from .vision.loading import DOVER, DWPOSE, RTMW, UVQ
    from .vision.protocols import (
        Captioner,
        ClipQuality,
        DetectedPersons,
        PersonDetector,
        PoseModel,
        QualityColumn,
        QualityModel,
        Question,
        ShotModel,
    )
    from .vision.qwen_vl import QWEN3_VL, QWEN25_VL

__all__ = [
    "ARCFACE_DISTANCE",
    "CEPSTRA",
    "DOVER",
    "DWPOSE",
    "FASTER_WHISPER_TURBO",
    "FPS",
    "LR_ASD",
    "PYANNOTE_COMMUNITY",
    "QWEN3_VL",
    "QWEN25_VL",
    "RTMW",
    "SAMPLE_RATE",
    "SFACE_DISTANCE",
    "SYNCNET",
    "THREE_D_SPEAKER",
    "UVQ",
    "WHISPER_LARGE_V3",
    "WHISPER_TURBO",
    "Captioner",
    "ClipQuality",
    "DetectedFaces",
    "DetectedPersons",
    "Diarizer",
    "FaceDescriber",
    "FaceDetector",
    "FaceInFrame",
    "Frame",
    "Image",
    "ModelSpec",
    "Package",
    "PersonDetector",
    "PoseModel",
    "QualityColumn",
    "QualityModel",
    "Question",
    "ShotModel",
    "SileroVoiceActivity",
    "SpeakingModel",
    "SyncModel",
    "SyncScore",
    "Transcriber",
    "Transcript",
    "Turn",
    "VoiceActivity",
    "WrongWeights",
    "face_patch",
    "face_sharpness",
    "load_arcface",
    "load_auraface",
    "load_sface",
    "load_yunet",
    "mouth_opening",
    "required",
    "speech_in",
    "speech_intervals",
    "sync_score",
]

_PLACES = {
    "audio_visual.protocols": ("SpeakingModel", "SyncModel"),
    "audio_visual.sync_score": ("SyncScore", "sync_score"),
    "audio_visual.loading": ("LR_ASD", "SYNCNET"),
    "model_spec": ("ModelSpec",),
    "faces.appearance": ("face_patch", "face_sharpness", "mouth_opening"),
    "faces.protocols": ("FaceDescriber", "FaceDetector", "DetectedFaces", "FaceInFrame"),
    "faces.loading": (
        "ARCFACE_DISTANCE",
        "SFACE_DISTANCE",
        "load_arcface",
        "load_auraface",
        "load_sface",
        "load_yunet",
    ),
    "onnx_graph": ("WrongWeights",),
    "packages": ("Package", "required"),
    "speech.cepstral_voices": ("CEPSTRA",),
    "speech.faster_whisper": ("FASTER_WHISPER_TURBO",),
    "speech.protocols": ("SAMPLE_RATE", "Diarizer", "Transcriber", "Transcript", "Turn"),
    "speech.pyannote": ("PYANNOTE_COMMUNITY",),
    "speech.three_d_speaker": ("THREE_D_SPEAKER",),
    "speech.voice_activity": (
        "SileroVoiceActivity",
        "VoiceActivity",
        "speech_in",
        "speech_intervals",
    ),
    "speech.whisper": ("WHISPER_LARGE_V3", "WHISPER_TURBO"),
    "vision.frame": ("FPS", "Frame", "Image"),
    "vision.protocols": (
        "Captioner",
        "ClipQuality",
        "DetectedPersons",
        "PersonDetector",
        "PoseModel",
        "QualityColumn",
        "QualityModel",
        "Question",
        "ShotModel",
    ),
    "vision.qwen_vl": ("QWEN25_VL", "QWEN3_VL"),
    "vision.loading": ("DOVER", "DWPOSE", "RTMW", "UVQ"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
