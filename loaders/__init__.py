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

from ..records import install_command as _install_command, lazy_names as _lazy_names

# TorchVision is imported with the first frame: see `batches.tv_tensors`.
if _missing := [name for name in ("torch", "torchvision") if _find_spec(name) is None]:
    raise ImportError(
        f"speakervid5m.loaders needs {' and '.join(_missing)}: {_install_command('loaders')}"
    )

if typing.TYPE_CHECKING:
    from .batches.branch_batches import (
        Batch as Batch,
        DialogueBatch as DialogueBatch,
        ListeningBatch as ListeningBatch,
        MultiTurnBatch as MultiTurnBatch,
        SingleBatch as SingleBatch,
        Skipped as Skipped,
    )
    from .batches.clip_batches import (
        AudioBatch as AudioBatch,
        ClipBatch as ClipBatch,
        VideoBatch as VideoBatch,
    )
    from .batches.feature_batch import FeatureBatch as FeatureBatch
    from .loader import Loader as Loader
    from .mixture import Mixture as Mixture
    from .raw_loader import RawLoader as RawLoader, RawSample as RawSample
    from .requests.request_planner import RequestPlanner as RequestPlanner
    from .specs.batch_specs import Buckets as Buckets, Packing as Packing
    from .specs.clip_specs import (
        AudioSpec as AudioSpec,
        FeatureSpec as FeatureSpec,
        VideoSpec as VideoSpec,
    )
    from .specs.errors import (
        BatchSizeError as BatchSizeError,
        LoaderError as LoaderError,
        NoMediaError as NoMediaError,
        SampleError as SampleError,
        StateError as StateError,
        WorkerDied as WorkerDied,
    )
    from .torch_dataset import LoaderDataset as LoaderDataset
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
