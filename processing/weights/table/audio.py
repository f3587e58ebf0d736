"""Weights for voices, and for a mouth with its audio."""

from ..files import Weights
from ..sources import Bundled, ByHand, HubFiles, PackageFile, PackageFiles

SYNCNET_FILE = Weights(
    file="syncnet_v2.model",
    source=HubFiles(
        repository="ByteDance/LatentSync-1.6",
        paths=("syncnet_v2.model",),
        revision=None,
        below="auxiliary",
    ),
    licence="not stated; the code is MIT",
    trained_on="BBC television",
    terms="The authors of SyncNet (Chung and Zisserman) state no licence for these weights",
    num_bytes=54_573_114,
    sha256="961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",
)
"""The file of syncnet_python's download_model.sh."""
LR_ASD_FILE = Weights(
    file="finetuning_TalkSet.model",
    source=ByHand(
        publisher="Liao and others, LR-ASD",
        how="in the folder weight of `git clone https://github.com/Junhua-Liao/LR-ASD`",
    ),
    licence="MIT",
    commercial=True,
    trained_on="AVA-ActiveSpeaker, TalkSet",
    num_bytes=3_426_337,
)
SILERO_VAD_FILE = Weights(
    file="silero_vad.onnx",
    source=Bundled(package="silero-vad"),
    licence="MIT",
    commercial=True,
    trained_on="not published",
    num_bytes=2_327_524,
)
RESEMBLYZER_FILE = Weights(
    file="resemblyzer.npz",
    source=PackageFiles(
        registry="pypi",
        package="Resemblyzer",
        version="0.1.4",
        download_bytes=15_747_704,
        files=(
            PackageFile(
                path="resemblyzer/pretrained.pt",
                num_bytes=17_090_379,
                sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
            ),
        ),
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="LibriSpeech, VoxCeleb 1 and 2",
    num_bytes=5_698_382,
    sha256="45dcd3bc273862d88fb6e218bdbda2e47104a7390ec90c5114efd6e33ed8f962",
    convert="resemblyzer",
)
"""The speaker encoder without the state of its optimiser, which is two thirds of the file."""
CAMPLUSPLUS_FILE = Weights(
    file="campplus_zh_en_common_advanced.onnx",
    source=HubFiles(
        repository="csukuangfj/speaker-embedding-models",
        paths=("3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx",),
        revision=None,
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="not published",
    num_bytes=28_281_164,
    sha256="aa3cfc16963a10586a9393f5035d6d6b57e98d358b347f80c2a30bf4f00ceba2",
)
"""3D-Speaker's iic/speech_campplus_sv_zh_en_16k-common_advanced as ONNX, by sherpa-onnx."""
PYANNOTE_COMMUNITY_FILE = Weights(
    file="pyannote-speaker-diarization-community-1",
    source=HubFiles(
        repository="pyannote/speaker-diarization-community-1", paths=("*",), revision=None
    ),
    holds=("config.yaml",),
    licence="CC-BY-4.0",
    commercial=True,
    terms="pyannote asks for your contact: fill in the form of its page on the Hub, and log in "
    "(`hf auth login`)",
    num_bytes=34_000_000,
)
