"""A release in, a figure of one conversation out: who speaks, who listens, where scenes begin."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure as Canvas

from ...records import CONFIGS, Clip
from ...release import Release
from .theme import GREY, SERIES, Theme, canvas, label

_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Conversation:
    """The clips to draw."""

    source_id: str
    """The source."""
    clips: tuple[Clip, ...]
    """By start; at most two minutes of them."""

    @property
    def voices(self) -> list[str]:
        """All voices, A first."""
        heard = {scene_voice.voice for clip in self.clips for scene_voice in clip.scene_voices}
        return sorted(heard | {clip.voice for clip in self.clips if clip.voice})


def pick_conversation(release: Release) -> Conversation:
    """The source with the most samples, in the config that shows most of a conversation."""
    order = ("multi_turn", "listening", "dialogue", "single")
    name = min(release.configs, key=lambda config: order.index(CONFIGS[config].branch))
    ids = release[name].table(["conversation_id"])["conversation_id"].to_pylist()
    source = min(Counter(ids).items(), key=lambda entry: (-entry[1], entry[0]))[0]
    clips_by_id: dict[str, Clip] = {}
    for config in release.configs:
        samples = release[config]
        ids = samples.table(["conversation_id"])["conversation_id"].to_pylist()
        for number, id_ in enumerate(ids):
            if id_ == source:
                clips_by_id |= {clip.clip_id: clip for clip in samples[number].clips}
    clips = sorted(clips_by_id.values(), key=lambda clip: (clip.start_seconds, clip.clip_id))
    end = clips[0].start_seconds + _LONGEST_SECONDS
    return Conversation(source, tuple(clip for clip in clips if clip.start_seconds < end))


def draw_conversation(conversation: Conversation, theme: Theme) -> Canvas:
    """One lane for each voice: speech filled, listening hatched; scenes as thin lines."""
    voices = conversation.voices
    figure = canvas(10, 1.2 + 0.62 * max(1, len(voices)))
    axis: Any = figure.subplots()
    lanes = {voice: number for number, voice in enumerate(voices)}
    colors = {voice: SERIES[n] if n < 2 else GREY for voice, n in lanes.items()}
    heard = {
        (scene_voice.start_seconds, scene_voice.stop_seconds, scene_voice.voice)
        for clip in conversation.clips
        for scene_voice in clip.scene_voices
    }
    for start, stop, voice in sorted(heard):
        axis.barh(lanes[voice], stop - start, left=start, height=0.2, color=theme.fill)
    for clip in conversation.clips:
        _draw_clip(axis, clip, lanes, colors, theme)
    for cut in sorted(
        {clip.scene_start_seconds or clip.start_seconds for clip in conversation.clips}
    ):
        axis.axvline(cut, color=theme.muted, linewidth=0.6, linestyle=":")
    axis.set_yticks(list(lanes.values()), [f"voice {label(voice, 4)}" for voice in voices])
    axis.set_ylim(len(voices) - 0.4, -0.6)
    axis.set_xlabel("seconds of the video")
    axis.set_title("A conversation")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    _legend(figure, theme)
    return figure


def _draw_clip(
    axis: Any, clip: Clip, lanes: dict[str, int], colors: dict[str, str], theme: Theme
) -> None:
    if clip.role == "speaking" and clip.voice in lanes:
        for interval in clip.speech:
            axis.barh(
                lanes[clip.voice], interval.duration_seconds, left=interval.start_seconds,
                height=0.5, color=colors[clip.voice],
            )  # fmt: skip
    elif clip.role == "listening":
        who = (clip.person_id or "").rpartition("#")[2]
        lane = lanes.get(who, _other(clip.voice, lanes))
        axis.barh(
            lane, clip.duration_seconds, left=clip.start_seconds, height=0.5, fill=False,
            hatch="////", edgecolor=theme.muted, linewidth=0.8,
        )  # fmt: skip


def _other(voice: str | None, lanes: dict[str, int]) -> int:
    """The lane of the main speaker who is not `voice`."""
    return next((lane for name, lane in lanes.items() if name != voice), 0)


def _legend(figure: Canvas, theme: Theme) -> None:
    from matplotlib.patches import Patch

    figure.legend(
        handles=[
            Patch(color=SERIES[0], label="speaks, in a clip"),
            Patch(fill=False, hatch="////", edgecolor=theme.muted, label="seen listening"),
            Patch(color=theme.fill, label="voice heard in the scene"),
        ],
        loc="outside upper right", ncols=3, frameon=False, fontsize=8, labelcolor=theme.foreground,
    )  # fmt: skip


def describe_conversation(conversation: Conversation) -> str:
    """The same in words."""
    counts: dict[tuple[str, str], int] = {}
    for clip in conversation.clips:
        key = (clip.role, clip.voice or "nobody")
        counts[key] = counts.get(key, 0) + 1
    counts_by_role = [
        f"{count} clips in which {voice} {'speaks' if role == 'speaking' else 'sounds'}"
        f"{'' if role == 'speaking' else f' and somebody is {role}'}"
        for (role, voice), count in sorted(counts.items())
    ]
    return f"A timeline of one conversation, one lane a voice: {'; '.join(counts_by_role)}."
