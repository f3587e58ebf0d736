"""Release to training batches: typed, masked, in an order that resumes exactly.

loader = Loader(samples, batch_size=8, video=VideoSpec(fps=8, height=480, width=768))
for batch in loader: ...
loader.load_state_dict(state)
"""

from importlib.util import find_spec as _find_spec

from ..records import install_command as _install_command

# TorchVision is imported with the first picture: see `batches.tv_tensors`.
if _missing := [name for name in ("torch", "torchvision") if _find_spec(name) is None]:
    raise ImportError(
        f"speakervid5m.loaders needs {' and '.join(_missing)}: {_install_command('loaders')}"
    )

from .batches.branch_batches import (
    Batch,
    DialogueBatch,
    ListeningBatch,
    MultiTurnBatch,
    SingleBatch,
    Skipped,
)
from .batches.clip_batches import AudioBatch, ClipBatch, VideoBatch
from .batches.feature_batch import FeatureBatch
from .loader import Loader
from .mixture import Mixture
from .raw_loader import RawLoader, RawSample
from .specs.batch_specs import Buckets, Packing
from .specs.clip_specs import AudioSpec, FeatureSpec, VideoSpec
from .specs.errors import (
    BatchSizeError,
    LoaderError,
    NoMediaError,
    SampleError,
    StateError,
    WorkerDied,
)
from .torch_dataset import LoaderDataset

__all__ = [
    "AudioBatch",
    "AudioSpec",
    "Batch",
    "BatchSizeError",
    "Buckets",
    "ClipBatch",
    "DialogueBatch",
    "FeatureBatch",
    "FeatureSpec",
    "ListeningBatch",
    "Loader",
    "LoaderDataset",
    "LoaderError",
    "Mixture",
    "MultiTurnBatch",
    "NoMediaError",
    "Packing",
    "RawLoader",
    "RawSample",
    "SampleError",
    "SingleBatch",
    "Skipped",
    "StateError",
    "VideoBatch",
    "VideoSpec",
    "WorkerDied",
]
