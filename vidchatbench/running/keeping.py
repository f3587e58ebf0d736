"""A reply's files: each whole or not at all, and the one that says it is complete comes last.

Reply, or media that a model wrote --> mp4, FLAC --> .json with their digest
"""

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ...media import (
    ClipEncoder,
    EncodeSettings,
    aac_sample_rate,
    resample,
    rgb_frame,
    write_flac,
)
from ...records import atomic_file
from ..errors import ReplyError
from ..submission.layout import Declared, Failure, ReplyFiles, read_json, write_json
from .reply import Reply

CRF = 12
"""Of x264 for frames that come as arrays (ours: PSNR of 45 dB or more; a release has 20)."""


def keep_reply(files: ReplyFiles, reply: Reply, declared: Declared) -> None:
    """Writes a reply that came as arrays."""
    encoder: ClipEncoder | None = None
    settings = EncodeSettings(crf=CRF)
    has_audio = reply.audio is not None and len(reply.audio) > 0
    rate = aac_sample_rate(reply.sample_rate) if has_audio else None
    try:
        for rgb in reply.frames:
            frame = rgb_frame(rgb)
            if encoder is None:
                encoder = ClipEncoder(frame, fps=reply.fps, sample_rate=rate, settings=settings)
            encoder.add(frame)
        assert encoder is not None, "a checked reply has frames"
        samples = None
        if has_audio and reply.audio is not None and rate is not None:
            samples = reply.audio
            if rate != reply.sample_rate:
                samples = resample(samples, reply.sample_rate, rate)
        video = encoder.finish(samples)
    finally:
        if encoder is not None:
            encoder.close()
    flac = None
    if has_audio and reply.audio is not None:
        flac = write_flac(np.asarray(reply.audio, np.float32), reply.sample_rate)
    keep_bytes(files, video, flac, declared)


def keep_bytes(files: ReplyFiles, video: bytes, flac: bytes | None, declared: Declared) -> None:
    """Writes a reply that came as files."""
    for path, content in ((files.video, video), (files.flac, flac)):
        if content is None:
            path.unlink(missing_ok=True)
            continue
        with atomic_file(path) as draft:
            draft.write_bytes(content)
    files.failed.unlink(missing_ok=True)
    write_json(files.declared, asdict(declared) | {"digest": files.digest()})


def keep_failure(files: ReplyFiles, error: ReplyError) -> None:
    """Says why there is no reply; what there was of one is removed."""
    for path in (files.video, files.flac, files.declared):
        path.unlink(missing_ok=True)
    write_json(files.failed, asdict(Failure(reason=error.reason, detail=error.detail[:2000])))


def is_kept(files: ReplyFiles) -> bool:
    """Whether a reply is there as it was written, and complete."""
    if not files.declared.exists() or not files.video.exists():
        return False
    return read_json(files.declared, Declared).digest == files.digest()


def read_made(folder: Path, most_bytes: int) -> tuple[bytes, bytes | None]:
    """The `reply.mp4` and `reply.flac` that a worker wrote into a folder of its own.

    Raises:
        ReplyError: there is none, it is a link, or it is too large.
    """
    contents: list[bytes | None] = []
    for name in ("reply.mp4", "reply.flac"):
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise ReplyError("no_file", f"{name} is no plain file")
        if path.exists() and path.stat().st_size > most_bytes:
            raise ReplyError("too_large", f"{name} has {path.stat().st_size} bytes")
        contents.append(path.read_bytes() if path.exists() else None)
    video, flac = contents
    if not video:
        raise ReplyError("no_file", "the model says that it is done, and wrote no reply.mp4")
    return video, flac


def clear(folder: Path) -> Path:
    """An empty folder in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
