"""The code speaks the words of the field: those of a private language do not come back."""

import tokenize
from collections import Counter
from pathlib import Path

from tests.import_graph import ROOT, modules

PRIVATE = frozenset(
    [
        "whoever",
        "glance",
        "looking",
        "seen",
        "given",
        "beside",
        "ring",
        "room",
        "rooms",
        "making",
        "stretch",
        "honour",
        "withheld",
        "take_back",
        "hearing",
        "older",
        "joined",
        "purge",
        "sound",
        "picture",
    ]
)
"""Words that say nothing to a reader who knows the field."""
FILLERS = ("one", "found", "look")
MOST_FILLERS = 100


def words() -> Counter[str]:
    """How often each identifier and each name of a file or folder is used."""
    counts: Counter[str] = Counter()
    for path in [Path("speakervid5m.py"), *modules().values()]:
        counts[path.stem] += 1
        with (ROOT / path).open("rb") as file:
            tokens = tokenize.tokenize(file.readline)
            counts.update(token.string for token in tokens if token.type == tokenize.NAME)
    counts.update(folder.name for folder in {path.parent for path in modules().values()})
    return counts


def test_no_private_words() -> None:
    counts = words()
    assert counts["Clip"] > 100
    assert not {word: counts[word] for word in PRIVATE if counts[word]}


def test_few_names_that_say_nothing() -> None:
    counts = words()
    assert not {word: counts[word] for word in FILLERS if counts[word] >= MOST_FILLERS}
