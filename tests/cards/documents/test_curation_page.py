"""The page on a curation: strangers' words are text, and nothing is fetched."""

from pathlib import Path

import numpy as np

from speakervid5m.cards.documents.curation_page import (
    ScoreValues,
    Strip,
    Strips,
    write_curation_page,
)
from speakervid5m.release import FunnelStep

EVIL = "<script>alert(1)</script>{{ 7 * 7 }}"


def test_everything_is_escaped_and_embedded(tmp_path: Path) -> None:
    page = tmp_path / "new folder" / "page.html"
    frame = np.zeros((40, 60, 3), np.uint8)
    write_curation_page(
        page,
        title=EVIL,
        facts=[EVIL],
        funnel=[FunnelStep(step=EVIL, unit="clips", kept=3, lost=1, why={EVIL: 1})],
        scores=[
            ScoreValues(name=EVIL, values=[1.0, 2.0], num_unmeasured=1, thresholds={EVIL: 1.5}),
            ScoreValues(name=f"no {EVIL}", values=[], num_unmeasured=3),
        ],
        strips={EVIL: Strips(shown=[Strip(name=EVIL, words=EVIL, frames=[frame])], num_more=0)},
        source_strips={EVIL: Strips(shown=[Strip(name=EVIL, words=EVIL, frames=[])], num_more=7)},
    )
    text = page.read_text()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 12
    assert "75.0 %" in text
    assert "Measured on no clip: no &lt;script&gt;" in text
    assert "and 7 more" in text and "and 0 more" not in text
    assert "{{ 7 * 7 }}" in text
    assert "http" not in text
    assert "data:image/jpeg;base64," in text


def test_a_page_of_nothing(tmp_path: Path) -> None:
    write_curation_page(
        tmp_path / "page.html",
        title="empty",
        facts=[],
        funnel=[],
        scores=[ScoreValues(name="dover", values=[], num_unmeasured=0)],
        strips={},
        source_strips={},
    )
    text = (tmp_path / "page.html").read_text()
    assert "no gate dropped a clip" in text
    assert "every video passed" in text
    assert "Measured on no clip: dover." in text
    assert "<svg" not in text
    assert "nan" not in text.lower()
