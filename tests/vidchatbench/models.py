"""Models that answer, well or badly; also as a worker: `python -m ... HOW MP4`."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speakervid5m.vidchatbench import BenchItem


def shaking(item: BenchItem, seed: int) -> dict[str, Any]:
    """The reference frame, shaken by the seed, and a chirp: no pair's truth."""
    draw = np.random.default_rng([seed, int(item.sample_id[:8], 16)])
    shifts = draw.integers(-6, 7, (30, 2))
    frames = np.stack([np.roll(item.reference_frame, tuple(shift), (0, 1)) for shift in shifts])
    time = np.arange(30 * 640) / 16_000
    audio = (0.2 * np.sin(2 * np.pi * (300 + 200 * time) * time)).astype(np.float32)
    return {
        "frames": frames,
        "fps": 25,
        "audio": audio,
        "sample_rate": 16_000,
        "text": "hello there",
    }


def in_parts(item: BenchItem, seed: int) -> Iterator[dict[str, Any]]:
    """The same, in three parts."""
    whole = shaking(item, seed)
    for number in range(3):
        yield {
            "frames": whole["frames"][number * 10 : number * 10 + 10],
            "fps": 25,
            "audio": whole["audio"][number * 6400 : number * 6400 + 6400],
            "sample_rate": 16_000,
            "text": "hi " if number else None,
        }


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def work(how: str, video: bytes) -> None:
    """A worker that behaves in some way."""
    for line in sys.stdin:
        question = json.loads(line)
        number, output = question["id"], Path(question["output"])
        inputs = {path.name for path in Path(question["inputs"]).iterdir()}
        assert {"initiator.mp4", "initiator.flac", "reference.png", "item.json"} <= inputs
        first_of_all = number == 1
        if how == "hangs" and first_of_all:
            time.sleep(600)
        if how == "dies" and first_of_all:
            os._exit(7)
        if how == "lies" and first_of_all:
            say("not { json")
        if how == "refuses" and first_of_all:
            say(json.dumps({"id": number, "error": "no\nfaces"}))
            continue
        if how == "links" and first_of_all:
            (output / "reply.mp4").symlink_to(__file__)
        elif not (how == "forgets" and first_of_all):
            (output / "reply.mp4").write_bytes(video)
        say(json.dumps({"id": number, "event": "first_output"}))
        say(json.dumps({"id": number, "ok": True, "text": "yes"}))
        if how == "twice":
            say(json.dumps({"id": number, "ok": True, "text": "again"}))


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]).read_bytes())
