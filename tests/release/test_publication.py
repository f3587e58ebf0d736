"""What the maker says of a release is in its cards and terms, and stays there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from speakervid5m.cards import validate_card, write_documents
from speakervid5m.cards.hub import check_release
from speakervid5m.cli import main
from speakervid5m.release import (
    Publication,
    ReleaseError,
    open_release,
    rewrite_documents,
    write_release,
)
from speakervid5m.release.manifest import Manifest
from tests.small_release import contents_of, facts_of, small_rows, write_rows


def texts_of(root: Path) -> dict[str, str]:
    names = ("README.md", "LICENSE.md", "DATASHEET.md", "croissant.json")
    return {name: (root / name).read_text("utf-8") for name in names}


def write_own(root: Path, num_sources: int) -> None:
    """A release of one's own videos."""
    rows = small_rows(configs=["single_sft"], num_sources=num_sources)
    facts = replace(facts_of(rows, num_buckets=2), origin="curated")
    write_release(root, contents_of(rows, 2), facts)


def head_of(root: Path) -> dict[str, object]:
    head: dict[str, object] = yaml.safe_load((root / "README.md").read_text().split("---\n")[1])
    return head


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A release of one's own videos, with its cards."""
    root = tmp_path / "talks"
    write_own(root, num_sources=2)
    assert main(["card", str(root)]) == 0
    return root


def test_an_own_release_is_not_presented_as_the_papers(own: Path) -> None:
    head = head_of(own)
    assert head["pretty_name"] == "Conversations of two people"
    assert head["license_name"] == "see-license-file"
    assert "did not consent" in str(head["extra_gated_prompt"])
    assert "authors of SpeakerVid-5M" not in texts_of(own)["LICENSE.md"]
    assert "has stated no licence" in texts_of(own)["LICENSE.md"]


def test_what_is_said_is_in_every_document_and_stays(own: Path) -> None:
    words = ["--name", "Kitchen talks", "--license", "cc-by-4.0", "--contact", "a@example.org"]
    words += ["--language", "en", "--language", "de", "--consent", "obtained"]
    words += ["--consent-note", "by letter, 2026"]
    assert main(["card", str(own), *words]) == 0
    head, texts = head_of(own), texts_of(own)
    assert head["pretty_name"] == "Kitchen talks" and head["license"] == "cc-by-4.0"
    assert "license_name" not in head and head["language"] == ["en", "de"]
    assert "agreed to be in this dataset (by letter, 2026)" in str(head["extra_gated_prompt"])
    assert "# Kitchen talks" in texts["README.md"]
    assert "a@example.org" in texts["LICENSE.md"] and "example.org" in texts["README.md"]
    assert json.loads(texts["croissant.json"])["name"] == "Kitchen talks"
    for text in texts.values():
        assert "did not consent" not in text
    assert not validate_card(texts["README.md"])

    # Another card, and another wave, say the same.
    assert main(["card", str(own), "--contact", "b@example.org"]) == 0
    assert head_of(own)["pretty_name"] == "Kitchen talks"
    write_own(own, num_sources=3)
    said = open_release(str(own)).manifest.facts.publication
    assert (said.name, said.contact) == ("Kitchen talks", "b@example.org")


def test_only_synthetic_people_drop_the_words_about_people(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_rows(root, small_rows(configs=["single_sft"], num_sources=1))
    with pytest.raises(ReleaseError, match="i-hold-the-rights"):
        check_release(root, i_hold_the_rights=False)
    assert main(["card", str(root), "--consent", "synthetic", "--license", "apache-2.0"]) == 0
    assert check_release(root, i_hold_the_rights=False)
    assert "nobody real is shown or heard" in texts_of(root)["README.md"]
    assert "Videos of YouTube" not in texts_of(root)["README.md"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "two\nlines"}, "one line"),
        ({"name": ""}, "one line"),
        ({"contact": "x" * 201}, "200 characters"),
        ({"license": "CC BY 4.0"}, "cc-by-4.0"),
        ({"languages": ("english",)}, "such as en"),
        ({"consent": "yes"}, "obtained, public-figures"),
    ],
)
def test_bad_words_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Publication(**values)  # type: ignore[arg-type]


def test_a_manifest_of_before_has_none_and_markup_stays_text(own: Path) -> None:
    manifest = open_release(str(own)).manifest
    values = json.loads(manifest.to_json())
    del values["facts"]["publication"]
    older = Manifest.from_json(json.dumps(values), "here")
    assert older.facts.publication == Publication()
    hostile = replace(Publication(), name="<script>alert(1)</script> [x](http://y)")
    rewrite_documents(own, write_documents, publication=hostile)
    texts = texts_of(own)
    body = texts["README.md"].split("---\n", 2)[2]
    assert yaml.safe_load(texts["README.md"].split("---\n")[1])["pretty_name"] == hostile.name
    for text in (body, texts["LICENSE.md"], texts["DATASHEET.md"]):
        assert "<script>" not in text and "](http://y)" not in text
