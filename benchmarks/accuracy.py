"""How well curation sees and hears: rendered shows with known truth, end to end.

    python -m benchmarks.accuracy --seeds 20 --kind clean --json build/accuracy.json

Every figure is the field's own (PySceneDetect's cut F1 at one frame, DER without a collar,
B-cubed F1), pooled over all shows; dialogue pairs and listeners are compared by the clips that
they name, found clips being matched with true ones by time and place. The shows have other
scripts and shots than those by which the measures were set; characters and voices are the same
four, so nothing here says how well real faces and voices do.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, get_args

from benchmarks.scores import (
    DiarizationScore,
    Score,
    score_clusters,
    score_cuts,
    score_decisions,
    score_diarization,
    score_sets,
)
from speakervid5m.processing import Assumptions
from speakervid5m.processing.branches import build_samples
from speakervid5m.processing.curating import profile_of
from speakervid5m.processing.engines import RunReport, Source, StageStore, Tables, run_stages
from speakervid5m.processing.stages.measured import clips_of
from speakervid5m.processing.studio import FPS, ShowSpec, ShowTruth, TrueClip
from speakervid5m.processing.studio.render import find_show, render_show
from speakervid5m.processing.studio.show import ShowKind
from speakervid5m.processing.weights import weights_folder
from speakervid5m.records import Clip, DialogueSample, ListeningSample, MultiTurnSample

_FIRST_SEED = 1000
"""Seeds that no measure was set by."""
_NOTHING = Score(true_positives=0, false_positives=0, false_negatives=0)
_MIN_OVERLAP = 0.5
"""Least intersection over union, in time and in place, of a found clip and a true one."""


def accuracy(seeds: Sequence[int], kind: ShowKind, seconds: float, folder: Path) -> dict[str, Any]:
    """Renders shows, curates them, and compares."""
    specs = [
        ShowSpec(
            seed=_FIRST_SEED + seed,
            duration_seconds=seconds,
            kind=kind,
            av_offset_frames=(0, 0, 3, -2)[seed % 4],
        )
        for seed in seeds
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        shows = list(pool.map(_render, specs, [folder] * len(specs)))
    sources = [
        Source(
            source_id=show.source_id,
            path=folder / f"{show.video_name}.mp4",
            digest=show.source_id,
            name=show.video_name,
        )
        for show in shows
    ]
    with tempfile.TemporaryDirectory() as work:
        store = StageStore(Path(work))
        began = time.process_time()
        report = run_stages(profile_of("embedded").stages(weights_folder()), sources, store)
        spent = time.process_time() - began
        figures = _compare(shows, report, store)
    return {
        "kind": kind,
        "num_shows": len(shows),
        "seconds": seconds,
        **figures,
        "real_time_factor": spent / (seconds * len(shows)),
        "failures": [f"{one.source_id} {one.stage} {one.reason}" for one in report.failures],
    }


def _render(spec: ShowSpec, folder: Path) -> ShowTruth:
    return find_show(spec, folder) or render_show(spec, folder)


def _compare(
    shows: Sequence[ShowTruth], report: RunReport, store: StageStore
) -> dict[str, float | int]:
    cuts, speaking = _NOTHING, _NOTHING
    branches = dict.fromkeys(("dialogue", "listening", "multi_turn"), _NOTHING)
    voices = DiarizationScore(missed=0.0, false_alarm=0.0, confusion=0.0, total=0.0)
    persons: list[tuple[str, str]] = []
    offsets: list[bool] = []
    num_found = num_true = num_matched = 0
    for show in shows:
        parts = _tables(report, store, show.source_id)
        if "scenes" in parts:
            firsts = parts["scenes"]["shots"]["first"].to_pylist()[1:]
            true = [round(shot.start_seconds * FPS) for shot in show.shots[1:]]
            cuts = cuts + score_cuts(firsts, true)
        heard = parts["voices"]["intervals"].to_pylist() if "voices" in parts else []
        voices = voices + _diarization(show, heard)
        clips = clips_of(parts["clips"]["clips"]) if "clips" in parts else []
        matched = match(clips, show)
        num_found, num_true = num_found + len(clips), num_true + len(show.clips)
        num_matched += len(matched)
        speaking = speaking + _speaking(clips, matched, show)
        for clip in clips:
            found = matched.get(clip.clip_id)
            if found is not None and clip.person_id is not None:
                persons.append((clip.person_id, f"{show.source_id} {found.person}"))
            if found is not None and clip.role == found.role == "speaking":
                late = clip.lip_offset_frames
                offsets.append(late is not None and abs(late - show.av_offset_frames) <= 1)
        for branch, score in _samples(clips, matched, show).items():
            branches[branch] = branches[branch] + score
    identity = score_clusters([one for one, _ in persons], [true for _, true in persons])
    return {
        "cut_f1": cuts.f1,
        "der": voices.error_rate,
        "active_speaker_f1": speaking.f1,
        "av_offset_within_one_frame": sum(offsets) / len(offsets) if offsets else 0.0,
        "identity_f1": identity[2],
        "dialogue_pair_f1": branches["dialogue"].f1,
        "dialogue_pair_precision": branches["dialogue"].precision,
        "dialogue_pair_recall": branches["dialogue"].recall,
        "listening_f1": branches["listening"].f1,
        "multi_turn_f1": branches["multi_turn"].f1,
        "num_clips_found": num_found,
        "num_clips_true": num_true,
        "num_clips_matched": num_matched,
    }


def _tables(report: RunReport, store: StageStore, source_id: str) -> Mapping[str, Tables]:
    tables = {}
    for stage, key in report.keys[source_id].items():
        part = store.find(stage, key)
        if part is not None and stage in ("scenes", "voices", "clips"):
            tables[stage] = part.tables()
    return tables


def _diarization(show: ShowTruth, found: Sequence[Mapping[str, Any]]) -> DiarizationScore:
    late = show.av_offset_frames / FPS
    true = [
        (turn.start_seconds + late, turn.stop_seconds + late, turn.voice) for turn in show.turns
    ]
    given = [(one["start_seconds"], one["stop_seconds"], one["voice"]) for one in found]
    return score_diarization(given, true)


def match(clips: Sequence[Clip], show: ShowTruth) -> dict[str, TrueClip]:
    """The true clip that each found one is, each once, best first."""
    scenes = {scene.index: scene for scene in show.scenes}
    pairs = []
    for clip in clips:
        for true in show.clips:
            scene = scenes[true.scene]
            shared = min(clip.end_seconds, scene.stop_seconds) - max(
                clip.start_seconds, scene.start_seconds
            )
            whole = max(clip.end_seconds, scene.stop_seconds) - min(
                clip.start_seconds, scene.start_seconds
            )
            overlap = min(shared / whole, _box_overlap(clip.bbox, true.bbox))
            if overlap >= _MIN_OVERLAP:
                pairs.append((overlap, clip.clip_id, true))
    matched: dict[str, TrueClip] = {}
    taken: set[str] = set()
    for _, clip_id, true in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
        if clip_id not in matched and true.clip_id not in taken:
            matched[clip_id] = true
            taken.add(true.clip_id)
    return matched


def _box_overlap(one: Sequence[float], other: Sequence[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return wide * high / (sum(areas) - wide * high)


def _speaking(clips: Sequence[Clip], matched: Mapping[str, TrueClip], show: ShowTruth) -> Score:
    """Who is seen speaking; true clips that were not found count as not seen."""
    by_true = {true.clip_id: clip for clip in clips if (true := matched.get(clip.clip_id))}
    found = [
        true.clip_id in by_true and by_true[true.clip_id].role == "speaking" for true in show.clips
    ]
    return score_decisions(found, [true.role == "speaking" for true in show.clips])


def _samples(
    clips: Sequence[Clip], matched: Mapping[str, TrueClip], show: ShowTruth
) -> dict[str, Score]:
    def named(one: Clip) -> str:
        return matched[one.clip_id].clip_id if one.clip_id in matched else f"? {one.clip_id}"

    found: dict[str, set[object]] = {"dialogue": set(), "listening": set(), "multi_turn": set()}
    for sample in build_samples(clips, Assumptions()):
        if isinstance(sample, DialogueSample | MultiTurnSample):
            found[sample.branch].add(tuple(named(one) for one in sample.clips))
        elif isinstance(sample, ListeningSample):
            speaker = named(sample.speaker) if isinstance(sample.speaker, Clip) else None
            found["listening"].add((speaker, named(sample.listener)))
    true = show.samples
    return {
        "dialogue": score_sets(found["dialogue"], set(true.dialogue)),
        "listening": score_sets(
            found["listening"], {(one.speaker, one.listener) for one in true.listening}
        ),
        "multi_turn": score_sets(found["multi_turn"], set(true.multi_turn)),
    }


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many shows")
    parser.add_argument("--kind", choices=get_args(ShowKind), default="clean")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each")
    parser.add_argument("--folder", type=Path, help="where rendered shows are kept")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = options.folder / options.kind if options.folder else Path(folder)
        report = accuracy(range(options.seeds), options.kind, options.seconds, kept)
    text = json.dumps(report, indent=1)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
