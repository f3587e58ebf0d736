"""Templates and card content in, the Markdown files of a release out."""

import functools
from collections.abc import Sequence
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from ...records import CONFIGS
from ...release import Publication, Release, front_matter, people_of
from ...release.takedown import Takedown
from ..content.card_content import FILTERS, Figure, card_content, spread
from ..content.escaping import text
from ..statistics.measures import MEASURES, UNKNOWN
from ..statistics.release_statistics import Statistics
from .templates.branch import ABOUT, BRANCH, CLIPS, NOTES
from .templates.dataset import DATASET
from .templates.datasheet import DATASHEET
from .validating import LANGUAGE

GATED_PROMPT = (
    "These are the faces, voices and words of identifiable people who did not consent to being in "
    "a dataset. Access is for non-commercial research by named persons."
)
"""For a release whose maker says nothing of consent."""


@functools.cache
def environment() -> jinja2.Environment:
    """A Jinja environment that escapes every value not marked as safe."""
    template_environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        finalize=text,
        keep_trailing_newline=True,
        trim_blocks=False,
        autoescape=False,
    )
    template_environment.filters |= FILTERS
    template_environment.globals |= {"spread": spread, "embed": embed}
    return template_environment


def embed(figure: Figure) -> Markup:
    """A figure as a Markdown image with alternative text."""
    return Markup(f"![{text(figure.alt)}]({figure.path})")


def render_texts(
    release: Release, statistics: Statistics, figures: Sequence[Figure], takedown: Takedown
) -> dict[str, str]:
    """The Markdown files of a release by name: card, datasheet, one card for each branch."""
    content = card_content(release, statistics, figures, takedown)
    default = CONFIGS[content["default"]]
    content |= {"split": default.split, "folder": default.folder}
    texts = {
        "README.md": f"---\n{card_yaml(release, statistics)}---\n\n{render(DATASET, content)}",
        "DATASHEET.md": render(DATASHEET, content),
    }
    names = [*content["branches"], *(["vidchatbench"] if "vidchatbench" in release.configs else [])]
    for name in names:
        branch = "dialogue" if name == "vidchatbench" else name
        chosen = [
            config
            for config in content["configs"]
            if config.name == name or (config.branch == name and config.tier)
        ]
        extra = {
            "name": name,
            "branch": branch if name != "vidchatbench" else "vidchatbench",
            "about": ABOUT[name],
            "clips": CLIPS[branch],
            "notes": NOTES[name],
            "chosen": chosen,
            "all_measures": MEASURES,
            "sample_fields": lambda _, branch=branch: content["sample_fields"](branch),
        }
        texts[f"cards/{name}.md"] = render(BRANCH, content | extra)
    return texts


def card_yaml(release: Release, statistics: Statistics) -> str:
    """The card's YAML: configs and files as `release/` writes them, and the Hub's fields."""
    facts = release.manifest.facts
    head: dict[str, Any] = front_matter(release.manifest.configs, facts)
    codes = {language.lower() for language in statistics.clips.categories.get("language", {})} - {
        UNKNOWN
    }
    # A dump may hold names, such as `English`: the Hub accepts only codes.
    measured = sorted(code for code in codes if LANGUAGE.fullmatch(code))
    languages = list(facts.publication.languages) or measured
    head |= {
        **({"language": languages} if languages else {}),
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "task_categories": ["image-to-video", "text-to-video", "audio-to-audio"],
        "extra_gated_heading": "Request access",
        "extra_gated_prompt": gated_prompt(facts.publication),
        "extra_gated_fields": {
            "Name": "text",
            "Institution": "text",
            "Country": "country",
            "Intended use": "text",
            "I will use it only for non-commercial research": "checkbox",
            "I will not impersonate, identify or track anybody": "checkbox",
            "I will delete retracted data, and keep no copy": "checkbox",
        },
    }
    # The configs last: they are long. Their order is that of `release/`.
    head["configs"] = head.pop("configs")
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=False, width=100)


def gated_prompt(publication: Publication) -> str:
    """What people read before they request access on a Hub."""
    if publication.consent == "unknown":
        return GATED_PROMPT
    return f"{people_of(publication)}. Access is by the terms in LICENSE.md."


def render(template: str, content: dict[str, Any]) -> str:
    """A template filled in, without trailing or doubled blank lines."""
    rendered = environment().from_string(template).render(content)
    lines = [line.rstrip() for line in rendered.splitlines()]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip() + "\n"
