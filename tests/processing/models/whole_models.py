"""One made graph or tiny random network for every file that the profiles' picture tools read."""

from pathlib import Path

import numpy as np

from speakervid5m.processing.weights.table import (
    ARCFACE_FILE,
    AURAFACE_FILE,
    DOVER_FILE,
    DWPOSE_FILE,
    LR_ASD_FILE,
    RF_DETR_FILE,
    RTMW_FILE,
    SYNCNET_FILE,
    TRANSNET_FILE,
    UVQ_FILE,
    YOLO11X_FILE,
    YUNET_FILE,
)

from .made_graphs import FLOAT, GraphMaker, lit_again, spot


def simcc_pose(path: Path, *, scores: np.ndarray | None = None, size: int = 133) -> Path:
    """All points where something red is lit; the score of point k is given."""
    maker = GraphMaker()
    x, y = spot(maker, lit_again(maker, "input"), 0, (384, 288))
    worth = np.ones(size, np.float32) if scores is None else scores
    outputs = {}
    for name, where, length in (("simcc_x", x, 288), ("simcc_y", y, 384)):
        bins = (np.arange(length * 2, dtype=np.float32) / 2).reshape(1, 1, -1)
        middle = maker.node("Unsqueeze", where, maker.number(np.array([1])))
        apart = maker.node("Abs", maker.node("Sub", maker.number(bins), middle))
        near = maker.node(
            "Sub",
            maker.number(np.float32(1)),
            maker.node("Mul", apart, maker.number(np.float32(1e-3))),
        )
        weights = maker.number(worth.reshape(1, -1, 1).astype(np.float32))
        maker.node("Mul", near, weights, out=name)
        outputs[name] = ("n", size, length * 2)
    return maker.save(path, {"input": ("n", 3, 384, 288)}, outputs)


def embedding(path: Path, length: int) -> Path:
    """A random projection of an aligned face's coarse colours."""
    maker, rng = GraphMaker(), np.random.default_rng(length)
    weight = rng.normal(size=(length, 3, 28, 28)).astype(np.float32) / 100
    found = maker.node("Conv", "data", maker.number(weight), strides=[28, 28])
    maker.node("ReduceMean", found, axes=[2, 3], keepdims=0, out="embedding")
    return maker.save(path, {"data": ("n", 3, 112, 112)}, {"embedding": ("n", length)})


def dover(path: Path, *, runs: int | str = 4) -> Path:
    """Mean of each view."""
    maker = GraphMaker()
    for name, out in (("aes_view", "aesthetic"), ("tech_view", "technical")):
        mean = maker.node("ReduceMean", name, axes=[1, 2, 3, 4], keepdims=0)
        maker.node("Mul", mean, maker.number(np.float32(0.05)), out=out)
    shapes = {"aes_view": (1, 3, 32, 224, 224), "tech_view": (runs, 3, 32, 224, 224)}
    return maker.save(path, shapes, {"aesthetic": (1,), "technical": (runs,)})


def uvq(path: Path) -> Path:
    """3 plus the mean of the picture."""
    maker = GraphMaker()
    mean = maker.node("ReduceMean", "video", axes=[2, 3, 4], keepdims=0)
    maker.node("Add", mean, maker.number(np.float32(3)), out="score")
    return maker.save(path, {"video": ("n", 1, 3, 1080, 1920)}, {"score": ("n", 1)})


def transnet(path: Path) -> Path:
    """Sure of a cut where the mean changes by more than 20 to the next frame."""
    maker = GraphMaker()
    means = maker.node("ReduceMean", "input", axes=[2, 3, 4], keepdims=0)
    ones = maker.node("Slice", means, *(maker.number(np.array([v])) for v in (0, 99, 1)))
    nexts = maker.node("Slice", means, *(maker.number(np.array([v])) for v in (1, 100, 1)))
    change = maker.node("Abs", maker.node("Sub", nexts, ones))
    large = maker.node("Sub", change, maker.number(np.float32(20)))
    sure = maker.node("Sigmoid", large)
    last = maker.number(np.zeros((1, 1), np.float32))
    both = maker.node("Concat", sure, last, axis=1)
    maker.node("Unsqueeze", both, maker.number(np.array([2])), out="output")
    return maker.save(path, {"input": (1, 100, 27, 48, 3)}, {"output": (1, 100, 1)}, kind=FLOAT)


def every_file(folder: Path, *, faces: Path, persons: tuple[Path, Path]) -> Path:
    """All weights of the picture tools of `permissive` and `paper`; those given are linked."""
    import torch

    from speakervid5m.processing.models.audio_visual.lr_asd import SpeakerNetwork
    from speakervid5m.processing.models.audio_visual.syncnet import SyncNetwork

    folder.mkdir(parents=True, exist_ok=True)
    YUNET_FILE.path(folder).symlink_to(faces)
    RF_DETR_FILE.path(folder).symlink_to(persons[0])
    YOLO11X_FILE.path(folder).symlink_to(persons[1])
    for file in (AURAFACE_FILE, ARCFACE_FILE):
        embedding(file.path(folder), 512)
    for file in (DWPOSE_FILE, RTMW_FILE):
        simcc_pose(file.path(folder))
    dover(DOVER_FILE.path(folder))
    uvq(UVQ_FILE.path(folder))
    transnet(TRANSNET_FILE.path(folder))
    torch.manual_seed(0)
    torch.save(SyncNetwork().state_dict(), SYNCNET_FILE.path(folder))
    torch.save(SpeakerNetwork().state_dict(), LR_ASD_FILE.path(folder))
    return folder
