"""What a model is given, and what it is not."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from speakervid5m.media import read_audio
from speakervid5m.vidchatbench import NoPairsError, draw_pairs, open_bench
from speakervid5m.vidchatbench.pairs.answers import answers
from tests.small_release import video_of, write_small_release


def test_an_item_has_no_way_to_the_answer(tmp_path: Path) -> None:
    write_small_release(tmp_path / "a release")
    bench = open_bench(str(tmp_path / "a release"))
    truth = answers(bench)
    assert len(bench) == len(truth) == 8
    assert [item.sample_id for item in bench] == sorted(truth)
    for item in bench:
        answer = truth[item.sample_id]
        values = [getattr(item, field.name) for field in dataclasses.fields(item)]
        plain = bytes | str | float | bool | np.ndarray | None
        assert all(isinstance(value, plain) for value in values)
        told = [value for value in values if isinstance(value, bytes | str)]
        assert not {answer.video, answer.flac, answer.sample.responder.clip_id} & {*told}
        assert item.initiator_video == video_of(answer.sample.initiator)
        assert item.initiator_frames().shape == (answer.sample.initiator.num_frames, 48, 64, 3)
        assert len(item.initiator_audio()) == len(item.initiator_frames()) * 640
        assert item.transcript is item.description is None
        held_out = bench.held_out(item.sample_id)
        assert held_out is not None and held_out[0].clip_id != answer.sample.responder.clip_id
        assert item.voice_origin in ("initiator", "other_answer")
        prompt = item.voice_prompt()
        assert prompt is not None
        assert not np.array_equal(prompt[:1000], read_audio(answer.flac)[:1000])


def test_conditioned_gives_the_words_instead(tmp_path: Path) -> None:
    write_small_release(tmp_path / "release")
    bench = open_bench(str(tmp_path / "release"), protocol="conditioned")
    item = bench[0]
    assert item.initiator_video is None and item.initiator_flac is None
    assert item.transcript == bench.pairs[item.sample_id].responder.transcript
    assert item.description == "nods"
    with pytest.raises(ValueError, match="conditioned"):
        item.initiator_frames()
    with pytest.raises(ValueError, match="no protocol 'free'; there are dyadic, conditioned"):
        open_bench(str(tmp_path / "release"), protocol="free")  # type: ignore[arg-type]


def test_one_release_at_two_paths_has_one_digest(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_small_release(tmp_path / name)
    first, second, words = (
        open_bench(str(tmp_path / "one")),
        open_bench(str(tmp_path / "two")),
        open_bench(str(tmp_path / "one"), "conditioned"),
    )
    assert first.digest == second.digest != words.digest


def test_a_release_without_pairs_says_what_to_do(tmp_path: Path) -> None:
    write_small_release(tmp_path / "none", configs=["single_sft"])
    with pytest.raises(NoPairsError, match="bench pairs"):
        open_bench(str(tmp_path / "none"))
    with pytest.raises(NoPairsError, match="no dialogue pairs"):
        draw_pairs(str(tmp_path / "none"))
    write_small_release(tmp_path / "bare", with_media=False)
    with pytest.raises(NoPairsError, match=r"no media of its 8 test pairs; .*materialize"):
        open_bench(str(tmp_path / "bare"))
    with pytest.raises(ValueError, match="pass work="):
        open_bench("https://example.org/release")
