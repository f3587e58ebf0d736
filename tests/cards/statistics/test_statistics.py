from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from speakervid5m.cards.statistics.measures import MEASURES
from speakervid5m.cards.statistics.overlap import overlapped_speech
from speakervid5m.cards.statistics.release_statistics import Statistics, measure
from speakervid5m.cards.statistics.tally import Bins, unique_bytes
from speakervid5m.records import (
    CONFIGS,
    Clip,
    ListeningSample,
    MultiTurnSample,
    OffScreenVoice,
    columns_of,
)
from speakervid5m.release import open_release


@pytest.fixture(scope="module")
def counted(small: Path) -> Statistics:
    return measure(open_release(str(small)))


def test_counts_are_those_of_the_samples(small: Path, counted: Statistics) -> None:
    release = open_release(str(small))
    for name in release.configs:
        samples, found = list(release[name]), counted.configs[name]
        clips = [clip for sample in samples for clip in sample.clips]
        assert found.num_rows == len(samples)
        assert found.num_clips == len(clips)
        assert found.num_sources == len({clip.source_id for clip in clips})
        seconds = sum(clip.duration_seconds for clip in clips)
        assert found.clip_seconds == pytest.approx(seconds, abs=1e-3)
        languages = [clip.language or "unknown" for clip in clips]
        assert found.categories["language"] == {one: languages.count(one) for one in set(languages)}
        dover = [clip.dover for clip in clips if clip.dover is not None]
        assert found.histograms["dover"].num_measured == len(dover)
        assert found.histograms["dover"].mean == pytest.approx(np.mean(dover), abs=1e-5)
        assert found.histograms["clarity"].num_unknown == len(clips)
        turns = [len(one.turns) for one in samples if isinstance(one, MultiTurnSample)]
        assert found.histograms["num_turns"].num_measured == len(turns)


def test_people_are_counted_by_person_id(small: Path, counted: Statistics) -> None:
    release = open_release(str(small))
    for name in release.configs:
        people = {clip.person_id for sample in release[name] for clip in sample.clips}
        if CONFIGS[name].branch == "listening":
            table = release[name].table(["speaker_person_id"])
            people |= set(table["speaker_person_id"].to_pylist())
        assert counted.configs[name].num_people == len(people - {None}), name


def test_media_are_counted_once_by_what_they_are(small: Path, counted: Statistics) -> None:
    release = open_release(str(small))
    total, different = 0, {}
    for name in release.configs:
        samples = release[name]
        for column in (one.name for one in columns_of(samples.config.branch)):
            if not column.endswith(("video", "videos", "audio", "audios", "pose", "poses")):
                continue
            for number in range(len(samples)):
                value = samples.media(number, column)
                for piece in value if isinstance(value, list) else [value]:
                    total += len(piece or b"")
                    different[piece] = len(piece or b"")
    assert counted.num_media_bytes == total
    assert counted.num_unique_media_bytes == sum(different.values())
    assert counted.repetition == total / sum(different.values())


def test_bins_hold_every_value_and_their_edges_belong_to_the_right() -> None:
    dover = next(one for one in MEASURES if one.name == "dover")
    bins = Bins.of(dover)
    bins.add(np.array([-1.0, 0.0, 0.25, 0.6, 1.0, 7.0, np.nan]))
    found = bins.finish()
    assert found.num_measured == 6 and found.num_unknown == 1
    assert found.counts[0] == 2 and found.counts[-1] == 2
    assert found.counts[12] == 1 and found.counts[30] == 1
    assert (found.minimum, found.maximum) == (-1.0, 7.0)


def test_unique_bytes_over_pieces() -> None:
    keys = np.array([1, 2, 1 << 63, 2], np.uint64)
    sizes = np.array([10, 20, 30, 20], np.uint32)
    assert unique_bytes([(keys, sizes), (keys[:1], sizes[:1])]) == (90, 60)
    assert unique_bytes([]) == (0, 0)


def test_speech_under_another_voice_is_told(small: Path, counted: Statistics) -> None:
    release = open_release(str(small))
    for name in release.configs:
        people: list[Clip | OffScreenVoice] = []
        for sample in release[name]:
            people += sample.clips
            if isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip):
                people.append(sample.speaker)
        said = sum(one.duration_seconds for person in people for one in person.speech)
        assert counted.configs[name].speech_seconds == pytest.approx(said, abs=1e-3)


def test_overlap_counts_others_alone_and_never_more_than_was_said() -> None:
    interval = pa.struct([("start_seconds", pa.float64()), ("stop_seconds", pa.float64())])
    voice = pa.struct([*interval, ("voice", pa.string())])

    def spans(*found: tuple[float, float]) -> list[dict[str, float]]:
        return [{"start_seconds": a, "stop_seconds": b} for a, b in found]

    def sounding(*found: tuple[float, float, str]) -> list[dict[str, object]]:
        return [{"start_seconds": a, "stop_seconds": b, "voice": v} for a, b, v in found]

    speech = pa.array(
        [spans((0, 4), (6, 7)), None, spans(), spans((10, 12)), spans((0, 1))], pa.list_(interval)
    )
    voices = pa.array(
        [
            sounding((0, 4, "A"), (3, 6.5, "B"), (6, 7, "A")),  # 1 s and half a second
            sounding((0, 9, "B")),
            sounding((0, 9, "A")),
            sounding((9, 13, "A"), (9, 13, "C"), (10, 12, "B")),  # all of it, counted once
            None,
        ],
        pa.list_(voice),
    )
    own = pa.array(["A", "A", None, "B", "A"])
    assert overlapped_speech(speech, voices, own) == pytest.approx((8.0, 3.5))
    tail = overlapped_speech(speech.slice(3), voices.slice(3), own.slice(3))
    assert tail == pytest.approx((3.0, 2.0))
