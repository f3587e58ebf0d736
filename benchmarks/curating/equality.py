"""One set of videos by every engine, in shards, in another order: the same bytes."""

from pathlib import Path
from typing import Any

from speakervid5m.processing.curation import CurateOptions, EngineName, curate
from speakervid5m.release import work_folder

from .shows import files_of, rendered


def equality(folder: Path, num_shows: int, seconds: float) -> dict[str, Any]:
    """Compares releases, and the parts of the stages, with those of the engine `local`."""
    videos = rendered(folder / "videos", num_shows, seconds)
    places = tuple(sorted(videos.glob("*.mp4")))
    first = folder / "local" / "release"
    _run(places, first, "local")
    expected = (files_of(first), files_of(work_folder(first) / "stages", "*.parquet"))
    found: dict[str, Any] = {"num_shows": num_shows, "num_parts": len(expected[1])}
    for name in ("inline", "ray", "shards", "other order"):
        out = folder / name.replace(" ", "-") / "release"
        if name == "shards":
            for shard in ((0, 2), (1, 2)):
                curate(CurateOptions(videos=places, out=out, profile="embedded", shard=shard))
            curate(CurateOptions(videos=places, out=out, profile="embedded", finish=True))
        elif name == "other order":
            _run(places[::-1], out, "local", jobs=2)
        else:
            _run(places, out, "ray" if name == "ray" else "inline")
        same = (files_of(out), files_of(work_folder(out) / "stages", "*.parquet"))
        found[name] = {"release": same[0] == expected[0], "parts": same[1] == expected[1]}
    return found


def _run(places: tuple[Path, ...], out: Path, engine: EngineName, jobs: int = 1) -> None:
    report = curate(
        CurateOptions(videos=places, out=out, profile="embedded", engine=engine, jobs=jobs)
    )
    assert not report.stages.failures, report.stages.failures
