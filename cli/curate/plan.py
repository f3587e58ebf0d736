"""What `curate plan` prints: who does what on which terms, what it takes, and what is missing."""

from speakervid5m.processing import check_destination, weights_folder
from speakervid5m.processing.curation import (
    TABLE,
    CurateOptions,
    CurateReport,
    Estimate,
    chosen_stages,
    curation_status,
    estimate,
    missing,
    open_engine,
    profile_of,
    stages_of,
)

from ..terminal.screen import clock, size, table


def print_plan(options: CurateOptions) -> bool:
    """Prints the plan; whether it can run."""
    profile = profile_of(options.profile, options.backends)
    lacking = missing(profile, weights_folder(options.weights))
    chosen_stages(options, [stage.name for stage in stages_of(options)])
    check_destination(options.out, options.videos)
    looked = curation_status(options)
    with open_engine(options) as engine:
        takes = estimate(options, looked, engine)
    print(f"profile {profile.name}: {profile.summary}")
    _print_stages(options, looked, takes)
    for row in TABLE:
        if others := [tool.name for tool in getattr(row, options.profile)[1:]]:
            print(f"or --backend {row.stage}={' | '.join(others)}")
    print(f"gates of the paper that are left out: {', '.join(profile.left_out) or 'none'}")
    print("gates: " + "; ".join(f"{gate.name}: {gate.expression}" for gate in profile.gates))
    print()
    _print_takes(takes)
    if lacking:
        print(f"before it can run, {lacking}")
    for words in takes.lacks:
        print(f"cannot run: {words}")
    return not lacking and not takes.lacks


def _print_stages(options: CurateOptions, looked: CurateReport, takes: Estimate) -> None:
    times = {one.name: one for one in takes.stages}
    rows: list[tuple[object, ...]] = []
    for stage in stages_of(options):
        counts, backend, time = (
            looked.stages.counts[stage.name], stage.backend, times.get(stage.name)
        )  # fmt: skip
        of_stage = (
            stage.name, counts.num_done_before, counts.num_pending, counts.num_failed,
            "" if time is None or not time.media_seconds
            else "unknown" if time.seconds is None else clock(time.seconds),
            backend.name, backend.licence,
        )  # fmt: skip
        weights = [
            (file.file, file.licence, size(file.num_bytes), file.source)
            for file in (*backend.files, *backend.bundled)
        ]
        # A line for each of its weights; what is the stage's stands in the first.
        for number, weight in enumerate(weights or [("none", "", "", "")]):
            rows.append((*(of_stage if not number else ("",) * len(of_stage)), *weight))
    head = (
        "stage", "done", "pending", "failed", "takes about", "backend", "licence",
        "weights", "their licence", "size", "from",
    )  # fmt: skip
    print(table(head, rows))


def _print_takes(takes: Estimate) -> None:
    unknown = f", {takes.num_of_unknown_length} of unknown length" * bool(
        takes.num_of_unknown_length
    )
    print(f"videos: {takes.num_sources}, {takes.media_seconds / 3600:.2f} h{unknown}")
    pending = [stage for stage in takes.stages if stage.media_seconds]
    if pending:
        by = (
            "this machine's own speed"
            if all(one.from_here for one in pending)
            else "speeds measured elsewhere"
            if any(one.seconds for one in pending)
            else "no speed at all: run one video first"
        )
        spent = "unknown" if takes.seconds is None else f"about {clock(takes.seconds)}"
        print(f"time: {spent} on {takes.processes} process(es), by {by}; cutting on top")
    print(
        f"disk: about {size(takes.store_bytes)} of results, {size(takes.cut_bytes)} of cut clips, "
        f"{size(takes.release_bytes)} of release; {size(takes.disk_bytes_free)} free"
    )
    gpu = f"{size(takes.gpu_bytes)} a process" if takes.gpu_bytes else "none"
    there = f", of {size(takes.memory_bytes_there)}" if takes.memory_bytes_there else ""
    print(f"memory: {size(takes.memory_bytes)} at most{there}; of a GPU: {gpu}")
