"""Beside a release, and on the Hub, `load_dataset` needs nothing of ours."""

from pathlib import Path

import pytest

from speakervid5m.records import CONFIGS
from tests.builder.conftest import Run, ids_of
from tests.fake_hub import fake_hub

ALL = """
from datasets import get_dataset_config_names, load_dataset
names = get_dataset_config_names(PLACE)
found = {}
for name in names:
    split = "test" if name == "vidchatbench" else "train"
    streamed = load_dataset(PLACE, name, split=split, streaming=True)
    whole = load_dataset(PLACE, name, split=split)
    plain = [row["sample_id"] for row in streamed.decode(False)]
    found[name] = [plain, list(whole["sample_id"]), sorted(whole.features)]
assert "speakervid5m" not in sys.modules
answer(found)
"""

DECODE = """
from datasets import load_dataset
try:
    from torchcodec.decoders import VideoDecoder
except (ImportError, RuntimeError, OSError) as error:
    answer({"skip": str(error)[:200]})
    sys.exit()
found = {}
for streaming in (True, False):
    for name, video, audio in (
        ("dialogue_sft", "responder_video", "responder_audio"),
        ("multi_turn_sft", "turn_videos", "turn_audios"),
        ("listening_sft", "listener_video", "speaker_audio"),
        ("single_sft", "video", "audio"),
    ):
        data = load_dataset("speakervid5m", name, split="train", streaming=streaming)
        row = next(iter(data))
        videos = row[video] if isinstance(row[video], list) else [row[video]]
        sounds = row[audio] if isinstance(row[audio], list) else [row[audio]]
        found[f"{name} {streaming}"] = [
            [len(one) for one in videos],
            [int(videos[0][4][0, :, : videos[0][4].shape[2] // 2].float().mean())],
            [one.get_all_samples().data.shape[1] for one in sounds if one is not None],
            [one.get_all_samples().sample_rate for one in sounds if one is not None],
        ]
answer(found)
"""


def test_all_configs_beside_a_release(run: Run, small: Path) -> None:
    found = run("PLACE = 'speakervid5m'\n" + ALL, cwd=small.parent, ours=False)
    assert list(found) == list(CONFIGS)
    for name, (streamed, whole, _) in found.items():
        assert streamed == whole == ids_of(small, name)


def test_the_first_row_decodes(run: Run, small: Path) -> None:
    found = run(DECODE, cwd=small.parent, ours=False)
    if "skip" in found:
        pytest.skip(f"torchcodec does not load here: {found['skip']}")
    assert len(found) == 8
    for what, (frames, shades, lengths, rates) in found.items():
        assert all(20 <= count <= 60 for count in frames), what
        assert set(rates) <= {16_000}
        if "listening" not in what and lengths:
            assert lengths == [count * 16_000 // 25 for count in frames][: len(lengths)]
        # Luma 16 + 3 * 4 of the limited range, as RGB.
        assert abs(shades[0] - (3 * 4) * 255 / 219) < 4


def test_the_default_config_and_an_unknown_one(run: Run, small: Path) -> None:
    script = """
from datasets import load_dataset
data = load_dataset("speakervid5m", split="train", streaming=True)
try:
    load_dataset("speakervid5m", "dialog_sft", streaming=True)
except ValueError as error:
    message = str(error)
answer([[row["sample_id"] for row in data.decode(False)], message])
"""
    found, message = run(script, cwd=small.parent, ours=False)
    assert found == ids_of(small, "dialogue_sft")
    assert all(name in message for name in CONFIGS)


def test_two_releases_of_one_name(run: Run, small: Path, twin: Path) -> None:
    """`datasets` keys its cache by the card, so the card names the data."""
    script = f"""
import os
from datasets import load_dataset
found = []
for folder in ({str(small.parent)!r}, {str(twin.parent)!r}, {str(small.parent)!r}):
    os.chdir(folder)
    for streaming in (True, False):
        data = load_dataset(
            "speakervid5m", "single_sft", split="train", streaming=streaming,
            columns=["sample_id"],
        )
        found.append([row["sample_id"] for row in data])
answer(found)
"""
    one, two = ids_of(small, "single_sft"), ids_of(twin, "single_sft")
    assert set(one).isdisjoint(two)
    found = run(script, cwd=small.parent, ours=False)
    assert found == [one, one, two, two, one, one]


def test_a_python_file_beside_it_does_no_harm(run: Run, other: Path, tmp_path: Path) -> None:
    (tmp_path / "speakervid5m").symlink_to(other)
    (tmp_path / "speakervid5m.py").write_text("raise RuntimeError('never imported')")
    script = """
from datasets import load_dataset
data = load_dataset("speakervid5m", "single_sft", split="train", columns=["sample_id"])
answer(list(data["sample_id"]))
"""
    assert run(script, cwd=tmp_path, ours=False) == ids_of(other, "single_sft")


def test_from_the_hub(run: Run, small: Path) -> None:
    with fake_hub() as hub:
        hub.hold("org/SpeakerVid-5M", small)
        variables = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
        script = "PLACE = 'org/SpeakerVid-5M'\n" + ALL
        # Isolated Pythons still read HF_ variables.
        found = run(script, cwd=small.parent.parent, ours=False, **variables)
        assert list(found) == list(CONFIGS)
        for name, (streamed, whole, _) in found.items():
            assert streamed == whole == ids_of(small, name)
        assert not any("/index/" in line and "resolve" in line for line in hub.log)
        script = """
import speakervid5m
from datasets import load_dataset
root = "hf://datasets/org/SpeakerVid-5M"
found = []
for streaming in (True, False):
    data = load_dataset(
        "speakervid5m", "dialogue_sft", root=root, split="train", streaming=streaming,
        columns=["sample_id"],
    )
    found.append([row["sample_id"] for row in data])
samples = speakervid5m.open_release(root)["dialogue_sft"]
answer([*found, len(samples.media(0, "responder_video"))])
"""
        streamed, whole, size = run(script, cwd=small.parent.parent, ours=True, **variables)
    assert streamed == whole == ids_of(small, "dialogue_sft")
    assert size > 1000
