"""Shot boundaries of BBC Planet Earth, as PySceneDetect's benchmark reads them.

    fixed/01-scenes.txt    a shot a line: first and last frame, from 0, with a tab between
    videos/bbc_01.mp4

Any other folders will do: a text file and a video belong together by the first number in their
names. The end of the last shot is the end of the video and no boundary.
"""

import re
import time
from pathlib import Path
from typing import Any

from speakervid5m.media import probe
from speakervid5m.processing.curation import (
    Cells,
    CutScores,
    find_margins,
    find_shots,
    run_frame_pass,
)
from speakervid5m.processing.models import FPS

from ..scores import NOTHING, score_cuts
from .media import media_files, paired


def read_shots(path: Path) -> list[tuple[int, int]]:
    """First and last frame of every shot.

    Raises:
        ValueError: a line is something else, or shots are not in order.
    """
    shots: list[tuple[int, int]] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip():
            continue
        words = line.split()
        if len(words) < 2 or not (words[0].isdigit() and words[1].isdigit()):
            raise ValueError(f"{path.name}, line {number}: two frame numbers, got {line!r}")
        shot = (int(words[0]), int(words[1]))
        if shot[1] < shot[0] or (shots and shot[0] <= shots[-1][1]):
            raise ValueError(f"{path.name}, line {number}: {line!r} is not after the shot before")
        shots.append(shot)
    return shots


def score(root: Path) -> dict[str, Any]:
    """Cut F1 of the stage `scenes`, at no frame and at one.

    Frames are the video's own in the annotation and 1/25 s in the stage, so those of a video at
    another rate are put where they are shown.
    """
    texts = {number: path for path in sorted(root.rglob("*.txt")) if (number := _number(path))}
    videos = {number: path for path in media_files(root) if (number := _number(path))}
    pairs, missing = paired(texts, videos, root)
    counts = {0: NOTHING, 1: NOTHING}
    seconds, began = 0.0, time.process_time()
    for _, text, video in pairs:
        rate = probe(video).fps or FPS
        true = [round(first / rate * FPS) for first, _ in read_shots(text)[1:]]
        scores, cells = CutScores(), Cells()
        looked = run_frame_pass(video, [scores, cells])
        seconds += looked.num_frames / FPS
        shots = find_shots(scores.finish(), margins=find_margins(cells.finish()))
        found = [shot.first for shot in shots[1:]]
        for tolerance in counts:
            counts[tolerance] += score_cuts(found, true, tolerance=tolerance)
    return {
        "num_videos": len(pairs),
        "missing": missing,
        "cut_f1": counts[1].f1,
        "cut_f1_exact": counts[0].f1,
        "cut_precision": counts[1].precision,
        "cut_recall": counts[1].recall,
        "real_time_factor": (time.process_time() - began) / seconds if seconds else None,
    }


def _number(path: Path) -> str | None:
    found = re.search(r"\d+", path.stem)
    return str(int(found.group())) if found else None
