"""Release to training batches: typed, masked, in an order that resumes exactly.

    loader = Loader(samples, batch_size=8, video=VideoSpec(fps=8, height=480, width=768))
    for batch in loader: ...
    loader.load_state_dict(state)

A batch takes five steps, and each is a folder:

    (index, seed, epoch) --sampling--> rows of a batch --requests--> windows and byte ranges
        --decoding--> frames and waveforms of a sample --pipeline--> a batch of `batches`
        --worker--> the same batch, where a worker process makes it --> loader --> your loop

What a batch holds is a function of (index, seed, epoch, position) alone, so a state is a few
numbers, whatever the number of ranks, threads or processes. Everything before `decoding` reads the
index and no media. `specs` says what you ask for; every folder imports it.
"""

import typing
from importlib.util import find_spec as _find_spec

from ..records import install_command as _install_command
from ..records import lazy_names as _lazy_names

# TorchVision is imported with the first frame: see `batches.tv_tensors`.
if _missing := [name for name in ("torch", "torchvision") if _find_spec(name) is None]:
    raise ImportError(
        f"speakervid5m.loaders needs {' and '.join(_missing)}: {_install_command('loaders')}"
    )

if typing.TYPE_CHECKING:
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
    from .requests.request_planner import RequestPlanner
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
    "RequestPlanner",
    "SampleError",
    "SingleBatch",
    "Skipped",
    "StateError",
    "VideoBatch",
    "VideoSpec",
    "WorkerDied",
]

_PLACES = {
    "batches.branch_batches": (
        "Batch",
        "DialogueBatch",
        "ListeningBatch",
        "MultiTurnBatch",
        "SingleBatch",
        "Skipped",
    ),
    "batches.clip_batches": ("AudioBatch", "ClipBatch", "VideoBatch"),
    "batches.feature_batch": ("FeatureBatch",),
    "loader": ("Loader",),
    "mixture": ("Mixture",),
    "raw_loader": ("RawLoader", "RawSample"),
    "requests.request_planner": ("RequestPlanner",),
    "specs.batch_specs": ("Buckets", "Packing"),
    "specs.clip_specs": ("AudioSpec", "FeatureSpec", "VideoSpec"),
    "specs.errors": (
        "BatchSizeError",
        "LoaderError",
        "NoMediaError",
        "SampleError",
        "StateError",
        "WorkerDied",
    ),
    "torch_dataset": ("LoaderDataset",),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
