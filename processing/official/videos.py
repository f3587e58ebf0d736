"""`scene_json` and `speaker_json`: one JSON a video each, who sounds when and where scenes lie."""

import re
from typing import Any

from .problems import UnknownShape, Unusable
from .values import Object, Repairs, finite

_SCENE = re.compile(r"scene_(\d+)")
_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
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
    scenes: SceneTimes = []
    for key, value in values.items():
        match = _SCENE.fullmatch(key)
        if match is None or not isinstance(value, dict):
            continue
        start = _time(value, "start_seconds", "start")
        stop = _time(value, "end_seconds", "end")
        if start is None or stop is None or not start < stop:
            repairs["bad_scene_times"] += 1
        else:
            scenes.append((int(match[1]), start, stop))
    if not scenes:
        raise UnknownShape(values, "videos")
    return sorted(scenes)


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
        start, stop = finite(first), finite(last)
        voice = str(said).strip().upper()
        if start is None or stop is None or not 0 <= start < stop or not _is_letter(voice):
            repairs["bad_voice_interval"] += 1
        else:
            voices.append((round(start, 6), round(stop, 6), voice))
    return sorted(set(voices))


def _is_letter(voice: str) -> bool:
    return len(voice) == 1 and "A" <= voice <= "Z"


def _time(values: Object, *names: str) -> float | None:
    for name in names:
        value = values.get(name)
        found = finite(value)
        if (
            found is None
            and isinstance(value, str)
            and (code := _TIMECODE.fullmatch(value.strip()))
        ):
            found = int(code[1]) * 3600 + int(code[2]) * 60 + float(code[3])
        if found is not None and found >= 0:
            return round(found, 6)
    return None
