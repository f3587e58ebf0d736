"""The dataset card of a release: YAML that `datasets` and the Hub read, and a plain body.

    configs with rows, facts of the manifest --card_text--> README.md

Each config's description names the digest of its files: `datasets` keys its cache by the card,
and would otherwise return cached rows of another release of that name.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import yaml

from ..records import CONFIGS
from .manifest import ConfigEntry, ReleaseFacts
from .publication import Publication, people_of, terms_of, title_of

DEFAULT_CONFIG = "dialogue_sft"

_LICENSE_TEXT = """\
# Terms

The annotations were published by the authors of SpeakerVid-5M for non-commercial research and
education. Pictures and voices belong to those who made the videos and to the people in them, who
are identifiable: nobody here can license them to you. Where this release holds media, keep it to
yourself unless you hold the rights. Whoever is shown may ask to be taken out; honour it.
"""


def license_text(facts: ReleaseFacts) -> str:
    """The content of LICENSE.md."""
    publication = facts.publication
    if facts.origin == "official" and publication == Publication():
        return _LICENSE_TEXT
    lines = [
        "# Terms",
        "",
        terms_of(facts.origin, publication),
        f"{_escaped(people_of(publication))}.",
        "Who is shown or heard may ask to be removed"
        + (f": {_escaped(publication.contact)}." if publication.contact else "."),
        "",
    ]
    return "\n".join(lines)


def front_matter(configs: Mapping[str, ConfigEntry], facts: ReleaseFacts) -> dict[str, Any]:
    """The card's YAML as a mapping: configs with rows, in the order of the vocabulary."""
    listed = [name for name in CONFIGS if name in configs]
    default = DEFAULT_CONFIG if DEFAULT_CONFIG in configs else next(iter(listed), None)
    entries = []
    for name in listed:
        config = CONFIGS[name]
        entry: dict[str, Any] = {
            "config_name": name,
            "description": f"release sha256:{configs[name].config_digest}",
            "data_files": [
                {"split": config.split, "path": f"{config.folder}/{config.split}-*.parquet"}
            ],
        }
        if name == default:
            entry["default"] = True
        entries.append(entry)
    return {
        "pretty_name": title_of(facts.origin, facts.publication),
        **_license_fields(facts),
        "tags": ["video", "audio", "dialogue", "talking-head", "speakervid5m"],
        "size_categories": [_size_category(sum(entry.num_rows for entry in configs.values()))],
        "configs": entries,
    }


def card_text(configs: Mapping[str, ConfigEntry], facts: ReleaseFacts, body: str = "") -> str:
    """The whole README of a release.

    Args:
        configs: those that have rows.
        facts: says what is empty, and why.
        body: Markdown under the YAML; a plain one if empty.
    """
    head = yaml.safe_dump(front_matter(configs, facts), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n{body or _plain_body(configs, facts)}"


def _plain_body(configs: Mapping[str, ConfigEntry], facts: ReleaseFacts) -> str:
    lines = [
        f"# {_escaped(title_of(facts.origin, facts.publication))}",
        "",
        f"A release of {facts.origin} origin, "
        f"{'with' if facts.with_media else 'without'} media, in the format of the software "
        "`speakervid5m`.",
        "",
        "| config | samples | conversations | hours of clips | media bytes |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {config.num_rows} | {config.num_sources} | {config.clip_seconds / 3600:.3f} "
        f"| {config.num_media_bytes} |"
        for name in CONFIGS
        if (config := configs.get(name))
    ]
    lines += [""]
    lines += [f"- `{name}` is empty: {why}" for name, why in sorted(facts.empty_configs.items())]
    lines += [f"- {note}" for note in list_notes(facts)]
    lines += [
        "",
        "Load a config from the folder that holds this one:",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        f'load_dataset("speakervid5m", "{next(iter(configs), DEFAULT_CONFIG)}", streaming=True)',
        "```",
        "",
        f"{_escaped(people_of(facts.publication))}: see LICENSE.md.",
        "",
    ]
    return "\n".join(lines)


def list_notes(facts: ReleaseFacts) -> list[str]:
    """Sentences on the lists that decide what is in training and in which tier.

    Only a release of official origin has them. A list that was not applied is never reported as
    applied.
    """
    if facts.origin != "official":
        return []
    return [_benchmark_note(facts), *_sft_notes(facts)]


def _benchmark_note(facts: ReleaseFacts) -> str:
    state, count = _state_and_counts(facts, "testset.json")
    state_text = {
        "empty": "was empty",
        "missing": "was not there",
        "left_out": "was left out on purpose (`--without-testset`)",
    }.get(state, "is not spoken of in the manifest")
    if state != "applied":
        return (
            f"The benchmark's list, `testset.json`, {state_text}: its videos may stand in the "
            "training configs."
        )
    return (
        f"The benchmark's list, `testset.json`, names {count['num_sources']} videos. Those that "
        f"the annotations have, {count['num_sources_here']}, are in no training config; "
        f"{count['num_pairs_here']} of its {count['num_pairs']} pairs are of clips that the "
        "annotations have."
    )


def _sft_notes(facts: ReleaseFacts) -> list[str]:
    state, count = _state_and_counts(facts, "SFT_set.json")
    if not state:
        return []
    if here := count["num_clips_here"]:
        return [
            f"`SFT_set.json` has {count['num_names']} names; {here} are clips of the annotations."
        ]
    why = {
        "missing": "`SFT_set.json` was not there",
        "empty": "`SFT_set.json` was empty",
    }.get(state, f"None of the {count['num_names']} names of `SFT_set.json` is a clip here")
    return [f"{why}: every clip is `pretrain`."]


def _state_and_counts(facts: ReleaseFacts, name: str) -> tuple[str, Counter[str]]:
    """State and whole numbers of a list; a manifest is untrusted, so other types are ignored."""
    applied = facts.lists.get(name) if isinstance(facts.lists, Mapping) else None
    values = applied if isinstance(applied, Mapping) else {}
    numbers = {key: value for key, value in values.items() if type(value) is int}
    return str(values.get("state", "")), Counter(numbers)


def _escaped(text: str) -> str:
    """A maker's words as plain text in Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>()#|!])", r"\\\1", text)


def _license_fields(facts: ReleaseFacts) -> dict[str, str]:
    if (license_ := facts.publication.license) not in (None, "other"):
        return {"license": str(license_)}
    name = "speakervid-5m-research-only" if facts.origin == "official" else "see-license-file"
    return {"license": "other", "license_name": name, "license_link": "LICENSE.md"}


def _size_category(num_rows: int) -> str:
    steps = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")]
    steps += [(1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M")]
    return next((name for limit, name in steps if num_rows < limit), "10M<n<100M")
