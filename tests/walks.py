"""The three walks of docs/architecture.md, traced in real runs: how often a reader turns back.

    python -m tests.walks [import | curate | read]

A reader follows a run through the folders of its walk. He reads a class when it is first used, and
looks up a function from every function that calls it. The walk is the sequence of the files where
they stand. A step leads to the file that he has open (stay), to one whose function still waits for
its call to end (up), to one that he has not opened yet (new), or to one that he has closed again: a
return.

He knows by name what lies behind another face of docs/architecture.md, what a stage measures, what
an adapter reads, and the vocabulary: files that import nothing of ours but `records/`. What runs
while a module is imported, or in another process, is not traced; the runs below stay in this one.
"""

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

from tests.import_graph import ROOMS, ROOT, imports, modules

_KNOWN = ("processing/official/adapters/", "processing/official/untrusted_json/")
_SHARED = ("processing/branches/", "processing/assembly/")
"""What both ways in pass through."""
_OURS = tuple(f"{ROOT / room}/" for room in ROOMS)


@dataclass(slots=True)
class Walk:
    """What a run calls: classes at their first use, functions once for each caller."""

    folders: tuple[str, ...]
    """Folders whose files are read."""
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind of the step, file, function or class."""
    _met: set[tuple[str, ...]] = field(default_factory=set)
    _files: set[str] = field(default_factory=set)
    _file: str = ""

    @property
    def num_files(self) -> int:
        """Files crossed."""
        return len(self._files)

    @property
    def returns(self) -> list[tuple[str, str]]:
        """File and function or class of each return."""
        return [(file, name) for kind, file, name in self.steps if kind == "return"]

    def enter(self, frame: FrameType) -> None:
        """Notes the call that made this frame."""
        if not self._reads(frame.f_code):
            return
        waiting = [caller.f_code for caller in _callers(frame)]
        callers = [caller for caller in waiting if self._reads(caller)]
        file, name = _place_of(frame.f_code)
        is_method = "." in frame.f_code.co_qualname
        call = file, name, *(() if is_method or not callers else _place_of(callers[0]))
        if call in self._met or any(_is_import(caller) for caller in waiting):
            return
        self._met.add(call)
        files = [caller.co_filename for caller in callers]
        kind = (
            "new" if file not in self._files
            else "stay" if file in (self._file, *files[:1])
            else "up" if file in files
            else "return"
        )  # fmt: skip
        self._files.add(file)
        self._file = file
        self.steps.append((kind, str(Path(file).relative_to(ROOT)), name))

    def _reads(self, code: CodeType) -> bool:
        """Whether it is a named function of these files; bodies of modules and classes are none."""
        is_function = code.co_flags & CO_OPTIMIZED and not code.co_name.startswith("<")
        return bool(is_function) and code.co_filename in _files_of(self.folders)


@cache
def _files_of(folders: tuple[str, ...]) -> frozenset[str]:
    """The files of these folders but the vocabulary."""
    return frozenset(
        str(ROOT / path)
        for name, path in modules().items()
        if str(path).startswith(folders)
        and not str(path).startswith(_KNOWN)
        and any(not target.startswith("records") for target in imports()[name])
    )


def _place_of(code: CodeType) -> tuple[str, str]:
    """File, and the function or class at its top."""
    return code.co_filename, code.co_qualname.partition(".")[0]


def _is_import(code: CodeType) -> bool:
    return code.co_name == "<module>" and code.co_filename.startswith(_OURS)


def _callers(frame: FrameType) -> Iterator[FrameType]:
    """The frames that wait for this one, the nearest first."""
    caller = frame.f_back
    while caller is not None:
        yield caller
        caller = caller.f_back


@contextmanager
def traced(*folders: str) -> Iterator[Walk]:
    """Notes what is called inside the block, in threads that it starts too."""
    walk = Walk(folders)

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            walk.enter(frame)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def import_walk(folder: Path) -> Walk:
    """`import` of the dump of two short shows with their videos."""
    from benchmarks.quick_shows import planned, write_shows_dump, write_videos
    from speakervid5m.processing import ImportOptions, import_release

    shows = planned(range(20, 22))
    write_videos(shows, folder / "videos")
    write_shows_dump(shows, folder / "dump", test_show=1)
    options = ImportOptions(
        dump=folder / "dump", out=folder / "speakervid5m", videos=folder / "videos"
    )
    folders = ("processing/official/", *_SHARED)
    with patch("os.cpu_count", lambda: 1), traced(*folders) as walk:
        import_release(options)
    return walk


def curate_walk(folder: Path) -> Walk:
    """`curate run` over one short show, all stages of the profile `embedded` included."""
    from speakervid5m.processing.curation import CurateOptions, curate
    from speakervid5m.processing.studio import ShowSpec
    from speakervid5m.processing.studio.render import render_show

    render_show(ShowSpec(seed=2, duration_seconds=24, width=480, height=270), folder / "videos")
    options = CurateOptions(
        videos=(folder / "videos",),
        out=folder / "speakervid5m",
        profile="embedded",
        engine="inline",
    )
    rooms = ("run", "profiles", "tiers")
    with traced(*(f"processing/curation/{room}/" for room in rooms), *_SHARED) as walk:
        curate(options)
    return walk


def read_walk(folder: Path) -> Walk:
    """`open_release`, a `where`, and the first batch."""
    from speakervid5m.loaders import Loader
    from speakervid5m.release import open_release
    from tests.small_release import write_small_release

    write_small_release(folder / "speakervid5m")
    with traced("release/", "loaders/") as walk:
        samples = open_release(str(folder / "speakervid5m"))["dialogue_sft"]
        next(iter(Loader(samples.where("responder_num_frames > 1"), batch_size=2)))
    return walk


WALKS: dict[str, Callable[[Path], Walk]] = {
    "import": import_walk,
    "curate": curate_walk,
    "read": read_walk,
}


def table(name: str, walk: Walk) -> Iterator[str]:
    """The lines of a walk: every step into another file, then the counts."""
    yield f"{name}: {WALKS[name].__doc__}"
    for kind, file, function in walk.steps:
        if kind != "stay":
            yield f"  {kind:6} {file}  {function}"
    kinds = Counter(kind for kind, _, _ in walk.steps)
    yield (
        f"  {walk.num_files} files crossed, {len(walk.returns)} returns, {kinds['up']} steps up, "
        f"{kinds['stay']} within a file"
    )


def main() -> None:
    """Prints the walks."""
    for name in sys.argv[1:] or WALKS:
        with tempfile.TemporaryDirectory() as folder:
            walk = WALKS[name](Path(folder))
        sys.stdout.write("\n".join(table(name, walk)) + "\n\n")


if __name__ == "__main__":
    main()
