"""An open benchmark: the test pairs of a release under one protocol.

open_bench(release) -> Bench -> items for a model; the answers stay with `answers`
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import cast, get_args, overload

from ...media import open_video
from ...records import DialogueSample
from ...release import Samples, open_release, work_folder
from ...release.takedown import Takedown
from ..errors import NoPairsError
from .held_out import HeldOut, held_out_clips
from .item import BenchItem, Origin, Protocol

CONFIG = "vidchatbench"
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)


class Bench(Sequence[BenchItem]):
    """The pairs of a release, in the order of their ids; opened by `open_bench`."""

    def __init__(self, samples: Samples, protocol: Protocol, work: Path) -> None:
        self.protocol: Protocol = protocol
        """What a model is given."""
        self.work = work
        """Folder of caches; face and voice vectors stay in it."""
        self._samples = samples
        records = [cast(DialogueSample, samples.record(row)) for row in range(len(samples))]
        order = sorted(range(len(records)), key=lambda row: records[row].sample_id)
        self._rows = [row for row in order if self._has_media(row)]
        self.without_media = tuple(
            records[row].sample_id for row in order if row not in set(self._rows)
        )
        """Pairs whose media the release does not hold: they are no items."""
        self.pairs: Mapping[str, DialogueSample] = {
            records[row].sample_id: records[row] for row in self._rows
        }
        """Sample id to its record, with the answer's annotations: for judging, not for a model."""
        self._row_of = {records[row].sample_id: row for row in self._rows}
        self._held_out = held_out_clips(records)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> BenchItem: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[BenchItem]: ...
    def __getitem__(self, number: int | slice) -> BenchItem | Sequence[BenchItem]:
        names = [*self.pairs]
        if isinstance(number, slice):
            return [self.item(name) for name in names[number]]
        return self.item(names[number])

    def __iter__(self) -> Iterator[BenchItem]:
        return map(self.item, self.pairs)

    def __repr__(self) -> str:
        return (
            f"Bench({len(self)} pairs of {len(self.sources)} sources, {self.protocol!r}, "
            f"digest {self.digest[:12]})"
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the pairs, sorted."""
        return tuple(sorted({sample.conversation_id for sample in self.pairs.values()}))

    @property
    def release_digest(self) -> str:
        """Digest of the data files that hold the pairs."""
        return self._samples.config_digest

    @cached_property
    def digest(self) -> str:
        """sha256 of protocol, pairs, their held-out clips and the release's rows."""
        pairs = [
            (name, place.clip_id if (place := self._held_out.get(name)) else None)
            for name in self.pairs
        ]
        said = json.dumps([self.protocol, self.release_digest, pairs])
        return hashlib.sha256(said.encode()).hexdigest()

    def item(self, sample_id: str) -> BenchItem:
        """What a model is given of a pair.

        Raises:
            KeyError: no such pair.
            DamagedRelease: its bytes are not what was written.
        """
        place = self._held_out.get(sample_id)
        dyadic = self.protocol == "dyadic"
        answer = self.pairs[sample_id].responder
        # Without another clip of the person, the paper's own choice: the answer's first frame.
        frame = self.medium(sample_id, "responder_video") if place is None else self._of(place)
        with open_video(frame, backend="pyav") as reader:
            reference = reader.frames([0])[0]
        looks = [text for text in (answer.motion, answer.expression) if text]
        return BenchItem(
            sample_id=sample_id,
            protocol=self.protocol,
            initiator_video=self.medium(sample_id, "initiator_video") if dyadic else None,
            initiator_flac=self.medium(sample_id, "initiator_audio") if dyadic else None,
            reference_frame=reference,
            reference_origin="answer" if place is None else _origin(place),
            voice_flac=None if place is None else self._of(place, "audio"),
            voice_origin="none" if place is None else _origin(place),
            transcript=None if dyadic else answer.transcript,
            description=None if dyadic else "; ".join(looks) or None,
        )

    def medium(self, sample_id: str, column: str) -> bytes:
        """The bytes of a media column of a pair.

        Raises:
            KeyError: no such pair.
            DamagedRelease: the bytes are not what was written.
        """
        return self._bytes(self._row_of[sample_id], column)

    def held_out(self, sample_id: str) -> tuple[HeldOut, bytes, bytes] | None:
        """Another clip of the person who answers: what it is, its mp4 and FLAC; None without."""
        place = self._held_out.get(sample_id)
        return None if place is None else (place, self._of(place), self._of(place, "audio"))

    def retracted_among(self, sources: Mapping[str, str]) -> frozenset[str]:
        """Sample ids under a tombstone: their rows are gone, or are pending.

        Args:
            sources: sample id to source id.
        """
        release = self._samples.release
        takedown = Takedown.read(release.files)
        gone = {
            name
            for name, source_id in sources.items()
            if name not in self.pairs and takedown.touches(source_id)
        }
        rows = release.pending.get(CONFIG)
        if rows is not None:
            ids = release.whole(CONFIG).table(["sample_id"])["sample_id"].to_pylist()
            gone |= {ids[row] for row in rows.tolist()}
        return frozenset(gone)

    def _of(self, place: HeldOut, medium: str = "video") -> bytes:
        return self._bytes(place.row, f"{place.role}_{medium}")

    def _bytes(self, row: int, column: str) -> bytes:
        data = self._samples.media(row, column)
        assert isinstance(data, bytes), f"row {row} has no {column}"
        return data

    def _has_media(self, row: int) -> bool:
        columns = ("initiator_video", "initiator_audio", "responder_video", "responder_audio")
        return all(self._samples.ranges(row, column) is not None for column in columns)


def open_bench(root: str, protocol: Protocol = "dyadic", *, work: Path | None = None) -> Bench:
    """Opens the test pairs of a release.

    Args:
        root: the release, a folder or any URL that fsspec opens.
        protocol: `dyadic`: initiator's frames and audio; `conditioned`: the answer's transcript
            and description instead (assumption: the paper does not say which words).
        work: folder of caches; beside a local release by default.

    Raises:
        ValueError: no such protocol, or a URL without a folder of caches.
        NoPairsError: the release has no test pairs, or none with media.
        ReleaseError: it cannot be read.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    if work is None:
        if "://" in str(root):
            raise ValueError("a release at a URL needs a folder for caches: pass work=")
        work = work_folder(Path(root)) / "bench"
    release = open_release(str(root))
    if CONFIG not in release:
        raise NoPairsError(
            f"{release.safe_root} has no test pairs: draw some with `speakervid5m bench pairs`, "
            "then run `curate retier` or `import` with --test-sources"
        )
    bench = Bench(release[CONFIG], protocol, work)
    if not len(bench):
        raise NoPairsError(
            f"{release.safe_root} holds no media of its {len(bench.without_media)} test pairs; "
            "`speakervid5m materialize` fills them in"
        )
    return bench


def _origin(place: HeldOut) -> Origin:
    return "initiator" if place.role == "initiator" else "other_answer"
