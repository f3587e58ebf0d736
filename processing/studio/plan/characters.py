"""A character's name in, what the character looks like out; and who is in which cast.

The measures of curation were tuned on the cast `hosts`; `guests` appear only in the benchmark.
"""

from dataclasses import dataclass
from typing import Literal

Color = tuple[int, int, int]
Hair = Literal["long", "short", "bob", "bald", "knot"]
Cast = Literal["hosts", "guests"]

CASTS: dict[Cast, tuple[str, ...]] = {
    "hosts": ("anna", "boris", "clara", "dev"),
    "guests": ("emil", "farah", "goro", "hana", "ivo", "june"),
}
"""Characters with a face and a voice. No threshold of curation was tuned on a guest."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a character looks like; colours are RGB."""

    skin: Color
    hair: Color
    style: Hair
    lip: Color
    iris: Color
    shirt: Color
    brow: float
    jaw: float
    width: float
    beard: float = 0.0
    glasses: bool = False


APPEARANCES: dict[str, Appearance] = {
    "anna": Appearance(
        (232, 190, 165), (70, 42, 24), "long", (176, 70, 74), (70, 110, 60), (150, 40, 60),
        0.8, 0.30, 0.95,
    ),
    "boris": Appearance(
        (205, 155, 120), (30, 26, 24), "short", (150, 84, 72), (60, 40, 25), (38, 60, 110),
        1.3, 0.10, 1.04, beard=0.55,
    ),
    "clara": Appearance(
        (245, 210, 190), (205, 165, 90), "bob", (196, 84, 92), (70, 120, 170), (40, 110, 90),
        0.7, 0.22, 1.0,
    ),
    "dev": Appearance(
        (150, 104, 76), (22, 18, 18), "bald", (112, 62, 56), (40, 26, 18), (190, 170, 60),
        1.2, 0.14, 1.0, glasses=True,
    ),
    "emil": Appearance(
        (236, 186, 160), (156, 78, 36), "short", (172, 92, 84), (86, 128, 92), (66, 116, 62),
        1.0, 0.20, 0.97, beard=0.35,
    ),
    "farah": Appearance(
        (198, 146, 108), (26, 20, 20), "long", (158, 66, 74), (52, 34, 22), (44, 128, 140),
        1.0, 0.26, 0.98, glasses=True,
    ),
    "goro": Appearance(
        (218, 174, 132), (24, 22, 24), "bob", (158, 96, 84), (34, 24, 18), (178, 180, 186),
        1.1, 0.06, 1.07,
    ),
    "hana": Appearance(
        (242, 206, 176), (58, 34, 30), "knot", (204, 92, 100), (48, 32, 22), (206, 116, 44),
        0.7, 0.28, 0.96,
    ),
    "ivo": Appearance(
        (230, 184, 166), (168, 168, 172), "short", (164, 98, 92), (96, 128, 160), (92, 34, 40),
        1.2, 0.12, 1.02, beard=0.25, glasses=True,
    ),
    "june": Appearance(
        (122, 82, 60), (18, 14, 14), "knot", (122, 52, 60), (34, 22, 16), (112, 62, 140),
        0.9, 0.18, 1.0,
    ),
}  # fmt: skip
