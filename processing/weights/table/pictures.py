"""Weights for people, pose, quality and shots."""

from ..files import Weights
from ..sources import ByHand, HubFiles

RF_DETR_FILE = Weights(
    file="rf-detr-small.onnx",
    source=ByHand(
        publisher="Roboflow, RF-DETR small",
        how="`RFDETRSmall().export()` of the package rfdetr writes inference_model.onnx",
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="Objects365, COCO",
    num_bytes=115_000_000,
)
YOLO11X_FILE = Weights(
    file="yolo11x.onnx",
    source=ByHand(
        publisher="Ultralytics, YOLO11x",
        how="exported by its user, `yolo export model=yolo11x.pt format=onnx dynamic=True`",
    ),
    licence="AGPL-3.0",
    commercial=True,
    trained_on="COCO",
    num_bytes=228_000_000,
)
DWPOSE_FILE = Weights(
    file="dw-ll_ucoco_384.onnx",
    source=HubFiles(
        repository="yzd-v/DWPose",
        paths=("dw-ll_ucoco_384.onnx",),
        revision="1a7144101628d69ee7a3768d1ee3a094070dc388",
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="COCO-WholeBody, UBody",
    num_bytes=134_399_116,
    sha256="724f4ff2439ed61afb86fb8a1951ec39c6220682803b4a8bd4f598cd913b1843",
)
RTMW_FILE = Weights(
    file="rtmw-l-384x288.onnx",
    source=ByHand(
        publisher="OpenMMLab, RTMW-l of 384 x 288",
        how="end2end.onnx of its SDK archive, as docs/models.md says",
    ),
    licence="Apache-2.0",
    commercial=True,
    trained_on="Cocktail14 (14 sets of poses)",
    num_bytes=230_000_000,
)
DOVER_FILE = Weights(
    file="onnx_dover.onnx",
    source=ByHand(
        publisher="DOVER",
        how="exported by its user with convert_to_onnx.py of its repository",
    ),
    licence="S-Lab License 1.0, non-commercial",
    commercial=False,
    num_bytes=230_000_000,
)
UVQ_FILE = Weights(
    file="uvq1p5.onnx",
    source=ByHand(publisher="Google, UVQ 1.5", how="exported by its user as docs/models.md shows"),
    licence="Apache-2.0",
    commercial=True,
    num_bytes=60_000_000,
)
TRANSNET_FILE = Weights(
    file="transnetv2.onnx",
    source=ByHand(
        publisher="TransNetV2 (Soucek and Lokoc)",
        how="exported by its user, or PySceneDetect's file",
    ),
    licence="MIT",
    commercial=True,
    trained_on="ClipShots, IACC.3",
    num_bytes=31_000_000,
)
