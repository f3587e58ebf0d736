"""What a reply is judged by: the answer itself, and another clip of the person. Never for a model.

Bench, sample id --> Answer: mp4 and FLAC of the answer, when it begins after the question
"""

from dataclasses import dataclass

from ...records import DialogueSample
from .bench import Bench


@dataclass(frozen=True, slots=True)
class Answer:
    """The truth of one pair."""

    bench: Bench
    """Where it is from."""
    sample: DialogueSample
    """Its record."""

    @property
    def video(self) -> bytes:
        """The answer's mp4."""
        return self.bench.medium(self.sample.sample_id, "responder_video")

    @property
    def flac(self) -> bytes:
        """The answer's clean speech."""
        return self.bench.medium(self.sample.sample_id, "responder_audio")

    @property
    def starts_after_seconds(self) -> float:
        """From the first frame of the question to the first frame of the answer; 0 if earlier."""
        delay = self.sample.responder.start_seconds - self.sample.initiator.start_seconds
        return max(0.0, delay)

    @property
    def question_ends_seconds(self) -> float:
        """From the first frame of the question to the end of its speech."""
        initiator = self.sample.initiator
        ends = [interval.stop_seconds for interval in initiator.speech] or [initiator.end_seconds]
        return max(ends) - initiator.start_seconds


def answers(bench: Bench) -> dict[str, Answer]:
    """The truth of every pair, by sample id; media are read when they are asked for."""
    return {name: Answer(bench, sample) for name, sample in bench.pairs.items()}
