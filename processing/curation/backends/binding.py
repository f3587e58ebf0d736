"""Backends of the stage `binding`: a network behind the rule that pairs faces with voices.

spec of a network --> spec of a `Binder`
"""

from ...models.audio_visual import loading
from ...models.model_spec import ModelSpec
from ..people.model_binding import Binder, SpeakingBinder, SyncBinder

SYNCNET: ModelSpec[Binder] = loading.SYNCNET.inside(SyncBinder)
"""Pairs by SyncNet's confidence; also measures the delay of the audio (paper)."""
LR_ASD: ModelSpec[Binder] = loading.LR_ASD.inside(SpeakingBinder)
"""Pairs by the mean probability that a face speaks."""
