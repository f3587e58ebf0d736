"""The weights of every model and encoder: the one table of them.

faces      detectors, landmarks, recognition
pictures   people, pose, quality and shots
audio      voices; a mouth with its audio
language   words and captions
encoders   latents, tokens and hidden states

Files of packages were fetched, and their digests computed. Files of the Hub were not: revisions and
digests are those that several public records agree on, and None where there are none. `weights get`
verifies what is known and writes down the rest.
"""

from ..files import Weights
from .audio import (
    CAMPLUSPLUS_FILE as CAMPLUSPLUS_FILE,
    LR_ASD_FILE as LR_ASD_FILE,
    PYANNOTE_COMMUNITY_FILE as PYANNOTE_COMMUNITY_FILE,
    RESEMBLYZER_FILE as RESEMBLYZER_FILE,
    SILERO_VAD_FILE as SILERO_VAD_FILE,
    SYNCNET_FILE as SYNCNET_FILE,
)
from .encoders import (
    MIMI_FILE as MIMI_FILE,
    QWEN25_OMNI_FILE as QWEN25_OMNI_FILE,
    WAN21_FILE as WAN21_FILE,
)
from .faces import (
    ARCFACE_FILE as ARCFACE_FILE,
    AURAFACE_FILE as AURAFACE_FILE,
    DLIB_FACE_FILE as DLIB_FACE_FILE,
    FACE_MESH_FILE as FACE_MESH_FILE,
    HAAR_CASCADE_FILE as HAAR_CASCADE_FILE,
    SFACE_FILE as SFACE_FILE,
    YUNET_FILE as YUNET_FILE,
)
from .language import (
    CHECKPOINT as CHECKPOINT,
    FASTER_WHISPER_TURBO_FILE as FASTER_WHISPER_TURBO_FILE,
    QWEN3_VL_FILE as QWEN3_VL_FILE,
    QWEN25_VL_FILE as QWEN25_VL_FILE,
    WHISPER_LARGE_V3_FILE as WHISPER_LARGE_V3_FILE,
    WHISPER_TINY_FILE as WHISPER_TINY_FILE,
    WHISPER_TURBO_FILE as WHISPER_TURBO_FILE,
)
from .pictures import (
    DOVER_FILE as DOVER_FILE,
    DWPOSE_FILE as DWPOSE_FILE,
    RF_DETR_FILE as RF_DETR_FILE,
    RTMW_FILE as RTMW_FILE,
    TRANSNET_FILE as TRANSNET_FILE,
    UVQ_FILE as UVQ_FILE,
    YOLO11X_FILE as YOLO11X_FILE,
)

WEIGHTS: dict[str, Weights] = {
    value.file: value for value in tuple(vars().values()) if isinstance(value, Weights)
}
"""All of them, by file."""
