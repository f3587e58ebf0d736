"""All figures on real people, by name; a figure that cannot be had is None, with its reason.

    material, profile --> shows, photos, voices, words --> figures, intervals, reasons

A figure over several packages is None if one of them is missing: there are no figures of a part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .counts import Count, area_under_curve, jackknife_interval
from .faces import Detected, Pair, detected_faces, pairs_of, shipped_distance
from .material.fetching import Material
from .material.packages import LIBRIVOX
from .material.photos import ALL_PICTURES, PICTURE_PACKAGES
from .shows.dubs import DUB_PACKAGES, dubbed_shows
from .shows.real_sync import REAL_SYNC_PACKAGES, real_sync_show
from .shows.truth import RealShow
from .stages import Choice, cost_of
from .talking import Talking, score_talking
from .voices import VOICE_PACKAGES, Verdict, score_talks, talks
from .words import no_words, score_words

BASELINE = Choice(profile="embedded")
"""The profile whose cost others are compared with."""
MIN_GROUP_PAIRS = 30
"""A group of pairs with fewer has no rate of its own."""

FIELDS = (
    "real_sync_talkers_right",
    "real_sync_talkers",
    "talkers_right",
    "talkers",
    "listeners_right",
    "listeners",
    "listening_wrong",
    "listening_samples",
    "clips_labelled",
    "true_clips",
    "two_voice_sources_right",
    "two_voice_sources",
    "one_voice_sources_right",
    "one_voice_sources",
    "face_recall",
    "faces",
    "face_false",
    "pictures",
    "identity_auc",
    "identity_people",
    "identity_same_pairs",
    "identity_stranger_pairs",
    "identity_distance",
    "identity_false_match",
    "identity_false_non_match",
    "cpu_seconds_ratio",
    "cpu_seconds",
    "baseline_cpu_seconds",
    "video_seconds",
    "memory_gb",
    "wer",
    "wer_words",
)
"""Every figure, in order."""


@dataclass(slots=True)
class Figures:
    """What is known so far."""

    values: dict[str, float | int | None] = field(
        default_factory=lambda: dict.fromkeys(FIELDS, None)
    )
    """By field."""
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    """At 95 %: of a share, or of a count's share of its total."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Field --> why it is None."""
    details: dict[str, Any] = field(default_factory=dict)
    """What the figures are made of, in words and numbers alone."""

    def put(self, **values: float | int | None) -> None:
        """Notes figures."""
        if unknown := set(values) - set(FIELDS):
            raise KeyError(f"no figure {min(unknown)!r}")
        self.values |= values

    def put_count(self, right: str, total: str, count: Count) -> None:
        """Notes a count, of how many it is, and the interval of its share."""
        self.put(**{right: count.right, total: count.total})
        if count.interval is not None:
            self.intervals[right] = count.interval

    def put_share(self, name: str, total: str, count: Count) -> None:
        """Notes a share, of how many it is, and its interval."""
        self.put(**{name: count.share, total: count.total})
        if count.interval is not None:
            self.intervals[name] = count.interval

    def leave(self, reason: str, names: Iterable[str]) -> None:
        """Notes why there are no figures of these names."""
        self.reasons |= dict.fromkeys(names, reason)


_REAL_SYNC = ("real_sync_talkers_right", "real_sync_talkers")
_TALKING = FIELDS[2:10]
_VOICES = FIELDS[10:14]
_FACES = FIELDS[14:18]
_IDENTITY = FIELDS[18:25]
_COST = FIELDS[25:30]
_WORDS = FIELDS[30:]


def measure_real_people(choice: Choice, material: Material, work: Path) -> dict[str, Any]:
    """Measures all that the material allows.

    Args:
        choice: of models.
        material: what could be fetched.
        work: a folder for shows and results, which the caller removes.
    """
    figures = Figures()
    shows = _shows(material, work)
    _talking(figures, choice, material, shows, work)
    _voices(figures, choice, material, shows, work)
    _pictures(figures, choice, material, work)
    _cost(figures, choice, material, shows, work)
    _words(figures, choice, material)
    return {
        "kind": "real",
        "profile": "+".join([choice.profile, *map("=".join, choice.backends)]),
        **figures.values,
        "intervals": {
            name: [round(end, 4) for end in ends] for name, ends in figures.intervals.items()
        },
        **figures.details,
        "not_measured": figures.reasons,
        "missing": dict(material.missing),
        "material": [used._asdict() for used in material.used],
    }


def _shows(material: Material, work: Path) -> list[RealShow]:
    folder = work / "shows"
    folder.mkdir(parents=True)
    shows = [] if material.lacks(REAL_SYNC_PACKAGES) else [real_sync_show(material, folder)]
    if not material.lacks(DUB_PACKAGES):
        shows += dubbed_shows(material, folder)
    return shows


def _talking(
    figures: Figures, choice: Choice, material: Material, shows: Sequence[RealShow], work: Path
) -> None:
    lacks = material.lacks((*REAL_SYNC_PACKAGES, *DUB_PACKAGES))
    if lacks:
        figures.leave(lacks, _TALKING)
    real_sync = material.lacks(REAL_SYNC_PACKAGES)
    if real_sync:
        figures.leave(real_sync, _REAL_SYNC)
    if not shows:
        return
    by_show = score_talking(choice, shows, work / "talking")
    figures.details["shows"] = {
        show.name: {
            "seconds": show.seconds,
            "jaw_loudness_correlation": show.jaw_loudness,
            "faults": by_show[show.name].faults,
        }
        for show in shows
    }
    if not real_sync:
        figures.put_count(*_REAL_SYNC, by_show["R"].talkers)
    if not lacks:
        put_talking(figures, sum(by_show.values(), Talking()))


def put_talking(figures: Figures, talking: Talking) -> None:
    """Notes who talks and who listens, over all shows."""
    figures.put_count("talkers_right", "talkers", talking.talkers)
    figures.put_count("listeners_right", "listeners", talking.listeners)
    figures.put_count("listening_wrong", "listening_samples", talking.wrong_listening)
    figures.put_share("clips_labelled", "true_clips", talking.labelled)
    figures.details["listening_samples_of_nobody"] = talking.unknown_listening


def _voices(
    figures: Figures, choice: Choice, material: Material, shows: Sequence[RealShow], work: Path
) -> None:
    if lacks := material.lacks(VOICE_PACKAGES):
        figures.leave(lacks, _VOICES)
        return
    (real_sync,) = (show for show in shows if show.name == "R")
    recordings = list(talks(material, real_sync, work / "talks"))
    put_voices(figures, score_talks(choice, recordings, work / "voices"))


def put_voices(figures: Figures, verdicts: Sequence[Verdict]) -> None:
    """Notes what was made of recordings of two voices, and of one."""
    for prefix, is_two in (("two", True), ("one", False)):
        rights = [verdict.is_right for verdict in verdicts if verdict.is_two == is_two]
        names = (f"{prefix}_voice_sources_right", f"{prefix}_voice_sources")
        figures.put_count(*names, Count(sum(rights), len(rights)))
    figures.details["voices"] = {
        verdict.name: {
            "right": verdict.is_right,
            "outcome": verdict.outcome,
            "confusion": verdict.confusion,
        }
        for verdict in verdicts
    }


def _pictures(figures: Figures, choice: Choice, material: Material, work: Path) -> None:
    if lacks := material.lacks(PICTURE_PACKAGES):
        figures.leave(lacks, (*_FACES, *_IDENTITY))
        return
    detected = detected_faces(choice, ALL_PICTURES, material, work / "pictures")
    put_faces(figures, detected)
    recordings = [recording for each in detected for recording in each.recordings]
    figures.details["identity_undetected"] = sum(
        recording.descriptor is None for recording in recordings
    )
    put_identity(figures, pairs_of(recordings), shipped_distance(choice))


def put_faces(figures: Figures, detected: Sequence[Detected]) -> None:
    """Notes how many faces were detected."""
    figures.put_share("face_recall", "faces", sum((each.faces for each in detected), Count(0, 0)))
    figures.put(
        face_false=sum(each.num_false for each in detected),
        pictures=sum(each.num_pictures for each in detected),
    )
    kinds: dict[str, dict[str, int]] = {}
    for each in detected:
        kind = kinds.setdefault(
            each.pictures.kind, dict.fromkeys(("pictures", "faces", "right", "false"), 0)
        )
        kind["pictures"] += each.num_pictures
        kind["faces"] += each.faces.total
        kind["right"] += each.faces.right
        kind["false"] += each.num_false
    figures.details["faces_by_kind"] = kinds


def put_identity(figures: Figures, pairs: Sequence[Pair], distance: float | None) -> None:
    """Notes how well people are known again, at any distance and at the shipped one."""
    same = [pair for pair in pairs if pair.same_person]
    strangers = [pair for pair in pairs if not pair.same_person]
    people = sorted({person for pair in pairs for person in pair.people})
    figures.put(
        identity_auc=_area(pairs),
        identity_people=len(people),
        identity_same_pairs=len(same),
        identity_stranger_pairs=len(strangers),
        identity_distance=distance,
    )
    without = [_area([pair for pair in pairs if person not in pair.people]) for person in people]
    interval = jackknife_interval([area for area in without if area is not None])
    if interval is not None:
        figures.intervals["identity_auc"] = interval
    if distance is None:
        figures.leave(
            "the profile has no fixed distance: it looks for the best number of people",
            ("identity_distance", "identity_false_match", "identity_false_non_match"),
        )
        return
    for name, count in (
        ("identity_false_match", _near(strangers, distance)),
        ("identity_false_non_match", Count(len(same) - _near(same, distance).right, len(same))),
    ):
        figures.put(**{name: count.share})
        if count.interval is not None:
            figures.intervals[name] = count.interval
    groups = {
        "of one photo": [pair for pair in strangers if pair.same_picture],
        "of two pictures": [pair for pair in strangers if not pair.same_picture],
    }
    figures.details["identity_false_match_by_group"] = {
        name: {"pairs": len(group), "rate": _near(group, distance).share}
        for name, group in groups.items()
        if len(group) >= MIN_GROUP_PAIRS
    }


def _area(pairs: Sequence[Pair]) -> float | None:
    return area_under_curve(
        [pair.distance for pair in pairs if pair.same_person],
        [pair.distance for pair in pairs if not pair.same_person],
    )


def _near(pairs: Sequence[Pair], distance: float) -> Count:
    return Count(sum(pair.distance <= distance for pair in pairs), len(pairs))


def _cost(
    figures: Figures, choice: Choice, material: Material, shows: Sequence[RealShow], work: Path
) -> None:
    if lacks := material.lacks((*REAL_SYNC_PACKAGES, *DUB_PACKAGES)):
        figures.leave(lacks, _COST)
        return
    videos = [show.path for show in shows]
    cost = cost_of(choice, videos, work / "cost")
    figures.put(
        cpu_seconds=cost.cpu_seconds,
        video_seconds=sum(show.seconds for show in shows),
        memory_gb=cost.memory_bytes / 1e9,
    )
    figures.details["cost_of_stages"] = list(cost.stages)
    if choice == BASELINE:
        reason = f"{choice.profile} is what others are compared with"
        figures.leave(reason, ("cpu_seconds_ratio", "baseline_cpu_seconds"))
        return
    baseline = cost_of(BASELINE, videos, work / "baseline")
    figures.put(
        cpu_seconds_ratio=cost.cpu_seconds / baseline.cpu_seconds,
        baseline_cpu_seconds=baseline.cpu_seconds,
    )


def _words(figures: Figures, choice: Choice, material: Material) -> None:
    reason = material.lacks((LIBRIVOX,)) or no_words(choice)
    if reason:
        figures.leave(reason, _WORDS)
        return
    wer, num_words = score_words(choice, material)
    figures.put(wer=wer, wer_words=num_words)
