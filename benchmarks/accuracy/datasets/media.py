"""Which media belong to which annotation, by name."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from speakervid5m.processing import VIDEO_SUFFIXES

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Files of sound alone that are read."""
Named = TypeVar("Named")


def media_files(root: Path, suffixes: Iterable[str] = VIDEO_SUFFIXES) -> list[Path]:
    """All media under a folder, by path."""
    wanted = tuple(suffixes)
    return sorted(
        path for path in root.rglob("*") if path.is_file() and path.suffix.lower() in wanted
    )


def paired(
    annotations: Mapping[str, Named], media: Mapping[str, Path], root: Path
) -> tuple[list[tuple[str, Named, Path]], list[str]]:
    """Annotations with their media, and the names of those that have none.

    Raises:
        FileNotFoundError: there are no annotations, or none with media.
    """
    if not annotations:
        raise FileNotFoundError(f"no annotation under {str(root)!r}; docs/accuracy.md says which")
    found = [(name, annotations[name], media[name]) for name in annotations if name in media]
    if not found:
        some = ", ".join(list(annotations)[:3])
        raise FileNotFoundError(f"no media under {str(root)!r} for {some}")
    return found, [name for name in annotations if name not in media]
