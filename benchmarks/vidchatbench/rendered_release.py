"""A release whose test pairs are rendered talk shows: any number of sources, known truth.

seeds --studio--> shows --> dump, with every change of speaker as a test pair --import--> release

A test pair is what somebody says on screen, and what the other says on screen next, within
`MAX_GAP_SECONDS`: the studio's own pairs, and those that its camera split in several clips.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from speakervid5m.processing import ImportOptions, import_release
from speakervid5m.processing.studio import (
    ShowSpec,
    ShowTruth,
    TrueClip,
    find_show,
    render_show,
    repairable,
    show_files,
    write_dump,
)
from speakervid5m.release import Publication

SECONDS = 56.0
"""Of a show (ours: some four changes of speaker on screen)."""
MAX_GAP_SECONDS = 8.0
"""Between what is said and the answer (ours: a later reply answers something else)."""
MIN_SPEECH_SECONDS = 1.0
"""Of speech in a clip of a pair (ours)."""
NUM_TRAINING = 2
"""Shows that stay in training, so that the release has other configs (ours)."""


def render_release(folder: Path, num_sources: int, jobs: int = 1) -> Path:
    """The release; shows that are rendered already are kept.

    Args:
        folder: where videos, dump and release go.
        num_sources: of test pairs; `NUM_TRAINING` more are in training.
        jobs: processes that render.
    """
    specs = [
        ShowSpec(
            seed=seed,
            duration_seconds=SECONDS,
            width=480,
            height=270,
            cast=("hosts", "guests")[seed % 2],
        )
        for seed in range(num_sources + NUM_TRAINING)
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        shows = [*pool.map(_render, specs, [folder / "videos"] * len(specs))]
    pairs = [pair for show in shows[NUM_TRAINING:] for pair in test_pairs(show)]
    if not (folder / "dump" / "testset.json").exists():
        files = [repairable(show_files(show), seed=0) for show in shows]
        write_dump(files, folder / "dump", test_pairs=pairs)
    options = ImportOptions(
        dump=folder / "dump",
        out=folder / "speakervid5m",
        videos=folder / "videos",
        jobs=jobs,
        branches=("dialogue", "single"),
        publication=Publication(name="Rendered test pairs", consent="synthetic"),
    )
    import_release(options)
    return folder / "speakervid5m"


def test_pairs(show: ShowTruth) -> Iterator[tuple[str, str]]:
    """Clip ids of initiator and responder, in the order of time."""
    clips = [clip for clip in show.clips if _speaks(clip)]
    spoken = sorted(clips, key=lambda clip: clip.speech[0].start_seconds)
    for number, initiator in enumerate(spoken):
        responder = _next_of_the_other(initiator, spoken[number + 1 :])
        if responder is not None:
            yield initiator.clip_id, responder.clip_id


def _next_of_the_other(initiator: TrueClip, later: Sequence[TrueClip]) -> TrueClip | None:
    for clip in later:
        gap = clip.speech[0].start_seconds - initiator.speech[-1].stop_seconds
        if clip.person != initiator.person and -1 <= gap <= MAX_GAP_SECONDS:
            return clip
    return None


def _speaks(clip: TrueClip) -> bool:
    seconds = sum(interval.stop_seconds - interval.start_seconds for interval in clip.speech)
    return clip.role == "speaking" and clip.voice == clip.person and seconds >= MIN_SPEECH_SECONDS


def _render(spec: ShowSpec, folder: Path) -> ShowTruth:
    return find_show(spec, folder) or render_show(spec, folder)
