"""Are the branches rebuilt as they are? Shows with known truth, by the official dump and back.

    python -m benchmarks.rebuild --seeds 20 --json build/rebuild.json

Every show is planned (script, camera; no pixel is needed), written as a dump with the real one's
repairable defects, read, and its samples are compared with those that script and camera give.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from speakervid5m.processing import (
    Assumptions,
    BenchmarkSources,
    OfficialCatalogue,
    import_annotations,
)
from speakervid5m.processing.studio import (
    ShowSpec,
    ShowTruth,
    plan_show,
    repairable,
    show_files,
    write_dump,
)
from speakervid5m.records import (
    BRANCHES,
    Clip,
    ListeningSample,
    Sample,
    SingleSample,
)

Names = tuple[str | None, ...]
"""What identifies a sample: its clips, and for a listener the voice."""


def rebuild(seeds: Collection[int], seconds: float, *, defects: bool = True) -> dict[str, object]:
    """Compares what is found with the truth, branch by branch."""
    shows = [plan_show(ShowSpec(seed=seed, duration_seconds=seconds)) for seed in seeds]
    files = [show_files(show) for show in shows]
    if defects:
        files = [repairable(one, seed=0) for one in files]
    found: dict[str, set[Names]] = {branch: set() for branch in BRANCHES}
    true: dict[str, set[Names]] = {branch: set() for branch in BRANCHES}
    with tempfile.TemporaryDirectory() as folder:
        write_dump(files, Path(folder) / "dump")
        annotations = import_annotations(
            Path(folder) / "dump", Path(folder) / "work", cut_range="scene", jobs=1
        )
        catalogue = OfficialCatalogue(
            annotations, BenchmarkSources(state="empty"), Assumptions(), BRANCHES
        )
        for show in shows:
            for _, sample in catalogue.samples(show.source_id):
                found[sample.branch].add(_names(sample))
            for branch, names in _truth(show).items():
                true[branch] |= names
    return {
        "seeds": sorted(seeds),
        "seconds": seconds,
        "repairs": annotations.report.repairs,
        "branches": {branch: _compare(found[branch], true[branch]) for branch in BRANCHES},
        "listening_on_screen": Counter(names[0] is not None for names in true["listening"])[True],
    }


def _names(sample: Sample) -> Names:
    if isinstance(sample, SingleSample):
        return (sample.clip.clip_id,)
    if isinstance(sample, ListeningSample):
        on_screen = isinstance(sample.speaker, Clip)
        speaker = sample.speaker.clip_id if isinstance(sample.speaker, Clip) else None
        assert on_screen == sample.co_present
        return (speaker, sample.listener.voice, sample.listener.clip_id)
    return tuple(clip.clip_id for clip in sample.clips)


def _truth(show: ShowTruth) -> dict[str, set[Names]]:
    samples = show.samples
    return {
        "single": {(name,) for name in samples.single},
        "dialogue": set(samples.dialogue),
        "listening": {(one.speaker, one.voice, one.listener) for one in samples.listening},
        "multi_turn": set(samples.multi_turn),
    }


def _compare(found: set[Names], true: set[Names]) -> dict[str, float]:
    right = len(found & true)
    return {
        "found": len(found),
        "true": len(true),
        "precision": right / len(found) if found else float(not true),
        "recall": right / len(true) if true else 1.0,
    }


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many shows")
    parser.add_argument("--seconds", type=float, default=300.0, help="length of each")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    report = rebuild(range(options.seeds), options.seconds)
    text = json.dumps(report, indent=1)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
