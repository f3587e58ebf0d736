"""3D-Speaker's recipe: the filter bank beside Kaldi's, clusters of known voices, turns."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnxruntime", reason="the extra curate is not installed")

from speakervid5m.processing.models.onnx_graph import WrongWeights
from speakervid5m.processing.models.speech.fbank import log_mel
from speakervid5m.processing.models.speech.protocols import Turn
from speakervid5m.processing.models.speech.resemblyzer import Resemblyzer
from speakervid5m.processing.models.speech.three_d_speaker import (
    CAMPLUSPLUS_LIMITS as LIMITS,
    THREE_D_SPEAKER,
    CamPlusPlus,
    SpeakerWindows,
    ThreeDSpeaker,
    bridged,
    turns_of,
    windows_of,
    without_pauses,
)
from speakervid5m.processing.models.speech.voice_clustering import (
    MAX_CLUSTERED,
    cluster,
    likeness_of_halves,
)
from speakervid5m.records import Interval

NUM_BINS = 80


def voices(count: list[int], dimensions: int = 32, spread: float = 0.4) -> NDArray[np.float32]:
    """Vectors of voices in random directions, in blocks."""
    rng = np.random.default_rng(len(count))
    centres = rng.standard_normal((len(count), dimensions))
    rows = [
        centre + spread * rng.standard_normal((num, dimensions))
        for centre, num in zip(centres, count, strict=True)
    ]
    return np.concatenate(rows).astype(np.float32)


def write_camplusplus(
    path: Path, weights: NDArray[np.float32] | None = None, width: int = NUM_BINS
) -> Path:
    """A graph of CAM++'s form: how each band varies in time, through one matrix."""
    onnx = pytest.importorskip("onnx", reason="the dev group is not installed")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    if weights is None:
        weights = np.random.default_rng(0).standard_normal((width, 16)).astype(np.float32)
    nodes = [
        helper.make_node("Abs", ["feature"], ["size"]),
        helper.make_node("ReduceMean", ["size"], ["means"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "camplusplus",
        [helper.make_tensor_value_info("feature", kind, ["batch", "frames", width])],
        [helper.make_tensor_value_info("embedding", kind, ["batch", weights.shape[1]])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def test_the_filter_bank_is_kaldis() -> None:
    knf = pytest.importorskip("kaldi_native_fbank", reason="the dev group is not installed")
    rng = np.random.default_rng(0)
    time = np.arange(24_000) / 16_000
    sounds = np.stack(
        [
            0.1 * rng.standard_normal(24_000),
            0.5 * np.sin(2 * np.pi * 220 * time) + 0.2 * np.sin(2 * np.pi * 3100 * time),
        ]
    ).astype(np.float32)
    options = knf.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.samp_freq = 16_000
    options.mel_opts.num_bins = NUM_BINS
    found = log_mel(sounds)
    for sound, ours in zip(sounds, found, strict=True):
        bank = knf.OnlineFbank(options)
        bank.accept_waveform(16_000, sound.tolist())
        bank.input_finished()
        true = np.stack([bank.get_frame(number) for number in range(bank.num_frames_ready)])
        assert ours.shape == true.shape == (148, NUM_BINS)
        # Both are logarithms of single precision sums, whose least bands are near rounding.
        assert np.abs(ours - true).max() < 5e-3
        assert np.abs(ours - true).mean() < 5e-4


def test_silence_has_finite_features() -> None:
    assert np.isfinite(log_mel(np.zeros((1, 24_000), np.float32))).all()


@pytest.mark.parametrize("count", [[12, 9], [60, 45], [80, 60, 40], [100]])
def test_voices_are_told_apart(count: list[int]) -> None:
    labels = cluster(voices(count), LIMITS)
    blocks = np.split(labels, np.cumsum(count)[:-1])
    assert [len(np.unique(block)) for block in blocks] == [1] * len(count)
    assert len(np.unique(labels)) == len(count)


def test_halves_of_one_voice_are_alike_and_two_voices_are_not() -> None:
    one, two = likeness_of_halves(voices([40])), likeness_of_halves(voices([20, 20]))
    assert one is not None and two is not None and one > 0.85 > 0.5 > two
    assert likeness_of_halves(voices([1])) is None
    assert likeness_of_halves(np.ones((5, 3), np.float32)) is None


def test_a_voice_of_hardly_any_windows_is_none() -> None:
    assert len(np.unique(cluster(voices([60, 50, 3]), LIMITS))) == 2


def test_a_long_source_is_clustered_by_a_choice_and_twice_the_same() -> None:
    vectors = voices([MAX_CLUSTERED // 4, MAX_CLUSTERED], dimensions=8)[::2]
    labels = cluster(np.concatenate([vectors, vectors, vectors]), LIMITS)
    assert len(np.unique(labels)) == 2
    assert (labels[: len(vectors)] == labels[len(vectors) : 2 * len(vectors)]).all()


def test_nothing_and_one_window() -> None:
    assert cluster(np.zeros((0, 4), np.float32), LIMITS).tolist() == []
    assert cluster(np.ones((1, 4), np.float32), LIMITS).tolist() == [0]


def test_windows_cover_speech_and_short_words_have_one() -> None:
    long = windows_of(Interval(10.0, 14.0))
    assert [one.start_seconds for one in long] == [10.0, 10.75, 11.5, 12.25, 13.0]
    assert long[0].stop_seconds == 11.5
    assert long[-1].stop_seconds == 14.0
    assert windows_of(Interval(3.0, 3.4)) == [Interval(3.0, 3.4)]


def test_short_pauses_are_bridged_and_clicks_are_no_speech() -> None:
    speech = [Interval(0.0, 1.0), Interval(1.3, 2.0), Interval(4.0, 4.01), Interval(6.0, 7.0)]
    assert bridged(speech, 0.5) == [Interval(0.0, 2.0), Interval(6.0, 7.0)]


def test_turns_meet_in_the_middle_of_windows_that_overlap() -> None:
    windows = [Interval(0.0, 1.5), Interval(0.75, 2.25), Interval(1.5, 3.0), Interval(5.0, 6.0)]
    assert turns_of(windows, [0, 0, 1, 1]) == [
        Turn(0.0, 1.875, 0),
        Turn(1.875, 3.0, 1),
        Turn(5.0, 6.0, 1),
    ]


def test_vectors_do_not_depend_on_the_batch_and_another_graph_is_refused(tmp_path: Path) -> None:
    embed = CamPlusPlus(write_camplusplus(tmp_path / "model.onnx"), "cpu")
    sounds = 0.1 * np.random.default_rng(1).standard_normal((3, 24_000)).astype(np.float32)
    together = embed(sounds)
    assert together.shape == (3, 16)
    np.testing.assert_allclose(together[1], embed(sounds[1:2])[0], rtol=1e-5)
    # A louder sound is the same voice: the mean over time is taken off.
    np.testing.assert_allclose(embed(2 * sounds), together, rtol=1e-3)
    with pytest.raises(WrongWeights, match=r"features of 40; expected CAM\+\+"):
        CamPlusPlus(write_camplusplus(tmp_path / "other.onnx", width=40), "cpu")


def test_no_speech_has_no_turns(tmp_path: Path) -> None:
    pytest.importorskip("silero_vad", reason="the extra curate is not installed")
    path = write_camplusplus(tmp_path / "model.onnx")
    speaker, silence = ThreeDSpeaker(CamPlusPlus(path, "cpu")), np.zeros(48_000, np.float32)
    assert speaker.turns(silence, 3.0) == []
    assert speaker.nearness(silence, 3.0) is None


@pytest.mark.parametrize("room", [64, 5])
def test_windows_that_do_not_fit_are_halved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    speaker = ThreeDSpeaker.__new__(ThreeDSpeaker)
    embed, tried = CamPlusPlus(write_camplusplus(tmp_path / "model.onnx"), "cpu"), []

    class Small:
        windows = embed.windows

        def __call__(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
            tried.append(len(waveforms))
            if len(waveforms) > room:
                raise MemoryError
            return embed(waveforms)

    class Always:
        def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.ones(-(-len(samples) // 512), np.float32)

    monkeypatch.setattr(speaker, "_embed", Small(), raising=False)
    monkeypatch.setattr(speaker, "_activity", Always(), raising=False)
    samples = 0.1 * np.random.default_rng(1).standard_normal(40 * 16_000).astype(np.float32)
    assert re.search(
        r"a cosine of [01]\.\d\d; voices from 0.8 on", str(speaker.nearness(samples, 40))
    )
    tried.clear()
    turns = speaker.turns(samples, 40.0)
    assert turns[0].start_seconds == 0.0 and turns[-1].stop_seconds == 40.0
    assert tried[:6] == ([53] if room == 64 else [53, 27, 14, 7, 4, 4])


def test_missing_weights_are_named(tmp_path: Path) -> None:
    (weights,) = THREE_D_SPEAKER.files
    assert not weights.is_there(tmp_path)
    assert f"{weights.file} missing" in THREE_D_SPEAKER.backend(tmp_path).build


def test_short_pauses_of_one_voice_are_bridged_and_no_answer_is() -> None:
    turns = [Turn(0.0, 1.0, 0), Turn(1.3, 2.0, 0), Turn(2.2, 3.0, 1), Turn(3.6, 4.0, 1)]
    assert without_pauses(turns) == [Turn(0.0, 2.0, 0), Turn(2.2, 3.0, 1), Turn(3.6, 4.0, 1)]


class Signs:
    """A network that hears whose samples are positive and whose are negative."""

    def __init__(self, max_pause_seconds: float) -> None:
        self.windows = SpeakerWindows(1.6, 0.8, max_pause_seconds, LIMITS)

    def __call__(self, waveforms: NDArray[np.float32]) -> NDArray[np.float32]:
        shares = [(waveforms > 0).mean(axis=1), (waveforms < 0).mean(axis=1)]
        return np.stack(shares, axis=1).astype(np.float32)


class Loud:
    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        padded = np.pad(samples, (0, -len(samples) % 512)).reshape(-1, 512)
        return np.asarray(np.abs(padded).max(axis=1) > 0, np.float32)


def test_a_window_holds_two_voices_only_over_a_bridged_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn, pause = np.full(48_000, 0.1, np.float32), np.zeros(4_800, np.float32)
    # Each speaks, takes a breath and goes on; then the other answers as fast.
    samples = np.concatenate([turn, pause, turn, pause, -turn, pause, -turn, pause] * 6)
    seconds = len(samples) / 16_000
    speaker = ThreeDSpeaker.__new__(ThreeDSpeaker)
    monkeypatch.setattr(speaker, "_activity", Loud(), raising=False)
    mixed = {}
    for max_pause in (Resemblyzer.windows.max_pause_seconds, CamPlusPlus.windows.max_pause_seconds):
        monkeypatch.setattr(speaker, "_embed", Signs(max_pause), raising=False)
        _, vectors = speaker._embedded(samples, seconds)
        mixed[max_pause] = int((vectors.min(axis=1) > 0).sum())
    assert mixed[0.0] == 0 < mixed[0.5]
    monkeypatch.setattr(speaker, "_embed", Signs(0.0), raising=False)
    turns = speaker.turns(samples, seconds)
    assert [one.voice for one in turns] == [turns[0].voice, turns[1].voice] * 6
    assert all(one.stop_seconds - one.start_seconds > 6 for one in turns), "a breath ends no turn"
