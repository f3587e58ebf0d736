"""The picture stages of `permissive` and `paper` from a video to measured clips.

Files are graphs that the test makes, always seeing one face and one person, and networks of the
published architecture with random numbers: what they say is worthless, how it flows is not.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
pytest.importorskip("onnxruntime", reason="the extra curate is not installed")
pytest.importorskip("torch", reason="the extra models is not installed")

from speakervid5m.processing.curation import PROFILES, CurateOptions, curate, missing, profile_of
from speakervid5m.processing.curation.run.find_videos import find_own_sources
from speakervid5m.processing.curation.stages import build_stages
from speakervid5m.processing.curation.vision.shots_by_model import shots_of
from speakervid5m.processing.engines import StageStore, run_stages
from speakervid5m.processing.models import ModelSpec
from speakervid5m.processing.models.speech.protocols import Turn
from speakervid5m.processing.models.vision.loading import RTMW
from speakervid5m.processing.studio import ShowSpec
from speakervid5m.records import Clip, clips_of
from speakervid5m.release import open_release, verify
from tests.processing.models.faces.test_yunet import one_face
from tests.processing.models.made_graphs import GraphMaker
from tests.processing.models.whole_models import every_file

pytestmark = pytest.mark.timeout(600)

PERSON = (0.5, 0.6, 0.4, 0.7)
"""x, y, width and height of the person in every picture."""


class ByTurns:
    """Two voices that take turns every two seconds, whatever is heard."""

    def __init__(self, weights: Path, device: str) -> None:
        del weights, device

    def turns(self, samples: NDArray[np.float32], seconds: float) -> Sequence[Turn]:
        del samples
        return [
            Turn(start, min(start + 2.0, seconds), number % 2)
            for number, start in enumerate(np.arange(0.0, seconds - 0.5, 2.0).tolist())
        ]


def rf_detr(path: Path) -> Path:
    maker = GraphMaker()
    zero = maker.node("ReduceSum", "input", maker.number(np.array([1, 2, 3])), keepdims=0)
    zero = maker.node("Mul", zero, maker.number(np.float32(0)))
    zero = maker.node("Reshape", zero, maker.number(np.array([-1, 1, 1])))
    boxes = np.array([[PERSON, (0.1, 0.1, 0.1, 0.1)]], np.float32)
    logits = np.full((1, 2, 91), -9, np.float32)
    logits[0, 0, 1] = 3
    maker.node("Add", zero, maker.number(boxes), out="dets")
    maker.node("Add", zero, maker.number(logits), out="labels")
    shapes = {"dets": ("n", 2, 4), "labels": ("n", 2, 91)}
    return maker.save(path, {"input": ("n", 3, 224, 224)}, shapes)


def yolo(path: Path) -> Path:
    maker = GraphMaker()
    zero = maker.node("ReduceSum", "images", maker.number(np.array([1, 2, 3])), keepdims=0)
    zero = maker.node("Mul", zero, maker.number(np.float32(0)))
    zero = maker.node("Reshape", zero, maker.number(np.array([-1, 1, 1])))
    candidates = np.zeros((1, 84, 2), np.float32)
    # In pixels of 640 x 360 within 640 x 384: twelve rows of grey stand above.
    size = np.array([640, 360, 640, 360])
    candidates[0, :4, 0] = np.array(PERSON) * size + [0, 12, 0, 0]
    candidates[0, 4] = [0.9, 0.1]
    maker.node("Add", zero, maker.number(candidates), out="output0")
    return maker.save(path, {"images": ("n", 3, "h", "w")}, {"output0": ("n", 84, 2)})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    faces = one_face(folder / "yunet.onnx")
    persons = (rf_detr(folder / "rf-detr.onnx"), yolo(folder / "yolo.onnx"))
    return every_file(folder / "weights", faces=faces, persons=persons)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from speakervid5m.processing.studio.render import render_show

    folder = tmp_path_factory.mktemp("videos")
    render_show(ShowSpec(seed=4, duration_seconds=14, width=320, height=180), folder)
    return folder


@dataclass(frozen=True)
class Ran:
    clips: list[Clip]
    tables: dict[str, dict[str, pa.Table]]


def run(profile: str, videos: Path, weights: Path, folder: Path) -> Ran:
    chosen = profile_of(profile)
    models: dict[str, Any] = {
        stage: spec
        for stage, spec in chosen.models.items()
        if stage not in ("transcripts", "captions")
    }
    models["voices"] = ModelSpec(name="by turns", licence="none", make=ByTurns)
    stages = build_stages(models, weights, profile=chosen.name, gates=chosen.gates)
    sources = find_own_sources([videos], folder / "digests.json").sources
    store = StageStore(folder / "stages")
    report = run_stages(stages, sources, store)
    assert not report.failures, report.failures
    tables: dict[str, dict[str, pa.Table]] = {}
    for stage in stages:
        part = store.find(stage.name, report.keys[sources[0].source_id][stage.name])
        assert part is not None
        tables[stage.name] = dict(part.tables())
    return Ran(clips=clips_of(tables["annotated"]["clips"]), tables=tables)


def check_boxes_and_poses(ran: Ran) -> None:
    assert ran.clips
    x, y, wide, high = PERSON
    # Five hundredths of the union are added on each side, and the picture ends at 1.
    box = (x - 0.55 * wide, y - 0.55 * high, x + 0.55 * wide, min(1.0, y + 0.55 * high))
    poses = dict(zip(*ran.tables["pose"]["poses"].to_pydict().values(), strict=True))
    assert set(poses) == {clip.clip_id for clip in ran.clips}
    for clip in ran.clips:
        assert clip.bbox == pytest.approx(box, abs=0.01)
        stored = np.load(io.BytesIO(poses[clip.clip_id]), allow_pickle=False)
        assert stored.shape == (round(clip.duration_seconds * 25), 130, 2)
        assert stored.dtype == np.uint16
        # What the embedded profile has in these columns is overwritten or null.
        assert (clip.dover, clip.face_blur, clip.hand_blur).count(None) >= 2
    crops = ran.tables["look"]["crops"]
    assert len(crops) == ran.tables["look"]["looked"]["num_frames"][0].as_py()
    descriptors = ran.tables["look"]["faces"]["descriptor"].to_pylist()
    assert {len(one) for one in descriptors if one is not None} == {512}


def test_the_permissive_profile_measures(weights: Path, videos: Path, tmp_path: Path) -> None:
    ran = run("permissive", videos, weights, tmp_path)
    check_boxes_and_poses(ran)
    speaking = [clip for clip in ran.clips if clip.role == "speaking"]
    models = [one for row in ran.tables["binding"]["bound"]["models"].to_pylist() for one in row]
    assert models
    for one in models:
        assert 0 < one["asd_score"] < 1
        assert one["sync_confidence"] is None
    for clip in speaking:
        assert clip.asd_score is not None and clip.asd_score >= 0.5
    for clip in ran.clips:
        assert clip.uvq is not None and 2 < clip.uvq < 4
        assert (clip.dover, clip.sync_confidence) == (None, None)
        assert clip.backends_id == "permissive"


def test_the_papers_profile_measures(weights: Path, videos: Path, tmp_path: Path) -> None:
    ran = run("paper", videos, weights, tmp_path)
    check_boxes_and_poses(ran)
    speaking = [clip for clip in ran.clips if clip.role == "speaking"]
    assert speaking
    for clip in speaking:
        assert clip.sync_confidence is not None and clip.sync_confidence >= 0
        assert clip.sync_distance is not None and clip.sync_distance > 0
        assert clip.sync_offset_frames is not None and abs(clip.sync_offset_frames) <= 15
        assert clip.asd_score is None
    for clip in ran.clips:
        assert clip.dover is not None and 0 < clip.dover < 1
        assert clip.uvq is None


def test_shots_by_a_network_are_followed(weights: Path, videos: Path, tmp_path: Path) -> None:
    name = "yunet, rf-detr, auraface, transnetv2"
    chosen = profile_of("permissive", {"look": name})
    assert chosen.name == f"permissive+look={name}"
    models = {stage: chosen.models[stage] for stage in ("probe", "look", "scenes")}
    stages = build_stages(models, weights, profile=chosen.name, gates=chosen.gates)
    sources = find_own_sources([videos], tmp_path / "digests.json").sources
    store = StageStore(tmp_path / "stages")
    report = run_stages(stages, sources, store)
    assert not report.failures, report.failures
    parts = [store.find(one, report.keys[sources[0].source_id][one]) for one in models]
    _, looked, scenes = (dict(part.tables()) for part in parts if part is not None)
    num_frames = looked["looked"]["num_frames"][0].as_py()
    assert len(looked["transitions"]) == num_frames
    shots = scenes["shots"].to_pylist()
    assert shots == [one._asdict() for one in shots_of(looked["transitions"])]
    assert shots[-1]["stop"] == num_frames


def test_what_is_missing_is_named_with_its_terms(tmp_path: Path) -> None:
    said = str(missing(profile_of("paper"), tmp_path))
    for words in (
        f"{tmp_path / 'syncnet_v2.model'}: ByteDance/LatentSync-1.6, its folder auxiliary",
        "yolo11x.onnx: Ultralytics, YOLO11x: exported by its user",
        "(AGPL-3.0, 228.0 MB, trained on COCO)",
        "(non-commercial research only, 174.4 MB, trained on WebFace600K)",
        "(S-Lab License 1.0, non-commercial, 230.0 MB, it is not stated",
    ):
        assert words in said
    # Nothing of that kind is in the profile that is free to use.
    permissive = str(missing(profile_of("permissive"), tmp_path))
    for word in ("AGPL", "non-commercial", "not stated;"):
        assert word not in permissive
    assert not missing(profile_of("embedded"), tmp_path).weights


def test_poses_stand_in_the_release(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speakervid5m.processing.studio.render import render_show

    # The embedded profile finds the people of a show; poses are all that is added.
    embedded = PROFILES["embedded"]
    models = {**embedded.models, "pose": RTMW}
    posed = replace(embedded, models=models, own_gates=())
    monkeypatch.setitem(PROFILES, "embedded", posed)
    render_show(ShowSpec(seed=2, duration_seconds=30), tmp_path / "videos")
    options = CurateOptions(
        videos=(tmp_path / "videos",),
        out=tmp_path / "speakervid5m",
        profile="embedded",
        weights=weights,
    )
    report = curate(options)
    assert not report.stages.failures, report.stages.failures
    assert verify(str(options.out)).ok
    release = open_release(str(options.out))
    for name, columns in {
        "single_sft": ("",),
        "dialogue_sft": ("initiator_", "responder_"),
        "listening_sft": ("listener_",),
    }.items():
        if name not in release.configs:
            continue
        tables = [pq.read_table(path) for path in sorted(options.out.glob(f"data/{place(name)}/*"))]
        for row in pa.concat_tables(tables).to_pylist():
            for column in columns:
                stored = np.load(io.BytesIO(row[f"{column}pose"]), allow_pickle=False)
                assert stored.shape == (row[f"{column}num_frames"], 130, 2)
    assert {"single_sft", "dialogue_sft"} <= set(release.configs)


def place(config: str) -> str:
    """The folder of a config under `data/`."""
    branch, tier = config.rsplit("_", 1)
    return f"{branch}/{tier}"
