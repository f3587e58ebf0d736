"""One file of the dump in, a spill file out: every member through its adapter, or as a reject.

The name of a clip, of a voice in a scene, or of a video, as `ClipKey` prints it, is the key by
which records are joined. Each archive is read in its own process; only the current run of its
records is in memory.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...records import ClipKey, ClipKeyError, atomic_file, bucket_of, parse_video_name
from .adapters.asr import read_asr
from .adapters.blur import read_blur
from .adapters.captions import read_captions
from .adapters.clip_lists import ClipNames
from .adapters.merged import read_merged
from .adapters.videos import read_scenes, read_voices
from .dump.archives import CorruptArchive, members
from .dump.files import DumpFile, Kind
from .dump.problems import Unusable
from .spill import SpillWriter
from .untrusted_json.values import Repairs, as_object, parse

REJECT = "reject"
"""Kind of the records about what could not be used."""

_AUDIO_NAME = re.compile(
    r"(?P<video>.+_full_video)_(?:[0-9]{3}|[1-9][0-9]{3,5})_(?:[A-Z](?:_None)?|None)"
)
_ENDINGS = frozenset(("json", "mp4", "wav"))
"""Endings of the names of clips, which some records keep before `.json`."""

Reader = Callable[[str, Any, Repairs], tuple[str, str, Any]]
"""Takes a stem, the JSON and the repairs; returns source id, the name to join by, the record."""


def read_file(file: DumpFile, target: Path, num_partitions: int) -> None:
    """Reads one archive or list into a spill file.

    Args:
        file: what to read.
        target: the spill file.
        num_partitions: number of partitions for the sources.
    """
    with atomic_file(target) as draft, draft.open("wb") as spilled:
        spill = SpillWriter(spilled, num_partitions)
        try:
            summary = _read(file, spill, num_partitions)
        except CorruptArchive as problem:
            spill.clear()
            spill.add(0, _reject(file, "", "", problem))
            summary = {"num_records": 0, "repairs": {}}
        spill.finish(summary)


def _read(file: DumpFile, spill: SpillWriter, num_partitions: int) -> dict[str, Any]:
    repairs: Repairs = Counter()
    if file.kind in ("listed", "sft"):
        names = ClipNames(file.path, file.kind)
        for key in names:
            if isinstance(key, Unusable):
                spill.add(0, _reject(file, "", "", key))
                continue
            partition = bucket_of(key.source_id, num_partitions)
            spill.add(partition, (file.kind, key.source_id, str(key), None))
        return {"num_records": names.num_names, "num_others": names.num_others, "repairs": {}}
    partitions: dict[str, int] = {}
    reader, count = _READERS[file.kind], 0
    archive_members = members(file.path)
    while True:
        try:
            name, content = next(archive_members)
        except StopIteration:
            break
        except CorruptArchive:
            raise
        except Unusable as problem:
            spill.add(0, _reject(file, "", "", problem))
            break
        stem, _, ending = name.rpartition("/")[2].partition(".")
        source_id = stem[:11] if "_full_video" in stem else ""
        try:
            if isinstance(content, Unusable):
                raise content
            if ending != "json":
                _check_ending(ending, repairs)
            source_id, joined_by, record = reader(stem, parse(content, repairs), repairs)
        except Unusable as problem:
            partition = bucket_of(source_id or name[:300], num_partitions)
            spill.add(partition, _reject(file, name, source_id, problem))
            continue
        if source_id not in partitions:
            if len(partitions) > 100_000:
                partitions.clear()
            partitions[source_id] = bucket_of(source_id, num_partitions)
        spill.add(partitions[source_id], (file.kind, source_id, joined_by, record))
        count += 1
    return {"num_records": count, "repairs": dict(repairs)}


def _check_ending(ending: str, repairs: Repairs) -> None:
    if not ending.endswith("json") or not _ENDINGS.issuperset(ending.split(".")):
        raise Unusable("not_a_json_file", "only .json members are read")
    repairs["name_with_media_ending"] += 1


def _reject(file: DumpFile, name: str, source_id: str, problem: Unusable) -> tuple[Any, ...]:
    return REJECT, source_id, name[:300], [file.name, problem.reason, problem.detail[:500]]


def _clip_key(stem: str) -> ClipKey:
    try:
        return ClipKey.parse(stem)
    except ClipKeyError as error:
        raise Unusable("bad_name", str(error)) from error


def _merged(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    key = _clip_key(stem)
    return key.source_id, stem, read_merged(key, as_object(values), repairs)


def _anno(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    key = _clip_key(stem)
    return key.source_id, stem, read_captions(as_object(values), repairs)


def _blur(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    key = _clip_key(stem)
    return key.source_id, stem, read_blur(values, repairs)


def _asr(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    match = _AUDIO_NAME.fullmatch(stem)
    if match is None:
        # A name with a box index belongs to that clip alone.
        key = _clip_key(stem)
        repairs["asr_name_with_box"] += 1
        return key.source_id, stem, read_asr(as_object(values), repairs)
    return _video_id(match["video"]), stem, read_asr(as_object(values), repairs)


def _scenes(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    return _video_id(stem), stem, read_scenes(as_object(values), repairs)


def _voices(stem: str, values: Any, repairs: Repairs) -> tuple[str, str, Any]:
    return _video_id(stem), stem, read_voices(as_object(values), repairs)


def _video_id(stem: str) -> str:
    try:
        return parse_video_name(stem)[0]
    except ClipKeyError as error:
        raise Unusable("bad_name", str(error)) from error


_READERS: dict[Kind, Reader] = {
    "merged": _merged,
    "asr": _asr,
    "anno": _anno,
    "blur": _blur,
    "scenes": _scenes,
    "voices": _voices,
}
