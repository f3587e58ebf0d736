"""Networks and measures, each behind a protocol: what they look at and listen to, no stage.

    descriptor     a model before it is loaded: terms, files, what it takes
    packages       what models import
    contract       what models answer, checked
    vision/        frames and clips: people, pose, shots, quality, captions; the frame itself
    faces/         detectors, descriptors and measures of faces
    speech/        voice activity, diarization, transcripts
    audio_visual/  SyncNet and active speaker detection: a mouth and a waveform at once
    kernels/       measures of many frames at once, in torch

frames or samples at 16 kHz --> a model, loaded on a device --> boxes, points, turns, scores, words

    class SomeModel:                                 implements the protocol of a task, which
        def __init__(self, weights: Path,            stands in `protocols.py` of its folder
                     device: str) -> None: ...
        def measure(self, ...) -> ...: ...

    SOME_MODEL: Tool[TaskProtocol] = Tool(           its descriptor: name, licence of the code,
        name="some-model", make=SomeModel, ...)      packages, files of weights, what it takes

How a model is added:

- It is made of (folder of weights, device), once for all units of a process. The device is `cpu`
  or `cuda:0`; a model that has no GPU path ignores it.
- A file with a descriptor imports nothing heavy at its top: descriptors are read to print tables
  and to plan. What is needed is imported when the model is made, by `required(PACKAGE)`, whose
  error says what to install.
- Weights are `Weights`: file in the folder, publisher, licence, size. They are never fetched. What
  is missing is told before any work starts.
- `ModelSpec.backend(folder)` is what the store and the manifest keep: its `build` holds the
  versions of the packages and the digests of the weights, so a result's key changes with either.
- What it gives is checked by `contract`; text from a model is as untrusted as any stranger's.
- Which model does which stage in which profile is a table of
  `processing/curation/profiles/profile.py`.
"""

import typing

from ...records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .audio_visual.protocols import SpeakingModel, SyncModel
    from .audio_visual.sync_score import SyncScore, sync_score
    from .audio_visual.weights import LR_ASD, SYNCNET
    from .faces.appearance import face_patch, face_sharpness, mouth_opening
    from .faces.protocols import DetectedFaces, FaceDescriber, FaceDetector, FaceInFrame
    from .faces.weights import (
        ARCFACE_DISTANCE,
        SFACE_DISTANCE,
        load_arcface,
        load_auraface,
        load_sface,
        load_yunet,
    )
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
    from .vision.weights import DOVER, DWPOSE, RTMW, UVQ

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
    "audio_visual.weights": ("LR_ASD", "SYNCNET"),
    "model_spec": ("ModelSpec",),
    "faces.appearance": ("face_patch", "face_sharpness", "mouth_opening"),
    "faces.protocols": ("FaceDescriber", "FaceDetector", "DetectedFaces", "FaceInFrame"),
    "faces.weights": (
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
    "vision.weights": ("DOVER", "DWPOSE", "RTMW", "UVQ"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
