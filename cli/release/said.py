"""What the maker says of a release: options in, `Publication` out."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from speakervid5m.release import Consent, Publication, ReleaseError, open_release

from ..terminal.arguments import option


def published(root: Path) -> Publication:
    """What a release says of itself so far; nothing if there is none."""
    try:
        return open_release(str(root)).manifest.facts.publication
    except ReleaseError:
        return Publication()


@dataclass(frozen=True, kw_only=True)
class Said:
    """What cards and terms say; what is left out stays as it is."""

    name: Annotated[str | None, option("TITLE", "title of the release")] = None
    license: Annotated[
        str | None, option("ID", "licence as the Hub lists them, such as cc-by-4.0")
    ] = None
    contact: Annotated[str | None, option("TEXT", "where requests for removal go")] = None
    language: Annotated[
        list[str], option("CODE", "language of the talk, such as en; may be repeated")
    ] = field(default_factory=list)
    consent: Annotated[
        Consent | None,
        option("", "whether the people agreed to be in it: unknown keeps the strictest words"),
    ] = None
    consent_note: Annotated[str | None, option("TEXT", "how they were asked")] = None

    def onto(self, publication: Publication) -> Publication:
        """The publication, with what was typed.

        Raises:
            ValueError: a text of more than one line, no licence or language of that form.
        """
        typed: dict[str, Any] = {
            "name": self.name,
            "license": self.license,
            "contact": self.contact,
            "languages": tuple(self.language) or None,
            "consent": self.consent,
            "consent_note": self.consent_note,
        }
        return replace(
            publication, **{name: value for name, value in typed.items() if value is not None}
        )
