"""The truth of shows in, a dump in the official layout out, as the authors' pipeline publishes it.

    merged_anno/ raw_labels/{asr,anno,l_score,scene_json,speaker_json}/tar_batch_*.tar.gz
    all_data_list.json SFT_set.json testset.json

These annotations are correct, so every difference from the truth is an error of the reader;
`defects.py` adds the defects of the real dump.
"""

import gzip
import io
import json
import random
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ....records import ClipKey, Interval
from ..plan.truth import FPS, Scene, ShowTruth, TrueClip
from .scores import Scores, scores_of

Folder = Literal["merged_anno", "asr", "anno", "l_score", "scene_json", "speaker_json"]
_WHERE: dict[Folder, str] = {"merged_anno": "merged_anno"} | {  # type: ignore[assignment]
    name: f"raw_labels/{name}" for name in ("asr", "anno", "l_score", "scene_json", "speaker_json")
}


@dataclass(slots=True)
class ShowFiles:
    """The files of one show in a dump: members by folder, and its names in the lists."""

    source_id: str
    """The show."""
    members: dict[Folder, list[tuple[str, bytes]]] = field(default_factory=dict)
    """Name and content of every member."""
    clips: list[str] = field(default_factory=list)
    """Names in `all_data_list.json`, without ending."""
    sft: list[str] = field(default_factory=list)
    """Names in `SFT_set.json`, without ending."""


def show_files(truth: ShowTruth) -> ShowFiles:
    """The files of a show in the dump."""
    files = ShowFiles(truth.source_id, {folder: [] for folder in _WHERE})
    scenes = {scene.index: scene for scene in truth.scenes}
    spoken: set[tuple[int, str]] = set()
    for clip in truth.clips:
        scene, scores = scenes[clip.scene], scores_of(truth, clip)
        name = f"{clip.clip_id}.json"
        merged = merged_record(truth, clip, scene, scores)
        files.members["merged_anno"].append((name, _json(merged)))
        files.members["anno"].append((name, _json(_caption(truth, clip, scores))))
        files.members["l_score"].append((name, _json(_blur(clip, scene, scores))))
        files.clips.append(clip.clip_id)
        if scores.is_sft:
            files.sft.append(clip.clip_id)
        # The official recogniser skips scene 000.
        if clip.role == "speaking" and clip.scene > 0 and (clip.scene, clip.person) not in spoken:
            spoken.add((clip.scene, clip.person))
            audio_name = f"{ClipKey.parse(clip.clip_id).audio_name}.json"
            files.members["asr"].append((audio_name, _json(_words(truth, clip, scene, scores))))
    video = f"{truth.video_name}.json"
    files.members["scene_json"].append((video, _json(_scene_json(truth))))
    files.members["speaker_json"].append((video, _json(_speaker_json(truth))))
    return files


def write_dump(
    shows: Iterable[ShowFiles],
    folder: Path,
    *,
    test_pairs: Sequence[tuple[str, str]] = (),
    num_archives: int = 2,
) -> None:
    """Writes shows as a dump; the same shows give the same bytes.

    Args:
        shows: distributed over the archives of every folder in turn.
        folder: the dump's folder.
        test_pairs: clip ids of initiators and responders of the benchmark.
        num_archives: archives in every folder.
    """
    listed: dict[str, list[str]] = {}
    sft: list[str] = []
    with ExitStack() as stack:
        archives = {
            kind: [
                stack.enter_context(Archive(folder / where / f"tar_batch_{number}.tar.gz"))
                for number in range(num_archives)
            ]
            for kind, where in _WHERE.items()
        }
        for number, show in enumerate(shows):
            for kind, files_of_folder in show.members.items():
                for name, content in files_of_folder:
                    archives[kind][number % num_archives].add(name, content)
            batch = listed.setdefault(f"batch_{number % num_archives}", [])
            batch += [f"{name}.json" for name in show.clips]
            sft += show.sft
    _write_json(folder / "all_data_list.json", listed)
    _write_json(folder / "SFT_set.json", sft)
    pairs = [
        {"initiator": f"{initiator}.mp4", "responder": f"{responder}.mp4"}
        for initiator, responder in test_pairs
    ]
    _write_json(folder / "testset.json", pairs)


class Archive:
    """A tar.gz whose bytes depend on its members alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._zip = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._file, mtime=0)
        self._tar = tarfile.TarFile(fileobj=self._zip, mode="w", format=tarfile.GNU_FORMAT)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._tar, self._zip, self._file):
            file.close()

    def add(self, name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> None:
        """Adds a member under any name, and of any kind."""
        member = tarfile.TarInfo(name)
        member.size, member.type = len(content), kind
        self._tar.addfile(member, io.BytesIO(content))
        # tarfile keeps all members in memory, which is too much for a large dump.
        vars(self._tar)["members"].clear()


def merged_record(truth: ShowTruth, clip: TrueClip, scene: Scene, scores: Scores) -> dict[str, Any]:
    """The clip's own record, with the keys of the released files."""
    rng = random.Random(f"merged {clip.clip_id}")
    length = scene.stop_seconds - scene.start_seconds
    intervals = list(_voices(truth, scene.interval, 0.5))
    boxes = [other for other in truth.clips if other.scene == clip.scene]
    sync = {
        str(ClipKey.parse(box.clip_id).box_index): [
            _sync(rng, box.person == voice, truth.av_offset_frames) for _, _, voice in intervals
        ]
        for box in boxes
    }
    own = [entry[0] for entry in sync[str(ClipKey.parse(clip.clip_id).box_index)]]
    x1, y1, x2, y2 = clip.bbox
    return {
        "num_frames": round(length * FPS),
        "is_talking": 1,
        "clip_speaker_num": sum(other.voice is not None for other in boxes),
        "clear": 2221.8,
        "video_name": truth.video_name,
        "video_total_duration": length,
        "start": scene.start_seconds + 0.2,
        "duration": length - 0.4,
        "start_seconds": scene.start_seconds,
        "end_seconds": scene.stop_seconds,
        "bbox": list(clip.bbox),
        "conf": max(own, default=0) if clip.role == "speaking" else 0,
        "sync": sync,
        "speaker": [voice for _, _, voice in intervals],
        "raw_video_height": truth.height,
        "raw_video_width": truth.width,
        "clip_video_height": -(-round((y2 - y1) * truth.height) // 32) * 32,
        "clip_video_width": -(-round((x2 - x1) * truth.width) // 32) * 32,
        "dover": scores.dover,
    }


def _sync(rng: random.Random, speaks: bool, offset: int) -> list[float]:
    if speaks:
        return [round(rng.uniform(4.0, 8.0), 4), round(rng.uniform(6.0, 8.0), 4), float(offset)]
    return [round(rng.uniform(0.3, 1.9), 4), round(rng.uniform(9.0, 12.0), 4), -3.0]


def _voices(
    truth: ShowTruth, within: Interval, at_least: float
) -> Iterator[tuple[float, float, str]]:
    for turn in truth.turns:
        part = turn.interval & within
        if part is not None and part.duration_seconds >= at_least:
            yield part.start_seconds, part.stop_seconds, turn.voice


def _words(truth: ShowTruth, clip: TrueClip, scene: Scene, scores: Scores) -> dict[str, Any]:
    segments: list[dict[str, Any]] = []
    for turn in truth.turns:
        part = turn.interval & scene.interval
        if turn.voice == clip.person and part is not None:
            segments.append(
                {
                    "id": len(segments),
                    "start": round(part.start_seconds - scene.start_seconds, 2),
                    "end": round(part.stop_seconds - scene.start_seconds, 2),
                    "text": f" {turn.text}",
                    "temperature": 0.0,
                    "avg_logprob": scores.asr_avg_logprob,
                    "compression_ratio": 1.3,
                    "no_speech_prob": 0.02,
                }
            )
    text = "".join(segment["text"] for segment in segments)
    return {"text": text, "segments": segments, "language": "en"}


def _caption(truth: ShowTruth, clip: TrueClip, scores: Scores) -> dict[str, Any]:
    doing = {"speaking": "talks and nods", "listening": "listens and smiles"}.get(
        clip.role, "waits"
    )
    who = truth.people["AB".index(clip.person)].capitalize()
    shot = truth.shots[next(scene.shot for scene in truth.scenes if scene.index == clip.scene)].kind
    return {
        "Motion Cap": f"{who} sits at a desk, {doing}, and moves the head a little.",
        "Expression Cap": f"{who} looks friendly and attentive.",
        "Camera Movement": "static",
        "Entities List": [who, "desk"],
        "Human Body": "portrait" if shot == "wide" else "head",
        "Facing": "front",
        "Motion Degree": scores.motion_degree,
        "Topic": "Entertainment",
    }


def _blur(clip: TrueClip, scene: Scene, scores: Scores) -> dict[str, Any]:
    rng = random.Random(f"blur {clip.clip_id}")
    count = round((scene.stop_seconds - scene.start_seconds) * FPS)

    def around(mean: float) -> list[float]:
        half = [round(rng.uniform(-0.05, 0.05), 4) for _ in range(count // 2)]
        # Mirrored, so that the mean over the frames is the score.
        return [
            round(mean + difference, 6)
            for difference in (*half, *(-difference for difference in half))
        ] + [mean] * (count % 2)

    return {
        "face_blur": around(scores.face_blur),
        "left_hand_blur": around(scores.hand_blur),
        "right_hand_blur": around(scores.hand_blur),
    }


def _scene_json(truth: ShowTruth) -> dict[str, Any]:
    listed = [
        f"{_clock(scene.start_seconds)} {_clock(scene.stop_seconds)}" for scene in truth.scenes
    ]
    return {"org_scene_list": listed, "scene_list": listed} | {
        f"scene_{scene.index:03d}": {
            "start": _clock(scene.start_seconds),
            "end": _clock(scene.stop_seconds),
            "start_seconds": scene.start_seconds,
            "end_seconds": scene.stop_seconds,
        }
        for scene in truth.scenes
    }


def _speaker_json(truth: ShowTruth) -> dict[str, Any]:
    everything = Interval(0, truth.duration_seconds)
    intervals = list(_voices(truth, everything, 0.0))
    letters = sorted({voice for _, _, voice in intervals})
    return {
        "spaeker": letters[:2],
        **{
            letter: [[start, stop] for start, stop, voice in intervals if voice == letter]
            for letter in letters
        },
        "speaker_json": {
            f"{start:.3f}_{stop:.3f}_{number}": {"start": start, "stop": stop, "speaker": voice}
            for number, (start, stop, voice) in enumerate(intervals)
        },
        "org_out": [[start, stop, "AB".find(voice)] for start, stop, voice in intervals],
    }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{rest:06.3f}"


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values).encode()


def _write_json(path: Path, values: object) -> None:
    path.write_text(json.dumps(values))
