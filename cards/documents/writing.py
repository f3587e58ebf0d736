"""All documents of a release; its writer calls this before it writes the manifest.

    statistics -> figures -> cards, datasheet, croissant.json

The folder holds data, index and a provisional manifest; all output is a function of these.
"""

import json
from pathlib import Path

from ...records import Clip, DialogueSample
from ...release import Release, Samples, open_release
from ...release.takedown import Takedown
from ..content.card_content import Figure
from ..figures.charts import (
    describe_composition,
    describe_statistics,
    draw_composition,
    draw_statistics,
)
from ..figures.contact_sheet import Tile, draw_contact_sheet
from ..figures.saving import save
from ..figures.theme import LIGHT, Theme, drawing
from ..figures.timeline import describe_conversation, draw_conversation, pick_conversation
from ..statistics.release_statistics import Statistics, measure
from .croissant import croissant
from .rendering import render_texts
from .validating import validate_card

_PAIRS = 4


def write_documents(folder: Path) -> None:
    """Writes cards and figures into the folder of a release.

    Raises:
        ReleaseError: the folder holds no release.
    """
    release = open_release(str(folder))
    if not release.configs:
        return
    statistics = measure(release)
    figures = draw_figures(release, statistics, folder / "figures")
    numbers = json.dumps(statistics.to_dict(), indent=1, sort_keys=True)
    (folder / "figures" / "statistics.json").write_text(numbers + "\n", "utf-8")
    texts = render_texts(release, statistics, figures, Takedown.read(release.files))
    problems = validate_card(texts["README.md"])
    assert not problems, f"our own card is invalid: {problems[0]}"
    texts["croissant.json"] = croissant(release, statistics)
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def draw_figures(
    release: Release, statistics: Statistics, folder: Path, theme: Theme = LIGHT
) -> list[Figure]:
    """Draws every figure that the release has the data for."""
    folder.mkdir(parents=True, exist_ok=True)
    conversation = pick_conversation(release)
    figures: list[Figure] = []
    with drawing(theme):
        drawn = (
            (
                "statistics",
                draw_statistics(statistics, release.manifest.facts.gates, theme),
                describe_statistics(statistics),
            ),
            (
                "composition",
                draw_composition(statistics, theme),
                describe_composition(statistics),
            ),
            (
                "conversation",
                draw_conversation(conversation, theme),
                describe_conversation(conversation),
            ),
        )
        for name, figure, alt in drawn:
            # A figure of one source must be erasable from a Hub, which text files (SVG) are not.
            is_aggregate = name != "conversation"
            save(figure, folder, name, f"SpeakerVid-5M: {name}", alt, as_svg=is_aggregate)
            figures.append(Figure(f"figures/{name}.{'svg' if is_aggregate else 'png'}", alt))
    pairs = [name for name in ("dialogue_sft", "dialogue_pretrain") if name in release.configs]
    if pairs and release.manifest.facts.with_media:
        draw_pairs(release[pairs[0]], folder / "contact_sheet.png")
        alt = "Frames of dialogue pairs: the initiator on the left, the responder on the right."
        figures.append(Figure("figures/contact_sheet.png", alt))
    return figures


def draw_pairs(samples: Samples, path: Path, count: int = _PAIRS) -> None:
    """Draws some dialogue pairs with three frames and the transcript of each person."""
    # Imported late: only this figure needs FFmpeg.
    from ...media import open_video

    rows = []
    for number in range(min(count, len(samples))):
        sample = samples[number]
        assert isinstance(sample, DialogueSample)
        row = []
        people: tuple[tuple[str, Clip], ...]
        people = (("initiator", sample.initiator), ("responder", sample.responder))
        for role, clip in people:
            data = samples.media(number, f"{role}_video")
            assert isinstance(data, bytes), "a release with media has the video of every pair"
            # PyAV reads a handful of frames at once; loading torch for them takes 6 s.
            with open_video(data, backend="pyav") as reader:
                # Not the ends: a scene may begin or end in a fade.
                chosen = [reader.num_frames * tenths // 10 for tenths in (2, 5, 8)]
                frames = reader.frames(chosen)
            heading = f"{role}  {clip.person_id}  {clip.start_seconds:.1f} s"
            words = clip.transcript or "(no words)"
            row.append(Tile(frames=list(frames), heading=heading, words=words))
        rows.append(row)
    draw_contact_sheet(rows, f"{samples.config.name}: who speaks, and who answers", path)
