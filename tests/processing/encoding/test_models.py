"""The three real encoders, loaded from folders as released ones are, with random weights."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from speakervid5m.cli import main
from speakervid5m.processing.encoding import ENCODERS, ClipMedia, EncodingError, load_encoder
from speakervid5m.processing.encoding.encoder import bits_of_bfloat16
from speakervid5m.processing.weights import MissingWeights
from speakervid5m.release import open_release, verify
from tests.processing.encoding import models
from tests.small_release import sound_of, write_small_release

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' own


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    models.save_mimi(folder)
    models.save_wan21(folder)
    models.save_qwen25omni(folder)
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipMedia:
    root = tmp_path_factory.mktemp("clip") / "speakervid5m"
    write_small_release(root, num_sources=1, configs=["single_sft"])
    samples = open_release(str(root))["single_sft"]
    found = samples[0].clips[0]
    video, audio = samples.media(0, "video"), samples.media(0, "audio")
    assert isinstance(video, bytes) and isinstance(audio, bytes)
    return ClipMedia(
        clip_id=found.clip_id,
        num_frames=found.num_frames or 0,
        fps=found.fps or 0.0,
        video=video,
        audio=audio,
    )


def float_of(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def test_mimi_gives_what_the_model_gives(weights: Path, clip: ClipMedia) -> None:
    import transformers

    encoder = load_encoder("mimi", folder=weights)
    found = encoder(clip)
    encoder.form.check(found.shape, found.dtype)
    sound = clip.waveform(24_000)
    assert len(found) == -(-len(sound) // 1920) and encoder.form.steps_per_unit == 2
    model = transformers.MimiModel.from_pretrained(weights / "mimi").eval()
    with torch.no_grad():
        codes = model.encode(torch.from_numpy(sound)[None, None], num_quantizers=8).audio_codes
    assert np.array_equal(found, codes[0].T.numpy())
    assert len(set(found[:, 0].tolist())) > 1
    assert np.array_equal(found, encoder(clip))


def test_wan21_gives_a_latent_for_the_first_picture_and_for_every_four(
    weights: Path, clip: ClipMedia
) -> None:
    encoder = load_encoder("wan21", folder=weights)
    found = encoder(clip)
    encoder.form.check(found.shape, found.dtype)
    assert found.shape == (1 + (clip.num_frames - 1) // 4, 4, 6, 8)
    # Causal: the first latent is of the first picture alone.
    first = clip.frames()[:1]
    model = encoder._model  # type: ignore[attr-defined]
    pixels = torch.from_numpy(first).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    with torch.no_grad():
        alone = model.encode(pixels).latent_dist.mode()
    mean, deviation = (
        torch.tensor(getattr(model.config, name)[:4]).reshape(1, 4, 1, 1, 1)
        for name in ("latents_mean", "latents_std")
    )
    expected = ((alone - mean) / deviation)[0, :, 0]
    assert np.allclose(found[0], expected, atol=2e-3)


@pytest.mark.parametrize("seen", [True, False], ids=["pictures and sound", "sound alone"])
def test_the_thinker_gives_three_states_a_position(
    weights: Path, clip: ClipMedia, seen: bool
) -> None:
    encoder = load_encoder("qwen25omni", folder=weights)
    shown = ClipMedia(
        clip_id=clip.clip_id,
        num_frames=clip.num_frames,
        fps=clip.fps,
        video=clip.video if seen else None,
        audio=clip.audio,
    )
    found = encoder(shown)
    encoder.form.check(found.shape, found.dtype)
    assert abs(len(found) - clip.num_frames) <= 1, "25 positions a second, 25 pictures a second"
    values = float_of(found)
    assert np.isfinite(values).all() and not np.allclose(values[:, 1], values[:, 2])
    assert np.array_equal(found, encoder(shown))


def test_pictures_change_what_the_thinker_makes_of_the_sound(
    weights: Path, clip: ClipMedia
) -> None:
    encoder = load_encoder("qwen25omni", folder=weights)
    both = float_of(encoder(clip))
    alone = float_of(
        encoder(
            ClipMedia(clip_id="x", num_frames=clip.num_frames, fps=25, video=None, audio=clip.audio)
        )
    )
    assert np.allclose(both[:, 0], alone[:, 0]), "what goes in is of the sound alone"
    assert not np.allclose(both[:, 2], alone[:, 2])


def test_the_thinker_refuses_what_it_would_cut_off(weights: Path) -> None:
    encoder = load_encoder("qwen25omni", folder=weights)
    long = ClipMedia(
        clip_id="long", num_frames=800, fps=25, video=None, audio=sound_of("long", 800)
    )
    with pytest.raises(EncodingError, match="up to 30 s"):
        encoder(long)


def test_rounding_to_bfloat16_is_torchs() -> None:
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0)) * 100
    expected = values.bfloat16().view(torch.uint16).numpy()
    assert np.array_equal(bits_of_bfloat16(values.numpy()), expected)


def test_the_command(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "a release"
    write_small_release(root, num_sources=1, configs=["dialogue_sft", "single_sft"])
    command = ["encode", str(root), "--encoder", "mimi", "--weights", str(weights)]
    assert main([*command, "--dry-run"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert main(command) == 0
    assert "clips encoded, 0 kept" in capsys.readouterr().out
    assert verify(str(root), decode=False).ok
    assert "`mimi` of 2 configs" in (root / "README.md").read_text()
    found = open_release(str(root))["dialogue_sft"].features("mimi").array(0, "responder_audio")
    assert isinstance(found, np.ndarray) and found.shape[1:] == (8,)


def test_what_is_missing_is_said_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, known in ENCODERS.items():
        with pytest.raises(MissingWeights, match=known.weights.file):
            load_encoder(name, folder=tmp_path)
    (tmp_path / "mimi").mkdir()
    with pytest.raises(MissingWeights, match=r"config\.json"):
        load_encoder("mimi", folder=tmp_path)
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "mimi" / name).touch()
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"\[encode\]"):
        load_encoder("mimi", folder=tmp_path)
    with pytest.raises(ValueError, match="there are wan21, mimi, qwen25omni"):
        load_encoder("cosyvoice2", folder=tmp_path)
    assert main(["encode", str(tmp_path), "--encoder", "wan21", "--weights", str(tmp_path)]) == 1
    assert "Apache-2.0" in capsys.readouterr().err
