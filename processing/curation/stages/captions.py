"""`captions`: one answer of a vision language model for each clip, with motion and topic.

clips that pass every other base gate --> frames --> Captioner --> one JSON, checked; asked again
    if it is invalid --> text, framing, motion degree; the source's topic by majority

Captions are most of the cost of curation, so a clip that another gate drops gets none, and its
caption columns are null. They are also null for a clip without a valid answer, which the table
`unanswered` lists with the reason.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from ....records import Clip, clips_of
from ....release import Gate, describe_gates
from ...engines import Source, Stage, Tables, in_halves
from ...models.contract import instance
from ...models.vision.protocols import Captioner, Question
from ..clips.caption_text import BadCaption, Caption, parse_caption, question
from ..clips.clip_frames import ClipFrames, clip_frames
from ..clips.clip_tables import MEASURED, clips_so_far, measured_schema, measured_table
from ..contract.builder import StageContext, WithModel

SCHEMA = measured_schema(
    "motion_degree",
    "motion",
    "expression",
    "camera_movement",
    "entities",
    "human_body",
    "facing",
    "topic",
)
UNANSWERED = pa.schema([("clip_id", pa.string()), ("reason", pa.string()), ("detail", pa.string())])
MAX_ATTEMPTS = 3
"""Attempts for each clip (ours)."""
FRAMES_PER_SECOND = 2.0
"""Frame rate of the model's input (Qwen-VL's own default)."""
MAX_FRAMES = 28
"""Of a clip: 14 s at 2 a second."""
LONG_SIDE = 448
"""Pixels (ours: 28 frames of 448 x 448 are 3,600 tokens, enough for the model to read faces)."""
_BATCH = 4
"""Clips of one batch (ours: with 8 billion parameters that takes 24 GB)."""


def captions_stage(context: StageContext) -> Stage:
    """Caption, framing, motion degree and topic of the clips that pass the other base gates."""
    gates = tuple(
        gate for gate in context.gates if gate.stage == "base" and gate.field not in SCHEMA.names
    )
    return context.stage(
        name="captions",
        what="what a vision language model says of the clips that pass every other base gate",
        reads=("clips", *context.measured),
        writes={MEASURED: SCHEMA, "unanswered": UNANSWERED},
        params={
            "gates": [[gate["name"], gate["expression"], gate["applies_to"]]
                      for gate in describe_gates(gates)],
            "fps": FRAMES_PER_SECOND,
            "max_frames": MAX_FRAMES,
            "long_side": LONG_SIDE,
            "batch": _BATCH,
            "prompt": question(None),
        },
        load=WithModel(context.spec, context.weights, partial(_captions, context.measured, gates)),
    )  # fmt: skip


def is_worth_it(clip: Clip, gates: Iterable[Gate]) -> bool:
    """Whether no gate over measures other than captions drops the clip.

    Unmeasured hands are no reason, since only the caption says whether hands are in view.
    """
    for gate in gates:
        answer = gate.answer(clip)
        unmeasured = answer == "unknown" and gate.applies_to != "hands_in_view"
        if answer == "fail" or unmeasured:
            return False
    return True


def _captions(
    measured: tuple[str, ...],
    gates: tuple[Gate, ...],
    captioner: Captioner,
    source: Source,
    inputs: Mapping[str, Tables],
) -> Tables:
    clips = clips_of(clips_so_far(inputs, measured))
    worthy = [clip for clip in clips if is_worth_it(clip, gates)]
    captions: dict[str, Caption] = {}
    refused: list[dict[str, str]] = []
    batch: list[ClipFrames] = []
    inputs_of_clips = clip_frames(
        source, worthy, fps=FRAMES_PER_SECOND, max_frames=MAX_FRAMES, long_side=LONG_SIDE
    )
    for frames in inputs_of_clips:
        batch.append(frames)
        if len(batch) == _BATCH:
            _ask(captioner, batch, captions, refused)
            batch = []
    _ask(captioner, batch, captions, refused)
    topic = _topic([captions[clip.clip_id] for clip in clips if clip.clip_id in captions])
    rows = {clip_id: _row(caption, topic) for clip_id, caption in captions.items()}
    return {
        MEASURED: measured_table(rows, SCHEMA),
        "unanswered": pa.Table.from_pylist(refused, schema=UNANSWERED),
    }


def _ask(
    captioner: Captioner,
    batch: Sequence[ClipFrames],
    captions: dict[str, Caption],
    refused: list[dict[str, str]],
) -> None:
    """Asks until every answer is valid, at most `MAX_ATTEMPTS` times; each attempt is one batch."""
    problems: dict[str, BadCaption | None] = {frames.clip.clip_id: None for frames in batch}
    for _ in range(MAX_ATTEMPTS):
        unanswered = [frames for frames in batch if frames.clip.clip_id in problems]
        questions = [
            Question(
                frames=frames.frames,
                fps=frames.fps,
                prompt=question(frames.clip.transcript, problems[frames.clip.clip_id]),
            )
            for frames in unanswered
        ]
        answers = in_halves(questions, captioner.answer) if questions else []
        for frames, answer in zip(unanswered, answers, strict=True):
            clip_id = frames.clip.clip_id
            try:
                text = instance("a captioner's answer", answer, str)
                captions[clip_id] = parse_caption(text)
                del problems[clip_id]
            except BadCaption as problem:
                problems[clip_id] = problem
    refused += [
        {"clip_id": clip_id, "reason": problem.reason, "detail": str(problem)}
        for clip_id, problem in problems.items()
        if problem is not None
    ]


def _topic(captions: Sequence[Caption]) -> str | None:
    """The topic of most clips, the earliest of equals: a source talks about one thing."""
    counts = Counter(caption.topic for caption in captions)
    return counts.most_common(1)[0][0] if counts else None


def _row(caption: Caption, topic: str | None) -> dict[str, Any]:
    return {
        "motion_degree": caption.motion_degree,
        "motion": caption.motion,
        "expression": caption.expression,
        "camera_movement": caption.camera_movement,
        "entities": list(caption.entities),
        "human_body": caption.human_body,
        "facing": caption.facing,
        "topic": topic,
    }
