"""`Clip`, the one record that flows everywhere: one person in one scene, and all that is known.

Both ways into a release make clips; stages fill them, releases store them, loaders read them.

Its fields are columns, in this order (`columns.py`), and their docs are the columns' docs in cards.
A score that was not measured is None, never 0. A column named after a model holds that model's
value or None.
"""

from dataclasses import dataclass, fields
from typing import Literal

from .configs import Tier
from .display import fields_table, shortened
from .intervals import Interval, Segment, VoiceInterval
from .keys import ClipKey, Role

HumanBody = Literal["full", "portrait", "head"]
Facing = Literal["front", "side"]
Origin = Literal["official", "curated"]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Clip:
    """One person in one scene: where it is, who it is, what was measured."""

    # Identity
    clip_id: str
    """The official clip key, see `ClipKey`."""
    source_id: str
    """11 characters: YouTube's id, or `x` and 10 base32 characters for one's own video."""
    scene: int
    """Index of the scene in the source, from 0."""
    voice: str | None = None
    """The voice that sounds: this person's if `role` is speaking, the other's if listening."""
    box_index: int
    """Index of the tracked person in the scene, from 0."""
    role: Role
    """`speaking`, `listening` or `unbound` (matched to no voice)."""
    person_id: str | None = None
    """`{source_id}#A` or `#B`: the same person across the source. None: identity unknown."""

    # Place
    scene_start_seconds: float | None = None
    """Start of the scene on the source's timeline (`start_seconds` of the official files)."""
    scene_end_seconds: float | None = None
    """End of the scene, exclusive (`end_seconds` of the official files)."""
    start_seconds: float
    """Start of what is cut, on the source's timeline."""
    end_seconds: float
    """End of what is cut, exclusive."""
    bbox: tuple[float, ...]
    """x1, y1, x2, y2 of the one static box, normalised by the source frame, 0 to 1."""
    source_width: int
    """Width of the source frame in pixels."""
    source_height: int
    """Height of the source frame in pixels."""
    width: int | None = None
    """Width of the cut clip in pixels; None until it is cut."""
    height: int | None = None
    """Height of the cut clip in pixels; None until it is cut."""
    fps: float | None = None
    """Frames per second of the cut clip; None until it is cut."""
    num_frames: int | None = None
    """Frames of the cut clip; None until it is cut."""
    sample_rate: int | None = None
    """Samples per second of the clip's sound; None until it is cut, and for a listener."""

    # Voices
    speech: tuple[Interval, ...] = ()
    """This person's diarized intervals within the cut range, source timeline."""
    scene_voices: tuple[VoiceInterval, ...] = ()
    """Who sounds when in the scene, source timeline."""

    # Binding
    sync_confidence: float | None = None
    """SyncNet confidence of the voice won by this box; the authors release 3 and more."""
    sync_distance: float | None = None
    """SyncNet distance, lower is closer."""
    sync_offset_frames: float | None = None
    """SyncNet audio-visual offset in frames of 25 fps."""
    lip_confidence: float | None = None
    """How much better lips and voice agree at the best shift than at a usual one (ours, from
    mouth opening and loudness; not comparable with `sync_confidence`)."""
    lip_distance: float | None = None
    """Distance of mouth opening and loudness at the best shift, lower is closer (ours)."""
    lip_offset_frames: float | None = None
    """By how many frames of 25 fps the sound is late, by lips and loudness (ours)."""
    asd_score: float | None = None
    """Mean probability that this person speaks while the voice sounds, by an active speaker
    detector on pictures and sound; 0 to 1 (not comparable with `sync_confidence`)."""

    # Quality
    dover: float | None = None
    """DOVER's fused score, 0 to 1."""
    uvq: float | None = None
    """Google's UVQ, 1 to 5 (not comparable with `dover`)."""
    clarity: float | None = None
    """bit rate / sqrt(height * width) of the source file (official code: `clear`)."""
    luminance_mean: float | None = None
    """Mean of 0.2126 R + 0.7152 G + 0.0722 B, 0 to 255."""
    luminance_abnormal_run: int | None = None
    """Longest run of frames whose mean luminance is below 10 or above 210, in frames."""
    face_blur: float | None = None
    """Normalised Laplacian variance on the face, mean over frames; higher is sharper."""
    face_sharpness: float | None = None
    """Contrast-normalised Laplacian on the face, mean over frames; higher is sharper (ours, not
    comparable with `face_blur`)."""
    hand_blur: float | None = None
    """Normalised Laplacian variance on the hands, mean over frames; higher is sharper."""
    hand_sharpness: float | None = None
    """Contrast-normalised Laplacian on the hands in view, mean over frames; higher is sharper
    (ours, not comparable with `hand_blur`)."""
    motion_energy: float | None = None
    """Mean absolute change of luma from frame to frame in the person's box, 0 to 255 (ours)."""
    motion_degree: float | None = None
    """1 (still) to 5 (lively), by the captioning model."""

    # Speech text
    transcript: str | None = None
    """What this person says in the clip."""
    language: str | None = None
    """Language of the transcript, ISO 639-1."""
    language_share: float | None = None
    """How much of the source's transcribed time is in this clip's language, 0 to 1: low where the
    recogniser took the language for another (the paper's language mismatch; the measure is ours).
    """
    asr_avg_logprob: float | None = None
    """Mean token log probability of the transcript, over its segments by duration; at most 0."""
    asr_no_speech_prob: float | None = None
    """Probability that nobody speaks, mean over segments by duration; 0 to 1."""
    asr_compression_ratio: float | None = None
    """Compression ratio of the transcript, largest of its segments."""
    segments: tuple[Segment, ...] = ()
    """The recogniser's segments, times from the beginning of the scene."""

    # Caption
    motion: str | None = None
    """What the person does, in words."""
    expression: str | None = None
    """What the face shows, in words."""
    camera_movement: str | None = None
    """What the camera does, in words."""
    entities: tuple[str, ...] = ()
    """Things and people in the picture."""
    human_body: HumanBody | None = None
    """Framing: full body, portrait (half body) or head."""
    facing: Facing | None = None
    """Seen from the front or from the side."""
    topic: str | None = None
    """What the source talks about."""

    # Provenance
    tier: Tier = "pretrain"
    """`sft` or `pretrain`; disjoint."""
    origin: Origin
    """`official` (the published annotations) or `curated` (our stages)."""
    source_published: str | None = None
    """Date of the source's publication, ISO 8601, where known."""
    source_name: str | None = None
    """File name of the source, where it is one's own."""
    backends_id: str | None = None
    """Names the set of backends that measured this clip; spelled out in the manifest."""

    def __post_init__(self) -> None:
        if not self.start_seconds < self.end_seconds:
            raise ValueError(
                f"clip {self.clip_id!r} must end after it starts, got "
                f"[{self.start_seconds}, {self.end_seconds}) seconds"
            )
        if len(self.bbox) != 4:
            raise ValueError(f"clip {self.clip_id!r}: bbox must be x1, y1, x2, y2, got {self.bbox}")

    def __repr__(self) -> str:
        return f"Clip({self.summary})"

    def _repr_html_(self) -> str:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return fields_table(f"Clip {self.clip_id}", values)

    @property
    def summary(self) -> str:
        """The clip on one line: who, when, size, tier, and how the words begin."""
        person = self.person_id or f"{self.source_id}, voice {self.voice or 'unknown'}"
        parts = [f"{self.role} {person}", f"{self.start_seconds:.2f}-{self.end_seconds:.2f} s"]
        if self.width is not None and self.height is not None and self.fps is not None:
            parts.append(f"{self.width}x{self.height} at {self.fps:g} fps")
        if self.tier is not None:  # None where `select` left it out
            parts.append(self.tier)
        if self.transcript:
            parts.append(f'"{shortened(self.transcript)}"')
        return ", ".join(parts)

    @property
    def key(self) -> ClipKey:
        """The clip key, parsed."""
        return ClipKey.parse(self.clip_id)

    @property
    def duration_seconds(self) -> float:
        """Length of what is cut, in seconds."""
        return self.end_seconds - self.start_seconds

    @property
    def nominal_bytes(self) -> int:
        """Size to plan with before anything is cut, in bytes (ours).

        The crop's pixels, at most 1920 on the long side, at 25 frames a second and 0.08 bit a
        pixel (talking heads in H.264 at crf 20 lie between 0.05 and 0.1), and 48 kHz mono FLAC
        at 48 kB a second.
        """
        x1, y1, x2, y2 = self.bbox
        wide, high = (x2 - x1) * self.source_width, (y2 - y1) * self.source_height
        shrink = min(1.0, 1920 / max(wide, high, 1.0))
        per_second = 25 * 0.08 / 8 * wide * high * shrink * shrink + 48_000
        return int(per_second * self.duration_seconds)
