"""What models take and give that look at a mouth and listen at once."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAX_SHIFT_FRAMES = 15
"""Sound is looked for up to so many frames early or late (SyncNet's `vshift`)."""


class SyncModel(Protocol):
    """Turns mouths and sound into vectors that are near each other where they belong together."""

    def features(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors of windows of five frames.

        Args:
            crops: (T, 224, 224, 3) head crops at 25 a second, blue, green, red.
            samples: (S,) mono at 16 kHz from the first crop on.

        Returns:
            (n, d) of the pictures, (n, d) of the sound; n = min(T, S // 640) - 5, at least 0.
        """


class SpeakingModel(Protocol):
    """Tells for every frame whether a face speaks what is heard."""

    def probabilities(
        self, crops: NDArray[np.uint8], samples: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(T,) probability that the face speaks, 0 to 1.

        Args:
            crops: (T, 224, 224, 3) head crops at 25 a second, blue, green, red.
            samples: (S,) mono at 16 kHz from the first crop on.
        """
