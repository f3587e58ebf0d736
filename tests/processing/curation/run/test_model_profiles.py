"""A rendered show through the whole of `permissive` and `paper`, with small models for weights.

Every file is made here and stands in the folder of weights by its documented name. CAM++'s stand-in
has learned the show's two voices; Whisper and Qwen-VL always say the same; so what they say is
worthless, and everything that is done with it is real.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
pytest.importorskip("cv2", reason="the extra curate is not installed")
pytest.importorskip("silero_vad", reason="the extra curate is not installed")

from speakervid5m.processing.curation import (
    CurateOptions,
    NotReady,
    curate,
    curation_status,
    profile_of,
)
from speakervid5m.processing.curation.speech.audio import read_source_audio
from speakervid5m.processing.engines import Stage
from speakervid5m.processing.models.speech.fbank import log_mel
from speakervid5m.processing.models.speech.protocols import SAMPLE_RATE
from speakervid5m.processing.studio import ShowSpec, ShowTruth
from speakervid5m.processing.weights.table import (
    CAMPLUSPLUS_FILE,
    DWPOSE_FILE,
    QWEN3_VL_FILE,
    QWEN25_VL_FILE,
    RTMW_FILE,
    SYNCNET_FILE,
    WHISPER_LARGE_V3_FILE,
    WHISPER_TURBO_FILE,
)
from speakervid5m.release import open_release, verify
from tests.processing.curation.clips.test_caption_text import answer
from tests.processing.curation.run.test_picture_stages import rf_detr, yolo
from tests.processing.models.faces.test_yunet import one_face
from tests.processing.models.made_graphs import GraphMaker
from tests.processing.models.parrots import SAID, parrot_qwen_vl, parrot_whisper
from tests.processing.models.speech.test_three_d_speaker import write_camplusplus
from tests.processing.models.tiny import torch
from tests.processing.models.whole_models import every_file

pytestmark = pytest.mark.timeout(600)

SPEC = ShowSpec(seed=1, duration_seconds=26, width=480, height=270)


@dataclass(frozen=True)
class Made:
    videos: Path
    truth: ShowTruth
    weights: Path

    def options(self, out: Path, profile: str) -> CurateOptions:
        return CurateOptions(
            videos=(self.videos,), out=out, profile=profile, weights=self.weights, engine="inline"
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    from speakervid5m.processing.studio.render import render_show

    folder = tmp_path_factory.mktemp("made")
    videos, weights = folder / "videos", folder / "weights"
    truth = render_show(SPEC, videos)
    persons = (rf_detr(folder / "rf-detr.onnx"), yolo(folder / "yolo.onnx"))
    every_file(weights, faces=one_face(folder / "yunet.onnx"), persons=persons)
    for one in (DWPOSE_FILE, RTMW_FILE):
        _spread_pose(one.path(weights))
    _louder(SYNCNET_FILE.path(weights))
    samples, _, _ = read_source_audio(videos / f"{truth.video_name}.mp4")
    write_camplusplus(CAMPLUSPLUS_FILE.path(weights), _learned(samples, truth))
    for one in (WHISPER_TURBO_FILE, WHISPER_LARGE_V3_FILE):
        parrot_whisper(one.path(weights))
    parrot_qwen_vl(QWEN3_VL_FILE.path(weights), "3", answer())
    parrot_qwen_vl(QWEN25_VL_FILE.path(weights), "2.5", answer())
    return Made(videos, truth, weights)


def _spread_pose(path: Path) -> None:
    """All 133 points in every picture, spread over its middle, so that there are patches to see."""
    maker, rng = GraphMaker(), np.random.default_rng(0)
    zero = maker.node("ReduceSum", "input", maker.number(np.array([1, 2, 3])), keepdims=0)
    zero = maker.node("Mul", zero, maker.number(np.float32(0)))
    zero = maker.node("Reshape", zero, maker.number(np.array([-1, 1, 1])))
    shapes = {}
    for name, side in (("simcc_x", 288), ("simcc_y", 384)):
        bins = np.zeros((1, 133, 2 * side), np.float32)
        bins[0, np.arange(133), rng.integers(side // 2, 3 * side // 2, 133)] = 1.0
        maker.node("Add", zero, maker.number(bins), out=name)
        shapes[name] = ("n", 133, 2 * side)
    maker.save(path, {"input": ("n", 3, 384, 288)}, shapes)


def _louder(path: Path) -> None:
    """SyncNet with random numbers is sure of nothing: its last layers are made larger."""
    state = torch.load(path, weights_only=True)
    last = max(name for name in state if name.startswith("netfcaud") and name.endswith("weight"))
    for name in (last, last.replace("netfcaud", "netfclip")):
        state[name] *= 300
    torch.save(state, path)


def _learned(samples: NDArray[np.float32], truth: ShowTruth) -> NDArray[np.float32]:
    """(80, 2) by which the sizes of bands of the two voices point in two directions."""
    sounds: list[NDArray[np.float32]] = []
    voices: list[int] = []
    for turn in truth.turns:
        if turn.voice in ("A", "B"):
            for begin in np.arange(turn.start_seconds, turn.stop_seconds - 1.5, 0.25):
                first = round(float(begin) * SAMPLE_RATE)
                sounds.append(samples[first : first + 24_000])
                voices.append(int(turn.voice == "B"))
    features = log_mel(np.stack(sounds))
    features -= features.mean(axis=1, keepdims=True)
    sizes = np.abs(features).mean(axis=1)
    target = np.eye(2)[voices] - 0.5
    weights = np.linalg.solve(sizes.T @ sizes + 0.1 * np.eye(80), sizes.T @ target)
    return weights.astype(np.float32)


@pytest.mark.parametrize("profile", ["permissive", "paper"])
def test_a_show_becomes_a_release_with_words_and_captions(
    made: Made, tmp_path: Path, profile: str
) -> None:
    options = made.options(tmp_path / "speakervid5m", profile)
    report = curate(options)
    assert not report.stages.failures
    assert not report.has_rejects
    assert verify(str(options.out)).ok
    release = open_release(str(options.out))
    clips = {
        clip.clip_id: clip
        for name in release.configs
        if name.startswith("single")
        for sample in release[name]
        for clip in sample.clips
    }
    assert clips
    for clip in clips.values():
        assert clip.backends_id == profile
        assert clip.topic == "News & Politics"
        assert clip.motion == "She nods and opens her hands."
        assert clip.motion_degree == 2.6667
        if clip.role == "speaking":
            assert clip.transcript == SAID
            assert (clip.language, clip.language_share) == ("en", 1.0)
            assert clip.asr_avg_logprob is not None and clip.asr_avg_logprob > -0.1
            assert clip.segments
        else:
            assert clip.transcript is None
    facts = release.manifest.facts
    assert facts.backends[profile]["transcripts"]["name"].startswith("whisper")
    assert "missing" not in json.dumps(facts.backends[profile])
    for name in ("pose", "quality", "captions", "binding"):
        assert facts.backends[profile][name]["files"], name
    left_out = set(facts.backends["left_out"])
    assert not left_out & {"asr_logprob", "sft_motion"}
    assert {gate["name"] for gate in facts.gates} >= {"language", "asr_compression", "sft_motion"}
    again = curation_status(options)
    assert all(not one.num_pending for one in again.stages.counts.values())


def test_other_weights_run_the_stage_again_and_what_lies_behind_it(
    made: Made, tmp_path: Path
) -> None:
    options = made.options(tmp_path / "speakervid5m", "permissive")
    before = {stage.name: stage.backend.build for stage in _stages(options)}
    folder = WHISPER_TURBO_FILE.path(made.weights)
    config = folder / "generation_config.json"
    text = config.read_text()
    config.write_text(text + " ")
    after = {stage.name: stage.backend.build for stage in _stages(options)}
    config.write_text(text)
    assert {name for name in before if before[name] != after[name]} == {"transcripts"}


def _stages(options: CurateOptions) -> Sequence[Stage]:
    assert options.weights is not None
    return profile_of(options.profile).stages(options.weights)


def test_nothing_begins_without_its_weights(made: Made, tmp_path: Path) -> None:
    options = replace(
        made.options(tmp_path / "speakervid5m", "permissive"), weights=tmp_path / "nowhere"
    )
    with pytest.raises(NotReady, match=r"profile permissive cannot run here yet") as refused:
        curate(options)
    for one in (CAMPLUSPLUS_FILE, WHISPER_TURBO_FILE, QWEN3_VL_FILE):
        assert str(tmp_path / "nowhere" / one.file) in str(refused.value)
        assert str(one.source) in str(refused.value)
    assert not (tmp_path / "speakervid5m.work" / "stages").exists()
