"""How a release is presented: its name, its terms, and whether its people consented.

what the maker of a release says --Publication, in the manifest--> cards, LICENSE.md, the Hub's gate
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ..records import Origin

Consent = Literal["obtained", "public-figures", "synthetic", "unknown"]
"""Whether the people of a release agreed to be in it."""

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MAX_CHARACTERS = 200
"""Of each text (ours: a line of a card)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """What the maker of a release says of it."""

    name: str | None = None
    """Its title."""
    license: str | None = None
    """Identifier of a licence as the Hub lists them, such as `cc-by-4.0`."""
    contact: str | None = None
    """Where requests for removal go."""
    languages: tuple[str, ...] = ()
    """Codes of ISO 639; if left out, the measured ones."""
    consent: Consent = "unknown"
    """Whether the people agreed to be in it."""
    consent_note: str | None = None
    """How they were asked, in words."""

    def __post_init__(self) -> None:
        for field in ("name", "contact", "consent_note"):
            text = getattr(self, field)
            if text is not None and not (text.isprintable() and 0 < len(text) <= _MAX_CHARACTERS):
                raise ValueError(
                    f"{field} must be one line of 1 to {_MAX_CHARACTERS} characters, got "
                    f"{text!r:.80}"
                )
        if self.license is not None and not _LICENSE.fullmatch(self.license):
            raise ValueError(
                f"license must be an identifier of the Hub, such as cc-by-4.0 or other; got "
                f"{self.license!r:.80}"
            )
        for code in self.languages:
            if not _LANGUAGE.fullmatch(code):
                raise ValueError(f"language must be a code such as en or zh, got {code!r:.80}")
        if self.consent not in get_args(Consent):
            raise ValueError(
                f"consent must be one of {', '.join(get_args(Consent))}, got {self.consent!r:.80}"
            )


_TITLES: Mapping[Origin, str] = {
    "official": "SpeakerVid-5M",
    "curated": "Conversations of two people",
}
_PEOPLE: Mapping[Consent, str] = {
    "obtained": "The people are identifiable and agreed to be in this dataset",
    "public-figures": "The people are identifiable public figures; they were not asked",
    "synthetic": "The people are rendered and the voices synthetic: nobody real is shown or heard",
    "unknown": "The people are identifiable and did not consent to being in a dataset",
}


def title_of(origin: Origin, publication: Publication) -> str:
    """The title of a release; only one of the paper's annotations has the paper's name."""
    return publication.name or _TITLES[origin]


def people_of(publication: Publication) -> str:
    """Who is shown, and whether they agreed: a sentence without its full stop."""
    note = f" ({publication.consent_note})" if publication.consent_note else ""
    return _PEOPLE[publication.consent] + note


def terms_of(origin: Origin, publication: Publication) -> str:
    """The terms in sentences: whose annotations, video and voices are, and under which licence."""
    if publication.license is not None:
        owner = f"The maker of this release publishes it under `{publication.license}`."
    elif origin == "official":
        owner = (
            "The annotations were published for non-commercial research and education. Video and "
            "voices belong to the makers of the videos and to the people in them; nobody here can "
            "license them to you."
        )
    else:
        owner = "The maker of this release has stated no licence: ask before you use it."
    return owner
