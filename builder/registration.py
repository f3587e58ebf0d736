"""How `datasets` learns the name `speakervid5m`; registering does not import `datasets`.

datasets is loaded      --> the name is added to its table at once
datasets is not loaded  --> an import hook adds the name when `datasets` has been imported
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

NAME = "speakervid5m"
MODULE = f"{__package__}.speakervid5m"
"""Module of the builder; `datasets` names builder and cache by its last part."""


def code_digest() -> str:
    """Digest of the builder's code: the last part of the cache key of `datasets`."""
    import hashlib

    return hashlib.sha256(Path(__file__).with_name("speakervid5m.py").read_bytes()).hexdigest()


def register_with_datasets() -> None:
    """Teaches `load_dataset` the name: now if `datasets` is loaded, else when it is imported."""
    if "datasets" in sys.modules:
        register()
    elif not any(isinstance(finder, _AfterDatasets) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterDatasets())


def register() -> None:
    """Teaches `load_dataset` the name `speakervid5m`; imports `datasets`. Idempotent.

    `datasets` has no plug-in mechanism, so this adds the name to its table of packaged builders.
    For this name alone it also skips the search for data files, which would list the current
    directory: the manifest names the files. Tested with the versions that pyproject.toml allows.
    """
    import datasets.load
    from datasets.data_files import DataFilesDict
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

    if NAME in _PACKAGED_DATASETS_MODULES:
        return
    _PACKAGED_DATASETS_MODULES[NAME] = (MODULE, code_digest())
    factory = datasets.load.PackagedDatasetModuleFactory
    search = factory.get_module

    def get_module(self: Any) -> datasets.load.DatasetModule:
        if self.name != NAME:
            return search(self)
        arguments = {"dataset_name": NAME, "data_files": self.data_files or DataFilesDict()}
        return datasets.load.DatasetModule(*_PACKAGED_DATASETS_MODULES[NAME], arguments)

    factory.get_module = get_module


class _AfterDatasets(MetaPathFinder):
    """Calls `register` after the first import of `datasets` that succeeds; finds nothing itself."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the protocol's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != "datasets":
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            register()

        # The loader is this spec's own. An import that fails leaves the hook for the next one.
        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
