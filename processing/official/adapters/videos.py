"""`scene_json` and `speaker_json`: one JSON a video each in; scenes, and who speaks when, out."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..dump.problems import UnknownShape, Unusable
from ..untrusted_json.values import Object, Repairs
from .times import MAX_SOURCE_SECONDS, seconds_of

_SCENE = re.compile(r"scene_([0-9]{1,6})")
_MAX_INTERVALS = 100_000

SceneTimes = list[tuple[int, float, float]]
"""Index, start, stop of every scene."""
Voices = list[tuple[float, float, str]]
"""Start, stop, voice of every diarized interval, in time order."""


def read_scenes(values: Object, repairs: Repairs) -> SceneTimes:
    """The scenes of a video, for clips whose own record lacks times.

    Raises:
        UnknownShape: no `scene_N` entry has usable times.
    """
    scenes: dict[int, tuple[float, float] | None] = {}
    for key, value in values.items():
        match = _SCENE.fullmatch(key)
        if match is None or not isinstance(value, dict):
            continue
        index = int(match[1])
        start = _time(value, "start_seconds", "start")
        stop = _time(value, "end_seconds", "end")
        if start is None or stop is None or not start < stop:
            repairs["bad_scene_times"] += 1
        elif scenes.setdefault(index, (start, stop)) != (start, stop):
            # `scene_1` and `scene_001` differ: it is unknown which is right.
            repairs["bad_scene_times"] += 1
            scenes[index] = None
    scene_times = [(index, *times) for index, times in sorted(scenes.items()) if times is not None]
    if not scene_times:
        raise UnknownShape(values, "videos")
    return scene_times


def read_voices(values: Object, repairs: Repairs) -> Voices:
    """Who speaks when: from `speaker_json`, or the lists under `A`, `B`, ... if they have more.

    Raises:
        UnknownShape: the record has neither.
        Unusable: it has them, but no interval can be read.
    """
    letters = [key for key in values if len(key) == 1 and _is_letter(key)]
    if not isinstance(values.get("speaker_json"), dict) and not letters:
        raise UnknownShape(values, "videos")
    table = _intervals(_of_table(values.get("speaker_json")))
    lists = _intervals(_of_lists(values, letters))
    chosen = table
    if (table.num_bad or not table.voices) and len(lists.voices) > len(table.voices):
        repairs["voices_by_letter"] += 1
        chosen = lists
    if not chosen.voices:
        raise Unusable(
            "no_voice_interval",
            f"{table.num_bad} entries of speaker_json and {lists.num_bad} under letters, and none "
            "that has a start, a stop and one letter",
        )
    if chosen.num_bad:
        repairs["bad_voice_interval"] += chosen.num_bad
    return sorted(chosen.voices)


Entry = tuple[Any, Any, Any]


def _of_table(table: Any) -> Iterator[Entry]:
    if not isinstance(table, dict):
        return
    for entry in table.values():
        if isinstance(entry, dict):
            stop = entry.get("stop", entry.get("end"))
            yield entry.get("start"), stop, entry.get("speaker", entry.get("spaeker"))
        else:
            yield None, None, None


def _of_lists(values: Object, letters: Sequence[str]) -> Iterator[Entry]:
    for letter in letters:
        spans = values[letter]
        for span in spans if isinstance(spans, list) else [None]:
            if isinstance(span, list) and len(span) == 2:
                yield span[0], span[1], letter
            else:
                yield None, None, None


class _Intervals(NamedTuple):
    """The valid intervals, and the number of invalid entries."""

    voices: set[tuple[float, float, str]]
    num_bad: int


def _intervals(entries: Iterator[Entry]) -> _Intervals:
    voices: set[tuple[float, float, str]] = set()
    num_bad = 0
    for number, (first, last, letter) in enumerate(entries):
        if number == _MAX_INTERVALS:
            raise Unusable("too_large", f"more than {_MAX_INTERVALS} diarized intervals")
        start, stop = _moment(first), _moment(last)
        voice = letter.strip().upper() if isinstance(letter, str) else ""
        if start is None or stop is None or not start < stop or not _is_letter(voice):
            num_bad += 1
        else:
            voices.add((start, stop, voice))
    return _Intervals(voices, num_bad)


def _is_letter(voice: str) -> bool:
    return len(voice) == 1 and "A" <= voice <= "Z"


def _time(values: Object, *names: str) -> float | None:
    """The first of these keys that holds a time in a source."""
    for name in names:
        if (moment := _moment(values.get(name))) is not None:
            return moment
    return None


def _moment(value: Any) -> float | None:
    """A time in a source, in whole microseconds; None if it is invalid."""
    seconds = seconds_of(value)
    if seconds is None or not 0 <= seconds <= MAX_SOURCE_SECONDS:
        return None
    return round(seconds, 6)
