"""What was found against what is true, show by show, and the figures over all of them.

Everything is pooled: counts and seconds are added up over the shows, and a figure is made of the
sums. What a pipeline does not tell (None) is not judged, and its figures are None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from speakervid5m.processing.studio import FPS, MIN_SCENE_SECONDS, TrueClip

from .found import Found, FoundClip, FoundFace
from .scores import (
    NOTHING,
    Score,
    average_precision,
    score_clusters,
    score_cuts,
    score_decisions,
    score_sets,
)
from .shows import Show
from .tools import DiarizationScore, TrackScores, overlaps, score_diarization, word_error_rate

MIN_OVERLAP = 0.5
"""Least intersection over union, in time and in place, of a found clip and a true one; and of a
found face and a true one (AVA's and MOT's)."""
_BRANCHES = ("dialogue", "listening", "multi_turn")


@dataclass(slots=True)
class Comparison:
    """Sums over shows."""

    cuts: dict[int, Score] = field(default_factory=dict)
    """By tolerance in frames."""
    voices: DiarizationScore | None = None
    tracks: TrackScores = field(default_factory=TrackScores)
    frames: Score | None = None
    """Who is seen speaking, frame by frame."""
    speaking: Score | None = None
    """Who is seen speaking, clip by clip."""
    branches: dict[str, Score] = field(default_factory=dict)
    persons: list[tuple[str, str]] = field(default_factory=list)
    """Of matched clips, who was found and who it is."""
    offsets: list[float | None] = field(default_factory=list)
    """Frames by which the offset of a clip that speaks is wrong."""
    bound: list[bool] = field(default_factory=list)
    """Whether a mouth that speaks was given its own voice."""
    words: list[tuple[str, str]] = field(default_factory=list)
    """What was recognised, and what is said."""
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("found", "true", "matched"), 0)
    )
    """Clips."""
    _sure: list[tuple[float, bool]] = field(default_factory=list)
    _num_spoken_frames: int = 0

    def add(self, show: Show, found: Found) -> None:
        """Takes a show."""
        if found.cuts is not None:
            for tolerance in (0, 1):
                before = self.cuts.get(tolerance, NOTHING)
                score = score_cuts(found.cuts, show.cuts, show.fades, tolerance=tolerance)
                self.cuts[tolerance] = before + score
        names: dict[str, str] = {}
        if found.voices is not None:
            seconds = show.truth.duration_seconds
            errors, names = score_diarization(found.voices, show.voices, seconds=seconds)
            self.voices = (self.voices or DiarizationScore()) + errors
        if found.faces is not None:
            self._add_faces(show, found.faces)
        if found.clips is not None:
            self._add_clips(show, found.clips, names)
            self._add_samples(show, found)

    def _add_faces(self, show: Show, faces: Sequence[FoundFace]) -> None:
        """Frames of scenes that are long enough for clips."""
        judged = [
            frame
            for scene in show.truth.scenes
            if scene.interval.duration_seconds >= MIN_SCENE_SECONDS
            for frame in range(round(scene.start_seconds * FPS), round(scene.stop_seconds * FPS))
        ]
        true = [show.faces[frame] for frame in judged]
        seen = [_faces_at(faces, frame) for frame in judged]
        boxes = [{name: box for name, (box, _) in frame.items()} for frame in seen]
        self.tracks.add(show.truth.source_id, boxes, true)
        if any(one.speaking is None for one in faces):
            return
        frames = self.frames or NOTHING
        for frame, here, there in zip(judged, true, seen, strict=True):
            pairs = _pairs(here, {name: box for name, (box, _) in there.items()})
            spoken = {person for person in here if show.speaks(person, frame)}
            sure = {pairs.get(name, f"? {name}"): value for name, (_, value) in there.items()}
            frames = frames + score_sets([one for one in sure if sure[one] > 0], spoken)
            self._sure += [(value, one in spoken) for one, value in sure.items()]
            self._num_spoken_frames += len(spoken)
        self.frames = frames

    def _add_clips(self, show: Show, clips: Sequence[FoundClip], names: dict[str, str]) -> None:
        matched = match(clips, show)
        self.counts["found"] += len(clips)
        self.counts["true"] += len(show.truth.clips)
        self.counts["matched"] += len(matched)
        by_true = {true.clip_id: one for one in clips if (true := matched.get(one.clip_id))}
        seen = [
            true.clip_id in by_true and by_true[true.clip_id].role == "speaking"
            for true in show.truth.clips
        ]
        decided = score_decisions(seen, [true.role == "speaking" for true in show.truth.clips])
        self.speaking = (self.speaking or NOTHING) + decided
        for clip in clips:
            true = matched.get(clip.clip_id)
            if true is None:
                continue
            place = show.truth.source_id
            person = clip.person if clip.person is not None else f"nobody {clip.clip_id}"
            self.persons.append((f"{place} {person}", f"{place} {true.person}"))
            if true.role != "speaking":
                continue
            right = clip.role == "speaking" and names.get(clip.voice or "") == true.person
            self.bound.append(right)
            if clip.role == "speaking":
                late = clip.offset_frames
                wrong = None if late is None else abs(late - show.truth.av_offset_frames)
                self.offsets.append(wrong)
            if clip.transcript is not None and (said := _said(show, true)) is not None:
                self.words.append((clip.transcript, said))

    def _add_samples(self, show: Show, found: Found) -> None:
        matched = match(found.clips or (), show)

        def named(clip_id: str | None) -> str | None:
            if clip_id is None:
                return None
            return matched[clip_id].clip_id if clip_id in matched else f"? {clip_id}"

        true = show.truth.samples
        pairs: dict[str, tuple[set[Any] | None, set[Any]]] = {
            "dialogue": (
                None
                if found.dialogue is None
                else {tuple(named(one) for one in pair) for pair in found.dialogue},
                set(true.dialogue),
            ),
            "listening": (
                None
                if found.listening is None
                else {(named(one.speaker), named(one.listener)) for one in found.listening},
                {(one.speaker, one.listener) for one in true.listening},
            ),
            "multi_turn": (
                None
                if found.multi_turn is None
                else {tuple(named(one) for one in run) for run in found.multi_turn},
                set(true.multi_turn),
            ),
        }
        for branch, (given, expected) in pairs.items():
            if given is not None:
                score = score_sets(given, expected)
                self.branches[branch] = self.branches.get(branch, NOTHING) + score

    def figures(self) -> dict[str, float | int | None]:
        """Everything, by name; None where nothing was told."""
        told = [wrong for wrong in self.offsets if wrong is not None]
        identity = score_clusters(*zip(*self.persons, strict=True)) if self.persons else None
        branches = {
            f"{'dialogue_pair' if branch == 'dialogue' else branch}_{figure}": getattr(
                self.branches.get(branch), figure, None
            )
            for branch in _BRANCHES
            for figure in ("f1", "precision", "recall")
        }
        return {
            "cut_f1": self.cuts[1].f1 if self.cuts else None,
            "cut_f1_exact": self.cuts[0].f1 if self.cuts else None,
            "der": self.voices.error_rate if self.voices else None,
            "der_missed": _share(self.voices, "missed"),
            "der_false_alarm": _share(self.voices, "false_alarm"),
            "der_confusion": _share(self.voices, "confusion"),
            **self.tracks.figures(),
            "active_speaker_f1": self.speaking.f1 if self.speaking else None,
            "active_speaker_frame_f1": self.frames.f1 if self.frames else None,
            "active_speaker_frame_ap": self._average_precision(),
            "binding_accuracy": sum(self.bound) / len(self.bound) if self.bound else None,
            "av_offset_within_one_frame": _within(self.offsets, 1),
            "av_offset_mean_error_frames": sum(told) / len(told) if told else None,
            "identity_f1": identity[2] if identity else None,
            "identity_precision": identity[0] if identity else None,
            "identity_recall": identity[1] if identity else None,
            **branches,
            "wer": word_error_rate([one for one, _ in self.words], [t for _, t in self.words])
            if self.words
            else None,
            **{f"num_clips_{name}": count for name, count in self.counts.items()},
        }

    def _average_precision(self) -> float | None:
        if self.frames is None:
            return None
        scores, labels = [one for one, _ in self._sure], [true for _, true in self._sure]
        return average_precision(scores, labels, self._num_spoken_frames)


def _share(score: DiarizationScore | None, part: str) -> float | None:
    if score is None or not score.total:
        return None
    share: float = getattr(score, part) / score.total
    return share


def _within(errors: Sequence[float | None], frames: float) -> float | None:
    """Share of those that are told and right; None if nothing is to be told."""
    if not errors:
        return None
    return sum(error is not None and error <= frames for error in errors) / len(errors)


def match(clips: Sequence[FoundClip], show: Show) -> dict[str, TrueClip]:
    """The true clip that each found one is, each once, best first."""
    scenes = {scene.index: scene for scene in show.truth.scenes}
    pairs = []
    for clip in clips:
        for true in show.truth.clips:
            scene = scenes[true.scene]
            starts = (clip.start_seconds, scene.start_seconds)
            stops = (clip.end_seconds, scene.stop_seconds)
            in_time = (min(stops) - max(starts)) / (max(stops) - min(starts))
            overlap = min(in_time, float(overlaps([clip.bbox], [true.bbox])[0, 0]))
            if overlap >= MIN_OVERLAP:
                pairs.append((overlap, clip.clip_id, true))
    matched: dict[str, TrueClip] = {}
    taken: set[str] = set()
    for _, clip_id, true in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].clip_id)):
        if clip_id not in matched and true.clip_id not in taken:
            matched[clip_id] = true
            taken.add(true.clip_id)
    return matched


def _faces_at(faces: Sequence[FoundFace], frame: int) -> dict[str, tuple[tuple[float, ...], float]]:
    """Box and how surely speaking, by person; of two of one name the later one is another."""
    found: dict[str, tuple[tuple[float, ...], float]] = {}
    for number, one in enumerate(faces):
        place = frame - one.first
        if 0 <= place < len(one.boxes):
            name = one.person if one.person not in found else f"{one.person} {number}"
            found[name] = (one.boxes[place], one.speaking[place] if one.speaking else 0.0)
    return found


def _pairs(
    true: Mapping[str, Sequence[float]], found: Mapping[str, Sequence[float]]
) -> dict[str, str]:
    """For each found face the true one that it is, nearest first."""
    overlap = overlaps(list(found.values()), list(true.values()))
    ranked = sorted(
        (-float(overlap[row, column]), name, person)
        for row, name in enumerate(found)
        for column, person in enumerate(true)
        if overlap[row, column] >= MIN_OVERLAP
    )
    pairs: dict[str, str] = {}
    for _, name, person in ranked:
        if name not in pairs and person not in pairs.values():
            pairs[name] = person
    return pairs


def _said(show: Show, clip: TrueClip) -> str | None:
    """What somebody says in a scene; None if a turn is cut, so that nobody knows which words."""
    scene = show.truth.scenes[clip.scene]
    turns = [one for one in show.truth.turns if one.voice == clip.person]
    inside = [one for one in turns if one.interval & scene.interval]
    cut = any(
        one.start_seconds < scene.start_seconds or one.stop_seconds > scene.stop_seconds
        for one in inside
    )
    return None if cut else " ".join(one.text for one in inside)
