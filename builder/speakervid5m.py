"""The builder of `datasets`: config and root go in, the release's Parquet shards come out."""

import hashlib
import itertools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import datasets
from datasets.builder import Key
from datasets.data_files import DataFilesDict, DataFilesList
from datasets.packaged_modules.parquet import parquet

from ..records import CONFIGS, VERSION, features_of
from ..release import Samples, media_bytes_of, nearest, open_release, read_rows_of
from ..release.takedown import tombstones_digest
from .registration import NAME, code_digest
from .root import find_root

_CHUNK_BYTES = 32 << 20
"""Media in a chunk that is read by the index (ours: long reads, and little to read again)."""


@dataclass
class SpeakerVid5MConfig(parquet.ParquetConfig):  # type: ignore[misc]
    """One of the nine configs, and `datasets`' own Parquet options (`columns`, `filters`, ...)."""

    root: str | None = None
    """Folder or URL of the release; see `find_root`."""
    where: str | None = None
    """SQL over the index; see `SpeakerVid5M`."""


class SpeakerVid5M(parquet.Parquet):  # type: ignore[misc]
    """The builder: the shards that a release's manifest names for a config, read as Parquet.

    The files' digest is part of the cache key, so each release has its own cache entry, also
    after it was rewritten in place.

    `where` filters on the index. From the shards, only the media of matching rows are read, by
    their byte ranges, in chunks of about 32 MB: workers share the chunks, and a resumed stream
    reads one of them again. `filters=` of `datasets` reads every row group that may hold a
    matching row, and saves the decoding of the others.

    Args:
        config_name: `{branch}_{tier}` or `vidchatbench`; `dialogue_sft` if left out.
        root: folder or URL of the release; see `find_root`.
        where: as after WHERE in DuckDB, over the columns of the index: "responder_dover > 0.6".
        samples: exactly these rows of an open release, in this order; see `dataset_of`.
        data_dir: another name for `root`.
        data_files: refused: the manifest says which files belong to a config.
        features: other features than `features_of(branch)`, to cast to.
        storage_options: for fsspec, where `root` is a URL.
        takedown_check: False if a host forbids reading `takedown/`; see `open_release`.
        **kwargs: as `datasets.DatasetBuilder`.

    Raises:
        ValueError: unknown config, or `data_files` was given.
        ReleaseError: no release there, a damaged one, or a config without rows (it says why).
    """

    BUILDER_CONFIG_CLASS = SpeakerVid5MConfig
    BUILDER_CONFIGS = [  # noqa: RUF012  # the base class declares it so
        SpeakerVid5MConfig(name=config.name, version=VERSION, description=config.description)
        for config in CONFIGS.values()
    ]
    DEFAULT_CONFIG_NAME = "dialogue_sft"

    def __init__(
        self,
        *,
        config_name: str | None = None,
        root: str | None = None,
        where: str | None = None,
        samples: Samples | None = None,
        data_dir: str | None = None,
        data_files: Any = None,
        features: datasets.Features | None = None,
        storage_options: dict[str, Any] | None = None,
        takedown_check: bool = True,
        **kwargs: Any,
    ) -> None:
        if data_files:
            raise ValueError(
                f"{NAME} takes no data_files (got {data_files!r}): the release's manifest names "
                "the files of every config. Give root=, or read single files with "
                "load_dataset('parquet', data_files=...)"
            )
        name = config_name or self.DEFAULT_CONFIG_NAME
        if name not in CONFIGS:
            raise ValueError(f"no config {name!r}; there are {', '.join(CONFIGS)}")
        config = CONFIGS[name]
        is_selection = samples is not None
        if samples is None:
            release = open_release(
                find_root(root, data_dir),
                storage_options=storage_options,
                takedown_check=takedown_check,
            )
            samples = release[name]
        known = list(features or features_of(config.branch))
        if unknown := [column for column in kwargs.get("columns") or () if column not in known]:
            raise ValueError(
                f"no column {unknown[0]!r} in {name}; the nearest are "
                f"{', '.join(nearest(unknown[0], known))}"
            )
        if where is not None:
            if kwargs.get("filters") is not None:
                raise ValueError(
                    f"where={where!r} and filters={kwargs['filters']!r} both choose rows; put both "
                    "into where, which reads less"
                )
            kwargs["where"] = where
            samples = samples.where(where)
            if not len(samples):
                raise ValueError(f"where={where!r} matches no row of {name}; relax the condition")
        elif not is_selection and len(samples) < samples.entry.num_rows:
            # The shards hold pending rows: reading by the index leaves them out.
            place = samples.release.safe_root
            if kwargs.get("filters") is not None:
                raise ValueError(
                    f"{place!r} holds retracted rows, which filters= would read; use "
                    f"where=, or run first `speakervid5m retract {shlex.quote(place)}`"
                )
            if not len(samples):
                raise ValueError(f"every row of {name} in {place!r} was retracted")
        self._by_index = is_selection or len(samples) < samples.entry.num_rows or where is not None
        if self._by_index:
            self.SLEEP_ON_THREADS_SHUTDOWNS = False  # no Arrow threads are used
        self._samples = samples
        # Pending rows get a cache entry of their own.
        has_pending = name in samples.release.pending
        tombstones = (str(tombstones_digest(samples.release.files)),) if has_pending else ()
        selection = (hashlib.sha256(samples.numbers.tobytes()).hexdigest(),) if is_selection else ()
        content = (samples.config_digest, *tombstones, *selection)
        files = DataFilesList(samples.shard_urls, [content])
        kwargs["hash"] = kwargs.get("hash") or code_digest()
        super().__init__(
            config_name=name,
            data_files=DataFilesDict({config.split: files}),
            features=features or features_of(config.branch),
            storage_options=storage_options,
            **kwargs,
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        if not self._by_index:
            splits: list[datasets.SplitGenerator] = super()._split_generators(dl_manager)
            return splits
        columns = self._columns()
        self.info.features = datasets.Features(
            {column: self.info.features[column] for column in columns}
        )
        num_rows, media_bytes = len(self._samples), media_bytes_of(self._samples, columns)
        # A multiple of 64 if there are enough rows: `split_dataset_by_node` then gives each rank
        # its own chunks; otherwise every rank reads all of them.
        num_chunks = min(num_rows, (media_bytes // _CHUNK_BYTES // 64 + 1) * 64)
        starts = [num_rows * chunk // num_chunks for chunk in range(num_chunks + 1)]
        chunks = list(itertools.pairwise(starts))
        split = self._samples.config.split
        return [datasets.SplitGenerator(name=split, gen_kwargs={"chunks": chunks})]

    def _columns(self) -> list[str]:
        return list(self.config.columns or features_of(self._samples.config.branch))

    def _generate_shards(self, **gen_kwargs: Any) -> Any:
        chunks = gen_kwargs.get("chunks")
        return super()._generate_shards(**gen_kwargs) if chunks is None else iter(chunks)

    def _generate_more_gen_kwargs(self, **gen_kwargs: Any) -> Any:
        if gen_kwargs.get("chunks") is None:
            yield from super()._generate_more_gen_kwargs(**gen_kwargs)
            return
        for start, stop in gen_kwargs["chunks"]:
            yield {"chunks": [(row, row + 1) for row in range(start, stop)]}

    def _generate_tables(self, **gen_kwargs: Any) -> Any:
        if gen_kwargs.get("chunks") is None:
            yield from super()._generate_tables(**gen_kwargs)
            return
        for number, (start, stop) in enumerate(gen_kwargs["chunks"]):
            table = read_rows_of(self._samples, range(start, stop), self._columns())
            yield Key(number, 0), self._cast_table(table)


def dataset_of(
    samples: Samples, *, streaming: bool = False, columns: Sequence[str] | None = None
) -> datasets.Dataset | datasets.IterableDataset:
    """Makes a dataset of `datasets` of exactly these samples, in this order.

    Their media are read by byte ranges, those of other rows never. A stream copies nothing. A
    `Dataset` lies in the cache of `datasets`, as after `load_dataset`: the media of these samples
    are copied there at the first call, and are there for the same samples the next time.

    Args:
        samples: of a local or a remote release.
        streaming: an `IterableDataset`.
        columns: of the release's shards; all of them if left out.

    Raises:
        ValueError: there are no samples, or no such column.
    """
    config = samples.config
    if not len(samples):
        raise ValueError(
            f"no samples of {config.name} are selected, and `datasets` writes no empty split; "
            "select at least one"
        )
    arguments: dict[str, Any] = {} if columns is None else {"columns": list(columns)}
    builder = SpeakerVid5M(
        config_name=config.name,
        samples=samples,
        storage_options=samples.release.files.storage_options,
        **arguments,
    )
    if streaming:
        return builder.as_streaming_dataset(config.split)
    builder.download_and_prepare()
    return builder.as_dataset(config.split)
