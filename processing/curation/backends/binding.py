"""Who does the stage `binding`: networks behind the rule by which faces and voices are paired."""

from ...models.audio_visual import weights
from ...models.model_spec import ModelSpec
from ..people.model_binding import Binder, SpeakingBinder, SyncBinder

SYNCNET: ModelSpec[Binder] = weights.SYNCNET.inside(SyncBinder)
"""Who speaks by confidence, and by how much the sound is late (paper)."""
LR_ASD: ModelSpec[Binder] = weights.LR_ASD.inside(SpeakingBinder)
"""Who speaks, frame by frame."""
