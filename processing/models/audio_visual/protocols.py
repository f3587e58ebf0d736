"""Protocols of models of a mouth and a waveform together.

head crops at 25 a second, samples at 16 kHz --> vectors of both, or a probability for each frame
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_SHIFT_FRAMES = 15
"""Greatest shift of the audio, in frames, early or late (SyncNet's `vshift`)."""


class SyncModel(Protocol):
    """Turns mouths and audio into vectors that are near each other where they belong together."""

    def features(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors of windows of five frames.

        Args:
            crops: (T, 224, 224, 3) head crops at 25 a second, blue, green, red.
            samples: (S,) mono at 16 kHz from the first crop on.

        Returns:
            (n, d) of the frames, (n, d) of the audio; n = min(T, S // 640) - 5, at least 0.
        """


class SpeakingModel(Protocol):
    """Says for every frame whether a face speaks what the audio holds."""

    def probabilities(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(T,) probability that the face speaks, 0 to 1.

        Args:
            crops: (T, 224, 224, 3) head crops at 25 a second, blue, green, red.
            samples: (S,) mono at 16 kHz from the first crop on.
        """
