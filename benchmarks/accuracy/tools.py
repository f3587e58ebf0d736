"""Figures by the field's own packages: pyannote.metrics, TrackEval, jiwer.

They stand in the dependency group `dev`; the wheel needs none of them.
"""

import importlib
import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import numpy as np

from speakervid5m.records import VoiceInterval

Boxes = Mapping[str, Sequence[float]]
"""Who is where in one frame: x1, y1, x2, y2."""


def _tool(module: str, package: str) -> Any:
    try:
        # TrackEval prints its configuration, and what it could not import.
        with redirect_stdout(StringIO()):
            return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"the benchmark scores with {package}: pip install {package}, or --group dev"
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class DiarizationScore:
    """Seconds of each kind of error, as pyannote.metrics' `DiarizationErrorRate` has them."""

    missed: float = 0.0
    """Somebody speaks and nobody is given; each speaker too few counts."""
    false_alarm: float = 0.0
    """Somebody is given and nobody speaks; each speaker too many counts."""
    confusion: float = 0.0
    """Another one is given."""
    total: float = 0.0
    """Speech, overlapped speech once for each speaker."""

    def __add__(self, other: "DiarizationScore") -> "DiarizationScore":
        """Seconds of both."""
        return DiarizationScore(
            missed=self.missed + other.missed,
            false_alarm=self.false_alarm + other.false_alarm,
            confusion=self.confusion + other.confusion,
            total=self.total + other.total,
        )

    @property
    def error_rate(self) -> float:
        """DER; may be over 1. Without speech it is 0 if nothing is given, else 1."""
        wrong = self.missed + self.false_alarm + self.confusion
        if not self.total:
            return 1.0 if wrong else 0.0
        return wrong / self.total


def score_diarization(
    found: Sequence[VoiceInterval],
    true: Sequence[VoiceInterval],
    *,
    seconds: float | None = None,
    collar_seconds: float = 0.0,
) -> tuple[DiarizationScore, dict[str, str]]:
    """Compares who speaks when, overlapped speech counted, under the names that fit best.

    Args:
        found: intervals; they may overlap.
        true: the same, as they are.
        seconds: what is judged, from 0 on; as far as either goes if left out.
        collar_seconds: left out of account around every true beginning and end, half of it on
            either side (pyannote's; md-eval and dscore give the half).

    Returns:
        The errors, and for every voice that was found the true one that it is, if any.
    """
    core = _tool("pyannote.core", "pyannote.metrics")
    diarization = _tool("pyannote.metrics.diarization", "pyannote.metrics")
    metric = diarization.DiarizationErrorRate(collar=collar_seconds, skip_overlap=False)
    if seconds is None:
        seconds = max((one.stop_seconds for one in [*found, *true]), default=0.0)
    judged = core.Timeline([core.Segment(0.0, seconds)])
    given, spoken = _annotation(core, found), _annotation(core, true)
    parts = metric(spoken, given, uem=judged, detailed=True)
    score = DiarizationScore(
        missed=parts["missed detection"],
        false_alarm=parts["false alarm"],
        confusion=parts["confusion"],
        total=parts["total"],
    )
    return score, dict(metric.optimal_mapping(spoken, given, uem=judged))


def _annotation(core: Any, voices: Sequence[VoiceInterval]) -> Any:
    annotation = core.Annotation()
    for number, one in enumerate(voices):
        if one.stop_seconds > one.start_seconds:
            segment = core.Segment(one.start_seconds, one.stop_seconds)
            annotation[segment, number] = one.voice
    return annotation


@dataclass(slots=True)
class TrackScores:
    """HOTA and IDF1 over sequences, by TrackEval; pooled as it pools sequences."""

    _hota: dict[str, Any] = field(default_factory=dict)
    _identity: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, found: Sequence[Boxes], true: Sequence[Boxes]) -> None:
        """Takes a sequence.

        Args:
            name: unique.
            found: of every frame who is where; a name is one person throughout.
            true: the same, as it is; equally many frames.
        """
        data = _sequence(found, true)
        hota, identity = _metrics()
        self._hota[name] = hota.eval_sequence(data)
        self._identity[name] = identity.eval_sequence(data)

    def figures(self) -> dict[str, float | None]:
        """`hota` and its parts over thresholds from .05 to .95, `idf1` at an IoU of .5."""
        if not self._hota:
            return dict.fromkeys(("hota", "hota_detection", "hota_association", "idf1"))
        hota, identity = _metrics()
        one = hota.combine_sequences(self._hota)
        return {
            "hota": float(np.mean(one["HOTA"])),
            "hota_detection": float(np.mean(one["DetA"])),
            "hota_association": float(np.mean(one["AssA"])),
            "idf1": float(identity.combine_sequences(self._identity)["IDF1"]),
        }


def _metrics() -> tuple[Any, Any]:
    _tool("trackeval", "trackeval")
    metrics = _tool("trackeval.metrics", "trackeval")
    with redirect_stdout(StringIO()):
        return metrics.HOTA(), metrics.Identity()


def _sequence(found: Sequence[Boxes], true: Sequence[Boxes]) -> dict[str, Any]:
    numbers: list[dict[str, int]] = [
        {name: n for n, name in enumerate(sorted({name for frame in side for name in frame}))}
        for side in (true, found)
    ]
    ids: list[list[Any]] = [[], []]
    similar = []
    for here, there in zip(true, found, strict=True):
        for side, frame in enumerate((here, there)):
            ids[side].append(np.array([numbers[side][name] for name in frame], np.int64))
        similar.append(overlaps(list(here.values()), list(there.values())))
    return {
        "num_timesteps": len(true),
        "num_gt_ids": len(numbers[0]),
        "num_tracker_ids": len(numbers[1]),
        "num_gt_dets": sum(map(len, ids[0])),
        "num_tracker_dets": sum(map(len, ids[1])),
        "gt_ids": ids[0],
        "tracker_ids": ids[1],
        "similarity_scores": similar,
    }


def overlaps(ones: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> Any:
    """(n, m) intersection over union of boxes x1, y1, x2, y2."""
    a = np.asarray(ones, np.float64).reshape(-1, 1, 4)
    b = np.asarray(others, np.float64).reshape(1, -1, 4)
    inner = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(inner, 0, None).prod(axis=2)
    areas = [(box[..., 2:] - box[..., :2]).prod(axis=2) for box in (a, b)]
    return shared / np.maximum(areas[0] + areas[1] - shared, 1e-12)


def word_error_rate(found: Sequence[str], true: Sequence[str]) -> float | None:
    """Wrong words over true ones, by jiwer; case and punctuation left out. None without words."""
    jiwer = _tool("jiwer", "jiwer")
    pairs = [(_words(one), _words(other)) for one, other in zip(found, true, strict=True)]
    pairs = [(one, other) for one, other in pairs if other]
    if not pairs:
        return None
    return float(jiwer.wer([other for _, other in pairs], [one for one, _ in pairs]))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower()))
