"""The page on a curation: strangers' words are text, and nothing is fetched."""

from pathlib import Path

import numpy as np

from speakervid5m.cards.curation_page import ScoreValues, Strip, write_curation_page
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
            ScoreValues(name=EVIL, values=[1.0, 2.0], num_unmeasured=1, thresholds={EVIL: 1.5})
        ],
        strips={EVIL: [Strip(clip_id=EVIL, score=EVIL, frames=[frame])]},
    )
    text = page.read_text()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 8
    assert "75.0 %" in text
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
    )
    text = (tmp_path / "page.html").read_text()
    assert "nothing was dropped" in text
    assert "nan" not in text.lower()
