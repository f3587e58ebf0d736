import pytest

from speakervid5m.cards import validate_card

GOOD = """---
license: other
license_name: mine
license_link: LICENSE.md
language:
- en
configs:
- config_name: one
  data_files:
  - split: train
    path: data/*.parquet
  default: true
---
# Words
"""


def test_a_good_card() -> None:
    assert validate_card(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("---\nlicense", "license", 1, "three dashes"),
        ("---\n# Words", "# Words", 13, "not closed"),
        ("license_name: mine\n", "", 2, "license_name must be given"),
        ("license: other", "license: [other", 3, "not YAML"),
        ("- en", "- no", 6, "quotes"),
        ("language:", "license: mit\nlanguage:", 5, "occurs twice"),
        ("config_name: one", "config_name: one two", 8, "config_name"),
        ("    path: data", "    path: ../data", 8, "leaves the repository"),
        ("    path: data/*.parquet\n", "", 8, "split and a path"),
        ("- en\n", "- en\nsize_categories: huge\n", 7, "huge"),
        ("- en\n", "- en\nextra_gated_fields:\n  Name: words\n", 8, "kind of 'Name'"),
        ("- en\n", "- en\nviewer: perhaps\n", 7, "true or false"),
        ("- en\n", "- en\ntags: video\n", 7, "list of strings"),
        (
            "  default: true\n",
            "  default: true\n- config_name: one\n  data_files: x\n",
            13,
            "twice",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    problems = validate_card(GOOD.replace(old, new, 1))
    assert problems, "nothing was found"
    assert problems[0].line == line and says in problems[0].what, problems
