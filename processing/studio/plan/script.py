"""A seed in, turns out: two people talk, sometimes a third voice, with pauses.

write_lines (words and pauses) -> durations (a voice, or an estimate) -> lay_out (turns)
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .truth import FPS, Turn

QUESTIONS = (
    "Welcome back to the studio, it is good to have you here tonight.",
    "Tell us how the whole project started, and who had the first idea.",
    "And did anybody believe you at that point?",
    "That is a lovely story. What was the hardest part of the first year?",
    "I remember seeing the first photographs in the newspaper.",
    "So what comes next for you and for your team?",
    "How long do you think that will take?",
    "Was there a moment when you wanted to give up?",
    "Who taught you to build things with your own hands?",
)
ANSWERS = (
    "Thank you, I have been looking forward to this for a long time.",
    "Well, we met in a small town by the sea, and we talked until morning about boats.",
    "Almost nobody. My mother did, and one old teacher who gave us the keys to his workshop.",
    "Money, of course. But also the weather, because every storm broke something new.",
    "Yes, that picture was taken on the only sunny day in the month of March.",
    "We want to build a bigger one, and sail around the world without any fuel at all.",
    "Perhaps three years, if we are lucky and if people keep helping us.",
    "Every winter, to be honest, and every time somebody came with soup and new plans.",
    "My grandfather. He could mend a clock with a spoon, and he never threw anything away.",
)
LONG = (
    "That is a long story. In the first summer we had nothing but a shed and a borrowed saw, and "
    "when it rained we worked under a sail that we had tied between two trees. People came by and "
    "laughed, and then they stayed, and in the end half of the village was holding ropes.",
    "You have to imagine the harbour before sunrise. There is no wind, the water is grey, and "
    "everybody is whispering as if the boat were asleep. Then the first rope is loosened, and "
    "she moves, very slowly, and nobody says a word until she is out of the harbour.",
)
THIRD = (
    "Ladies and gentlemen, we will be right back after a very short break.",
    "One question from the audience, please: would you do it all again?",
)
BACKCHANNELS = ("Right.", "I see.", "Really?", "Yes, yes.")

_SECONDS_PER_CHARACTER = 1 / 15


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say."""

    voice: str
    text: str
    pause_seconds: float
    """Silence between the previous line and this one."""
    backchannel: str | None = None
    """What the other person says meanwhile."""


def write_lines(rng: random.Random, duration_seconds: float) -> list[Line]:
    """More lines than fit the duration; `lay_out` takes those that fit."""
    lines: list[Line] = []
    written = 0.0
    number = rng.randrange(len(QUESTIONS))
    voice = "A"
    while written < duration_seconds * 1.5:
        chance = rng.random()
        if lines and chance < 0.06:
            lines.append(Line("C", rng.choice(THIRD), _pause(rng)))
        else:
            text = (QUESTIONS if voice == "A" else ANSWERS)[number % len(QUESTIONS)]
            if chance < 0.2:
                text = rng.choice(LONG)
            answer = rng.choice(BACKCHANNELS) if len(text) > 60 and rng.random() < 0.3 else None
            lines.append(Line(voice, text, _pause(rng), answer))
            # Sometimes the same person goes on after a pause.
            if rng.random() > 0.12:
                number += voice == "B"
                voice = "B" if voice == "A" else "A"
        written += len(lines[-1].text) * _SECONDS_PER_CHARACTER + lines[-1].pause_seconds
    return lines


def texts_of(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Voice and text of everything to speak, each once, in a fixed order."""
    spoken: dict[tuple[str, str], None] = {}
    for line in lines:
        spoken[line.voice, line.text] = None
        if line.backchannel is not None:
            spoken[_other(line.voice), line.backchannel] = None
    return list(spoken)


def estimated_seconds(text: str) -> float:
    """The estimated duration of a sentence that is not spoken."""
    return len(text) * _SECONDS_PER_CHARACTER


def lay_out(
    lines: Sequence[Line], seconds: dict[tuple[str, str], float], duration_seconds: float
) -> tuple[Turn, ...]:
    """Puts lines one after another while they fit.

    Args:
        lines: what to say.
        seconds: duration of every (voice, text).
        duration_seconds: of the show.
    """
    turns: list[Turn] = []
    time = 0.6
    for line in lines:
        start = _at_frame(time + line.pause_seconds)
        stop = start + seconds[line.voice, line.text]
        if stop > duration_seconds - 0.4:
            break
        turns.append(_turn(line.voice, start, stop, line.text))
        if line.backchannel is not None:
            other = _other(line.voice)
            length = seconds[other, line.backchannel]
            begin = _at_frame((start + stop - length) / 2)
            if start < begin and begin + length < stop:
                turns.append(_turn(other, begin, begin + length, line.backchannel, True))
        time = stop
    return tuple(sorted(turns, key=lambda turn: (turn.start_seconds, turn.voice)))


def _turn(voice: str, start: float, stop: float, text: str, backchannel: bool = False) -> Turn:
    return Turn(
        voice=voice,
        start_seconds=round(start, 3),
        stop_seconds=round(stop, 3),
        text=text,
        backchannel=backchannel,
    )


def _pause(rng: random.Random) -> float:
    chance = rng.random()
    if chance < 0.05:
        return rng.uniform(5.3, 6.5)
    if chance < 0.15:
        return rng.uniform(2.3, 3.5)
    return rng.uniform(0.2, 0.7)


def _other(voice: str) -> str:
    return "A" if voice == "B" else "B"


def _at_frame(seconds: float) -> float:
    return round(seconds * FPS) / FPS
