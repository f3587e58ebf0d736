"""What a release says of itself: whole, the same every time, and safe against its own words."""

import dataclasses
import itertools
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from speakervid5m.cards import validate_card, write_documents
from speakervid5m.cards.content.escaping import text as escaped
from speakervid5m.cards.documents.rendering import render_texts
from speakervid5m.cards.statistics.release_statistics import measure
from speakervid5m.processing.curation import TABLE, profile_of
from speakervid5m.records import CONFIGS, SingleSample, readable_size
from speakervid5m.release import FunnelStep, Row, open_release, verify, write_release
from speakervid5m.release.tombstones.records import Takedown
from speakervid5m.release.write.change import rewrite_documents
from tests.small_release import Rows, contents_of, facts_of, small_rows, write_small_release

GOLDEN = Path(__file__).parent / "golden"
EVIL = (
    "<script>alert(1)</script> {{ 7*7 }} {% raw %} | a | ![x](http://e.org/p.png) **b** `c` "
    "\n---\nlicense: mit\n# big & <b>\u202egnp.exe\u202c"
)
RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd <b>"


@pytest.fixture(scope="module")
def carded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("carded") / "speakervid5m"
    write_small_release(root)
    rewrite_documents(root, write_documents)
    return root


def bytes_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_a_rewrite_leaves_data_and_index_alone(carded: Path, tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    before = write_small_release(root)
    inodes = {name: (root / name).stat().st_ino for name in before.files}
    after = rewrite_documents(root, write_documents)
    kept = [name for name in before.files if name.startswith(("data/", "index/"))]
    assert all((root / name).stat().st_ino == inodes[name] for name in kept)
    assert all(before.files[name] == after.files[name] for name in kept)
    assert before.configs == after.configs and before.facts == after.facts
    assert verify(str(root)).ok
    assert bytes_of(root) == bytes_of(carded), "two runs in two folders give the same bytes"
    rewrite_documents(root, write_documents)
    assert bytes_of(root) == bytes_of(carded)


def test_the_yaml_lists_what_release_says(carded: Path) -> None:
    text = (carded / "README.md").read_text()
    assert validate_card(text) == []
    head = yaml.safe_load(text.split("---\n")[1])
    manifest = open_release(str(carded)).manifest
    assert [one["config_name"] for one in head["configs"]] == list(CONFIGS)
    for one in head["configs"]:
        digest = manifest.configs[one["config_name"]].config_digest
        assert one["description"] == f"release sha256:{digest}"
    assert head["language"] == ["de", "en"]
    assert head["extra_gated_fields"]


def test_every_section_says_something(carded: Path) -> None:
    for name in ("README.md", "DATASHEET.md", *(f"cards/{b}.md" for b in ("single", "dialogue"))):
        text = (carded / name).read_text()
        lines = [line for line in text.splitlines() if line.strip()]
        for line, following in itertools.pairwise(lines):
            assert not (line.startswith("#") and following.startswith("#")), f"{name}: {line}"
        assert "more information needed" not in text.lower()
        assert "{{" not in re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = (carded / "README.md").read_text()
    for anchor in re.findall(r"\]\(#([a-z-]+)\)", text):
        assert f"## {anchor.replace('-', ' ').capitalize()}\n" in text
    for link in re.findall(r"\]\(((?!#|http)[^)#]+)", text):
        assert (carded / link).exists() or link == "TAKEDOWN.md", link


def test_every_column_is_explained(carded: Path) -> None:
    from speakervid5m.cards.content.fields import meaning_of
    from speakervid5m.records import BRANCHES, columns_of

    for branch in BRANCHES:
        assert all(meaning_of(branch, column) for column in columns_of(branch))
    text = (carded / "README.md").read_text()
    for column in columns_of("single"):
        assert f"| `{column.name}` |" in text


def test_the_code_of_the_card_runs(carded: Path) -> None:
    text = (carded / "README.md").read_text()
    blocks = re.findall(r"(<!-- not run.*?-->\n)?```python\n(.*?)```", text, re.DOTALL)
    code = "\n".join(code for skipped, code in blocks if not skipped)
    assert len(blocks) == 6
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=carded.parent,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_pictures_have_words_and_follow_the_reader(carded: Path) -> None:
    text = (carded / "README.md").read_text()
    found = re.findall(r"!\[([^\]]+)\]\((figures/[^)]+)\)", text)
    assert {path for _, path in found} == {
        "figures/statistics.svg",
        "figures/composition.svg",
        "figures/conversation.png",
        "figures/contact_sheet.png",
    }
    assert all(len(alt) > 40 for alt, _ in found)
    for path in (carded / "figures").glob("*.svg"):
        drawn = path.read_text()
        assert 'role="img"' in drawn and "<title" in drawn and "<desc" in drawn
        assert "prefers-color-scheme: dark" in drawn
        with Image.open(path.with_suffix(".png")) as picture:
            assert picture.width > 900 and len(picture.getcolors(1 << 24) or []) > 20


def test_names_of_languages_are_no_codes(small: Path) -> None:
    release = open_release(str(small))
    statistics = measure(release)
    found = {**statistics.clips.categories, "language": {"English": 3, "EN": 2, "zh": 1}}
    clips = dataclasses.replace(statistics.clips, categories=found)
    told = dataclasses.replace(statistics, clips=clips)
    card = render_texts(release, told, [], Takedown())["README.md"]
    assert validate_card(card) == []
    assert yaml.safe_load(card.split("---\n")[1])["language"] == ["en", "zh"]


def test_features_are_told_among_personal_data(small: Path) -> None:
    release = open_release(str(small))
    statistics = measure(release)
    plain = render_texts(release, statistics, [], Takedown())["README.md"]
    told = {"configs": {}, "source": "somebody", "licence": "MIT"}
    features = dict.fromkeys(("mimi", "qwen25omni"), told)
    facts = dataclasses.replace(release.manifest.facts, features=features)
    release.manifest = dataclasses.replace(release.manifest, facts=facts)
    card = render_texts(release, statistics, [], Takedown())["README.md"]
    assert "no face or voice embedding is part of a release" in " ".join(plain.split())
    assert "its features (mimi, qwen25omni) are computed from video" in " ".join(card.split())


def test_croissant_is_valid(carded: Path) -> None:
    value = json.loads((carded / "croissant.json").read_text())
    assert {one["name"] for one in value["recordSet"]} == set(CONFIGS)
    assert sum(name.startswith("rai:") for name in value) >= 8
    mlcroissant = pytest.importorskip("mlcroissant")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlcroissant.Dataset(jsonld=str(carded / "croissant.json"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        self.tags.append(tag)


def _with_words(rows: Rows, words: str, topic: str) -> Rows:
    found = []
    for row in rows["single_sft"]:
        assert isinstance(row.sample, SingleSample)
        clip = dataclasses.replace(
            row.sample.clip, transcript=words, motion=words, topic=topic, language=topic
        )
        found.append(Row(sample=SingleSample(clip=clip), media=row.media))
    return {"single_sft": found}


def test_words_of_strangers_stay_words(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=2, with_media=False)
    rows = _with_words(rows, EVIL, EVIL)
    half = len(rows["single_sft"]) // 2
    other = _with_words({"single_sft": rows["single_sft"][:half]}, EVIL, RIGHT_TO_LEFT)
    rows["single_sft"] = other["single_sft"] + rows["single_sft"][half:]
    facts = dataclasses.replace(
        facts_of(rows, with_media=False),
        assumptions={"rule`|<script>": EVIL},
        empty_configs={"dialogue_sft": EVIL},
        backends={
            "small": {"model": EVIL},
            f"profile{EVIL}": {
                EVIL: {
                    "name": EVIL,
                    "licence": EVIL,
                    "files": [{"file": EVIL, "licence": EVIL, "source": EVIL, "num_bytes": EVIL}],
                }
            },
            "left_out": [EVIL],
        },
    )
    root = tmp_path / "speakervid5m"
    manifest = write_release(root, contents_of(rows, 1), facts, documents=None)
    assert rewrite_documents(root, write_documents).configs == manifest.configs
    for path in root.rglob("*"):
        if path.suffix == ".md":
            text = path.read_text()
            outside = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
            parser = _Tags()
            parser.feed(outside.replace("<!-- ", "").replace("<branch>", ""))
            assert parser.tags == [], path
            assert "\u202e" not in text and "![x]" not in outside and "{{" not in outside
            assert "49" not in re.findall(r"&#123;&#123; (.*?) &#125;", outside)
        if path.suffix == ".svg":
            assert "<script" not in path.read_text()
    card = (root / "README.md").read_text()
    assert validate_card(card) == []
    assert yaml.safe_load(card.split("---\n")[1])["license"] == "other"
    assert "&#8296;\u05e9\u05dc\u05d5\u05dd" in card, "right to left text is isolated"
    assert verify(str(root), decode=False).ok


def test_the_card_says_who_measured_and_on_which_terms(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"], num_sources=2, with_media=False)
    stages = {
        one.stage: dataclasses.asdict(
            dataclasses.replace(one.permissive[0], name=f"{one.stage} tool").backend(tmp_path)
        )
        for one in TABLE
        if one.stage in ("probe", "look", "voices")
    }
    facts = dataclasses.replace(
        facts_of(rows, with_media=False),
        backends={"permissive": stages, "left_out": ["sync"], "cutting": {"fps": 25}},
    )
    root = tmp_path / "speakervid5m"
    write_release(root, contents_of(rows, 1), facts, documents=None)
    rewrite_documents(root, write_documents)
    card = (root / "README.md").read_text()
    assert "| `permissive` | `probe` | probe tool | LGPL-2.1 | none |  |  |  |" in card
    for stage in ("look", "voices"):
        tool = profile_of("permissive").models[stage]
        assert tool.files
        for file in (*tool.files, *tool.bundled):
            words = (file.file, file.licence, str(file.source), readable_size(file.num_bytes))
            row = " | ".join(map(escaped, words))
            found = f"| `permissive` | `{stage}` | {stage} tool | {tool.licence} | {row} |"
            assert found in card
    assert "leaves out: `sync`." in card
    assert "- `cutting`:" in card
    assert "- `permissive`:" not in card


def test_the_card_says_what_each_step_kept(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    rows = small_rows(num_sources=2)
    steps = (
        FunnelStep(step="voices", unit="sources", kept=3, lost=1, why={"one_voice": 1}),
        FunnelStep(step=EVIL, unit="clips", kept=0, lost=0),
    )
    facts = dataclasses.replace(facts_of(rows), origin="curated", funnel=steps)
    write_release(root, contents_of(rows, 2), facts, documents=write_documents)
    assert open_release(str(root)).manifest.facts.funnel == steps
    card = (root / "README.md").read_text()
    assert "| `voices` | sources | 3 | 1 | 75.0 % | `one_voice` 1 |" in card
    assert "\n<script>" not in card and validate_card(card) == []
    write_release(root.with_name("b"), contents_of(rows, 2), dataclasses.replace(facts, funnel=()))
    rewrite_documents(root.with_name("b"), write_documents)
    assert "not recorded in the manifest" in (root.with_name("b") / "README.md").read_text()


def test_the_card_is_the_golden_one(tmp_path: Path) -> None:
    """Renew with UPDATE_GOLDEN=1 after looking at the difference."""
    root = tmp_path / "speakervid5m"
    write_small_release(root, with_media=False)
    rewrite_documents(root, write_documents)
    for name in ("README.md", "DATASHEET.md", "cards/listening.md"):
        # Fields and gates have their own tests, and change with the records.
        text = (root / name).read_text()
        text = re.sub(r"\n## Fields.*?\n## Statistics", "\n## Statistics", text, flags=re.DOTALL)
        text = re.sub(r"\n## A row.*?\n## Measured", "\n## Measured", text, flags=re.DOTALL)
        text = re.sub(r"[0-9a-f]{64}", "DIGEST", text)
        golden = GOLDEN / name.replace("/", "_")
        if os.environ.get("UPDATE_GOLDEN"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text)
        assert text == golden.read_text(), f"{name} is not as in {golden}"
