"""`speakervid5m demo`: renders talk shows, and makes a release, a dataset and a batch of them.

render -> annotations -> import -> verify -> load_dataset -> Loader -> contact sheet
"""

import dataclasses
import json
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.processing import ImportOptions, ImportReport, import_release
from speakervid5m.processing.studio import (
    ShowSpec,
    ShowTruth,
    add_lost_records,
    repairable,
    show_files,
    write_dump,
)
from speakervid5m.records import (
    BRANCHES,
    CONFIGS,
    Progress,
    own_command,
    python_command,
    readable_size,
    typed,
    typed_path,
)
from speakervid5m.release import Publication, Release, open_release, verify

from .release.card import card_documents
from .terminal.arguments import folder_path, option
from .terminal.exit_codes import FAILED
from .terminal.formatting import table
from .terminal.progress_display import ProgressDisplay
from .terminal.reports import written_section
from .terminal.result import Result, Section

app = typer.Typer()

_SEEDS = (0, 2, 3, 4, 6, 7)
"""Shows that together fill all nine configs; the first one is the benchmark's."""
_SECONDS = 48.0
_TEST_SHOW = 0


@app.command("demo")
def run_demo(
    out: Annotated[Path, option("FOLDER", "where all of it goes", parser=folder_path)] = Path(
        "build/demo"
    ),
    jobs: Annotated[int, option("N", "processes")] = 2,
) -> Result:
    """Renders talk shows, and makes a release, a dataset and a batch of them.

    render -> annotations -> import -> verify -> load_dataset -> Loader -> contact sheet
    """
    from speakervid5m.cards import draw_pairs

    start_time = time.monotonic()
    with _step("render", f"{len(_SEEDS)} talk shows of two people, with known truth"):
        shows = render_shows(out / "videos", jobs)
    with _step("annotate", "the truth as a dump in the official layout, defects included"):
        write_annotations(shows, out / "dump")
    with _step("import", "annotations and videos to a release"):
        report = import_shows(out, jobs)
    assert report.written is not None, "only --shard writes nothing"
    repairs, rejects = report.dump.repairs, report.dump.rejects
    print(f"  {sum(repairs.values())} repairs ({', '.join(repairs)})")
    print(f"  {sum(rejects.values())} records that cannot be used ({', '.join(rejects)})")
    written = written_section(report.written)
    print(*written.lines, sep="\n")
    release = open_release(str(out / "speakervid5m"))
    with _step("verify", "every checksum, byte range, frame and rule"):
        if not _verify(release):
            return Result(status=FAILED)
    with _step("load", "load_dataset, streaming, first row of each config decoded"):
        _load_all(release)
    with _step("batch", "a training batch of each branch"):
        _print_batches(release)
    with _step("look", "a contact sheet of dialogue pairs"):
        sheet = out / "dialogue_pairs.png"
        draw_pairs(release["dialogue_sft"], sheet, count=6)
    done = f"\ndone in {time.monotonic() - start_time:.0f} s; look at {sheet}"
    return Result(
        sections=[Section(values={**written.values, "contact_sheet": sheet}, lines=[done])],
        out=out / "speakervid5m",
        rejects=rejects,
        rejects_of=out / "speakervid5m",
        next=next_lines(out),
    )


def next_lines(out: Path) -> list[str]:
    """Commands to type next; they work although nothing of ours is on the PATH."""
    root = typed_path(out / "speakervid5m")
    code = (
        "import speakervid5m; from datasets import load_dataset; "
        'rows = load_dataset("speakervid5m", "dialogue_sft", '
        f'root={json.dumps(root, ensure_ascii=False)}, split="train", streaming=True); '
        'print(next(iter(rows.decode(False)))["responder_transcript"])'
    )
    return [
        own_command("explore", root),
        typed([python_command(), "-c", code]),
        own_command("verify", root),
        own_command(
            *("curate", "plan", typed_path(out / "videos"), "--out", typed_path(out / "own")),
            # Nothing to fetch, and drawn people are its strength.
            *("--profile", "embedded"),
        ),
    ]


def render_shows(folder: Path, jobs: int) -> list[ShowTruth]:
    """Renders missing shows; a show is complete once its ground truth is written."""
    specs = [ShowSpec(seed=seed, duration_seconds=_SECONDS) for seed in _SEEDS]
    shows: dict[int, ShowTruth] = {}
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(min(jobs, len(specs)), mp_context=context) as pool,
        ProgressDisplay() as display,
    ):
        futures = [pool.submit(_render, spec, folder) for spec in specs]
        for future in as_completed(futures):
            show = future.result()
            shows[show.seed] = show
            display(Progress("render", len(shows), len(specs), "shows", show.source_id))
    return [shows[seed] for seed in _SEEDS]


def _render(spec: ShowSpec, folder: Path) -> ShowTruth:
    # Imported late: rendering needs OpenCV and a voice, which only the extra `demo` brings.
    from speakervid5m.processing.studio import find_show, render_show

    return find_show(spec, folder) or render_show(spec, folder)


def write_annotations(shows: list[ShowTruth], folder: Path) -> None:
    """Writes the dump unless it exists: a new modification time would start the import again."""
    if (folder / "testset.json").exists():
        return
    files = [show_files(show) for show in shows]
    pairs = [(pair[0], pair[1]) for pair in shows[_TEST_SHOW].samples.dialogue[:2]]
    write_dump([repairable(show, seed=0) for show in files], folder, test_pairs=pairs)
    add_lost_records(folder, files[1])


def import_shows(out: Path, jobs: int) -> ImportReport:
    """Imports the shows."""
    options = ImportOptions(
        dump=out / "dump",
        out=out / "speakervid5m",
        videos=out / "videos",
        jobs=jobs,
        publication=Publication(
            name="SpeakerVid-5M demo: rendered talk shows",
            license="apache-2.0",
            consent="synthetic",
        ),
    )
    with ProgressDisplay() as display:
        return import_release(options, documents=card_documents(), progress=display)


def _verify(release: Release) -> bool:
    report = verify(release.root)
    print(
        f"  {report.num_files} files, {report.num_rows} rows, {report.num_media} media values, "
        f"{report.num_frames} frames decoded: {'no problems' if report.ok else 'DAMAGED'}"
    )
    for problem in report.problems:
        print(f"  {problem.where}: {problem.what}")
    return report.ok


def _load_all(release: Release) -> None:
    import datasets

    from speakervid5m.media import open_video

    rows = []
    for name, config in CONFIGS.items():
        stream = datasets.load_dataset(
            "speakervid5m", name, root=release.root, split=config.split, streaming=True
        )
        row = next(iter(stream.decode(False)))
        column = next(key for key in row if key.endswith(("video", "videos")) and row[key])
        video = row[column][0] if isinstance(row[column], list) else row[column]
        with open_video(video["bytes"]) as reader:
            shape = reader.frames([0]).shape[1:]
            rows.append(
                (name, len(row), column, f"{shape[1]}x{shape[0]}", reader.num_frames,
                 readable_size(len(video["bytes"])))
            )  # fmt: skip
    print(table(("config", "columns", "decoded", "size", "frames", "mp4"), rows))


def _print_batches(release: Release) -> None:
    from speakervid5m.loaders import AudioSpec, Loader, VideoSpec

    video = VideoSpec(fps=8, height=128, width=128, fit="pad", seconds=2.0)
    for branch in BRANCHES:
        samples = release[f"{branch}_sft"]
        count = min(2, len(samples))
        loader = Loader(samples, batch_size=count, video=video, audio=AudioSpec(sample_rate=16_000))
        batch = next(iter(loader))
        print(f"  {type(batch).__name__}")
        for name, shape in _shapes(batch):
            print(f"    {name:<26} {shape}")


def _shapes(batch: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The frames and waveforms in a batch, and their shapes."""
    for field in dataclasses.fields(batch):  # type: ignore[arg-type]
        value = getattr(batch, field.name)
        if dataclasses.is_dataclass(value):
            yield from _shapes(value, f"{prefix}{field.name}.")
        elif field.name in ("frames", "waveform", "reference"):
            yield prefix + field.name, f"{value.dtype} {tuple(value.shape)}"


@contextmanager
def _step(name: str, what: str) -> Iterator[None]:
    print(f"\n{name}: {what}")
    start_time = time.monotonic()
    yield
    print(f"  ({time.monotonic() - start_time:.1f} s)")
