"""`curate report` and `curate inspect` as they are typed, over shows that were really curated."""

import base64
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from speakervid5m.cli import main
from speakervid5m.processing.curation import MEASURES, scored_clips
from speakervid5m.processing.curation.tiers.scoring import SCORES_SCHEMA
from tests.processing.curation.run.conftest import Curated
from tests.processing.shows import write_video

EVIL = "<img src=x onerror=alert(1)>{{ 7 * 7 }}.mp4"


def page_of(curated: Curated, page: Path, *more: str) -> str:
    videos = str(curated.folder / "my videos")
    typed = ["curate", "report", videos, "--out", str(curated.out), "--page", str(page), *more]
    assert main(typed) == 0
    return page.read_text()


def section(text: str, title: str) -> str:
    """From a heading of the page to the next."""
    return text.split(f"<h2>{title}</h2>")[1].split("<h2>")[0]


def pictures(text: str) -> list[Image.Image]:
    found = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", text)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in found]


def test_every_number_of_a_clip_is_a_measure_or_says_where_it_is() -> None:
    assert len(set(MEASURES)) == len(MEASURES) == 23
    assert {"luminance_mean", "lip_distance", "lip_offset_frames", "sync_distance"} < set(MEASURES)
    assert not {"scene", "fps", "start_seconds", "source_width"} & set(MEASURES)
    assert set(MEASURES) - {"duration_seconds"} < set(SCORES_SCHEMA.names)


def test_every_score_is_drawn_with_its_gates_or_named_as_not_measured(
    curated: Curated, tmp_path: Path
) -> None:
    text = page_of(curated, tmp_path / "page.html")
    scores = section(text, "Scores and gates")
    figures = {one.split("\n")[0]: one for one in scores.split("<figure><figcaption>")[1:]}
    (missing,) = re.findall(r"Measured on no clip: (.*)\.</p>", scores)
    found = scored_clips(curated.options)
    for name in MEASURES:
        if name != "duration_seconds" and found.scores[name].null_count == len(found.scores):
            assert name in missing.split(", ") and name not in figures
            continue
        assert name not in missing.split(", ")
        heights = [float(one) for one in re.findall(r'height="([\d.]+)"/>', figures[name])]
        assert len(heights) == 40 and max(heights) > 0
        for gate in found.gates:
            drawn = f"{gate.name} {gate.threshold:g}</text>" in figures[name]
            assert drawn == (gate.field == name), gate.name
    assert set(figures) | set(missing.split(", ")) == set(MEASURES)
    assert {"sync_confidence", "uvq", "motion_degree"} <= set(missing.split(", "))
    assert {"luminance_mean", "lip_distance", "lip_offset_frames", "motion_energy"} <= set(figures)


def test_what_a_gate_drops_is_shown(curated: Curated, tmp_path: Path) -> None:
    text = page_of(curated, tmp_path / "page.html", "--gate", "face_sharpness=1.5")
    shown = section(text, "Examples of clips that a gate drops, or keeps out of SFT")
    (reason,) = [one for one in shown.split("<h3>") if one.startswith("face_sharpness<")]
    found = scored_clips(curated.options)
    clip_ids = found.scores["clip_id"].to_pylist()
    assert f"and {len(clip_ids) - 6} more" in reason
    strips = reason.split('<div class="strip">')[1:]
    assert len(strips) == 6
    for clip_id, strip in zip(clip_ids, strips, strict=False):
        clip = found.clip(clip_id)
        words = f"{clip_id}: face_sharpness {clip.face_sharpness:.4g}, must be &gt;= 1.5"
        assert words in strip
        seen = pictures(strip)
        assert len(seen) == 4
        x1, y1, x2, y2 = clip.bbox
        wide, high = (x2 - x1) * clip.source_width, (y2 - y1) * clip.source_height
        for picture in seen:
            assert picture.height <= 90
            assert picture.width / picture.height == pytest.approx(wide / high, rel=0.15)
            assert np.asarray(picture).std() > 10, "a person, and not a flat colour"
    lost = section(text, "Videos that were left out")
    assert re.findall("<h3>(.*?)</h3>", lost) == ["no clip: gates: dropped"]


def test_videos_that_a_stage_leaves_out_are_shown_and_their_names_are_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("cv2", "onnxruntime", "scipy"):
        pytest.importorskip(package, reason="the extra curate is not installed")
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    write_video(videos / EVIL, 128, 72, 100, 1)
    shutil.copy(videos / EVIL, videos / "broken.mp4")
    with (videos / "broken.mp4").open("r+b") as file:
        file.truncate(2000)
    (videos / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    common = [str(videos), "--out", str(out)]
    chosen = ["--engine", "inline", "--profile", "embedded", "--strict"]
    assert main(["curate", "run", *common, *chosen]) == 3
    capsys.readouterr()
    assert main(["curate", "report", *common]) == 0
    said = capsys.readouterr().out
    text = Path(said.split("written to ")[1].splitlines()[0]).read_text()
    rows = re.findall(
        r'<tr><td>(\w+)</td><td class="n">(\d+)</td>\n'
        r'<td class="n">.*?</td><td class="n">(\d+)</td>.*?<small>(.*?)</small>',
        section(text, "Kept after each step"),
        re.DOTALL,
    )
    assert rows[:2] == [("probe", "1", "1", "unreadable 1"), ("look", "1", "0", "")]
    # Tracks do not need voices and are made all the same, but the source is lost by then.
    assert rows[3:5] == [("voices", "0", "1", "no_speech 1"), ("tracks", "0", "0", "")]
    shown = section(text, "Videos that were left out")
    reasons = {one.split("</h3>")[0]: one for one in shown.split("<h3>")[1:]}
    assert set(reasons) == {"probe: unreadable", "voices: no_speech", "cannot be read"}
    silent = reasons["voices: no_speech"]
    assert [one.size for one in pictures(silent)] == [(128, 72)] * 4
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7 * 7 }}.mp4" in silent
    assert "the paper keeps sources with two main voices" in silent
    assert "broken.mp4" in reasons["probe: unreadable"]
    assert "its frames cannot be read" in reasons["probe: unreadable"]
    assert "gone.mp4: No such file or directory" in reasons["cannot be read"]
    parser = _Images()
    parser.feed(text)
    assert parser.sources and all(one.startswith("data:") for one in parser.sources)
    assert "no clip was measured" in text


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        assert not any(name.startswith("on") or name == "href" for name in known)
        assert tag not in ("script", "link", "iframe")
        if tag == "img":
            self.sources.append(known["src"] or "")


def test_inspect_says_every_score_of_a_clip_and_what_every_gate_answers(
    curated: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scored_clips(curated.options)
    clip = found.clip(found.scores["clip_id"][0].as_py())
    where = [str(curated.folder / "my videos"), "--out", str(curated.out)]
    assert main(["curate", "inspect", clip.clip_id, *where]) == 0
    fields, gates = capsys.readouterr().out.split("\n\n")
    said = dict(re.split(r" {2,}", line, maxsplit=1) for line in fields.splitlines() if " " in line)
    tier, deciding = found.tier(clip.clip_id)
    assert said["tier"] == (tier or "dropped")
    assert said["tier_decided_by"] == (", ".join(deciding) or "no gate fails")
    for name in MEASURES:
        value = getattr(clip, name)
        if name != "duration_seconds":
            assert said[name] == str(value), name
    lines = gates.splitlines()[1:]
    assert len(lines) == len(found.gates)
    for gate, line in zip(found.gates, lines, strict=True):
        cells = re.split(r" {2,}", line)
        assert cells == [gate.name, gate.expression, gate.answer(clip), gate.source]
    assert main(["curate", "inspect", clip.clip_id, *where, "--gate", "lips=99"]) == 0
    dropped = capsys.readouterr().out
    assert re.search(r"lips +lip_confidence >= 99 +fail", dropped)
    assert re.search(r"\ntier +dropped\n", dropped)
    assert re.search(r"\ntier_decided_by +lips\n", dropped)


@pytest.mark.parametrize("name", ["nothing", "xxxxxxxxxxx_640x360_full_video_000_A_00", EVIL])
def test_inspect_of_a_clip_that_there_is_not_says_which_there_are(
    curated: Curated, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    where = [str(curated.folder / "my videos"), "--out", str(curated.out)]
    assert main(["curate", "inspect", name, *where]) == 1
    said = capsys.readouterr().err
    first = scored_clips(curated.options).scores["clip_id"][0].as_py()
    assert "no clip" in said and first in said
