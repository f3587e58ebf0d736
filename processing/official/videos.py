"""`scene_json` and `speaker_json`: one JSON a video each, who sounds when and where scenes lie."""

import re
from typing import Any

from .problems import UnknownShape, Unusable
from .times import MAX_SOURCE_SECONDS, seconds_of
from .values import Object, Repairs

_SCENE = re.compile(r"scene_([0-9]{1,6})")
_MAX_INTERVALS = 100_000

SceneTimes = list[tuple[int, float, float]]
"""Index, start, stop of every scene."""
Voices = list[tuple[float, float, str]]
"""Start, stop, voice of every diarized interval, in time order."""


def read_scenes(values: Object, repairs: Repairs) -> SceneTimes:
    """The scenes of a video, for clips whose own record lacks times.

    Raises:
        UnknownShape: there is no `scene_000`.
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
            # `scene_1` and `scene_001` that differ: nobody can tell which is meant.
            repairs["bad_scene_times"] += 1
            scenes[index] = None
    told = [(index, *times) for index, times in sorted(scenes.items()) if times is not None]
    if not told:
        raise UnknownShape(values, "videos")
    return told


def read_voices(values: Object, repairs: Repairs) -> Voices:
    """Who sounds when: `speaker_json`, else the lists under `A`, `B`, ...

    Raises:
        UnknownShape: neither is there.
    """
    table = values.get("speaker_json")
    entries: list[tuple[Any, Any, Any]] = []
    if isinstance(table, dict):
        entries = [
            (
                one.get("start"),
                one.get("stop", one.get("end")),
                one.get("speaker", one.get("spaeker")),
            )
            for one in table.values()
            if isinstance(one, dict)
        ]
    else:
        letters = [key for key in values if len(key) == 1 and key.isupper()]
        if not letters:
            raise UnknownShape(values, "videos")
        repairs["voices_by_letter"] += 1
        for letter in letters:
            spans = values[letter] if isinstance(values[letter], list) else []
            entries += [
                (*span, letter) for span in spans if isinstance(span, list) and len(span) == 2
            ]
    if len(entries) > _MAX_INTERVALS:
        raise Unusable("too_large", f"{len(entries)} diarized intervals")
    voices: Voices = []
    for first, last, said in entries:
        start, stop = _moment(first), _moment(last)
        voice = said.strip().upper() if isinstance(said, str) else ""
        if start is None or stop is None or not start < stop or not _is_letter(voice):
            repairs["bad_voice_interval"] += 1
        else:
            voices.append((start, stop, voice))
    return sorted(set(voices))


def _is_letter(voice: str) -> bool:
    return len(voice) == 1 and "A" <= voice <= "Z"


def _time(values: Object, *names: str) -> float | None:
    """The first of these keys that holds a moment of a source."""
    moments = (_moment(values.get(name)) for name in names)
    return next((moment for moment in moments if moment is not None), None)


def _moment(value: Any) -> float | None:
    """A moment of a source in whole microseconds; None if it is none."""
    seconds = seconds_of(value)
    if seconds is None or not 0 <= seconds <= MAX_SOURCE_SECONDS:
        return None
    return round(seconds, 6)
