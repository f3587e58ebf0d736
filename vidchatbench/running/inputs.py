"""What another process is given: a folder with copies of an item, and nothing of the answer.

BenchItem --> initiator.mp4, initiator.flac, reference.png, voice.flac, item.json
"""

import json
from pathlib import Path

from ..pairs.item import BenchItem


def write_inputs(item: BenchItem, folder: Path) -> None:
    """Fills an empty folder."""
    import cv2

    files = {
        "initiator.mp4": item.initiator_video,
        "initiator.flac": item.initiator_flac,
        "voice.flac": item.voice_flac,
    }
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content)
    is_written, png = cv2.imencode(".png", item.reference_frame[..., ::-1])
    assert is_written, "a frame of a clip is a picture"
    (folder / "reference.png").write_bytes(png.tobytes())
    (folder / "item.json").write_text(json.dumps(facts_of(item), indent=1) + "\n", "utf-8")


def facts_of(item: BenchItem) -> dict[str, object]:
    """What is known of an item besides its media."""
    return {
        "sample_id": item.sample_id,
        "protocol": item.protocol,
        "reference_origin": item.reference_origin,
        "voice_origin": item.voice_origin,
        "transcript": item.transcript,
        "description": item.description,
        "max_seconds": item.max_seconds,
    }
