"""`curate plan`: options in; printed stages, models, licences, cost and missing parts out."""

from speakervid5m.processing import check_destination
from speakervid5m.processing.curation import (
    TABLE,
    CurateOptions,
    CurateReport,
    Estimate,
    backend_names,
    curation_status,
    estimate,
)
from speakervid5m.records import readable_size

from ..terminal.formatting import clock, table


def print_plan(options: CurateOptions) -> bool:
    """Prints the plan; returns whether it can run."""
    check_destination(options.out, options.videos)
    report = curation_status(options)
    profile, unmet = report.curation.profile, report.curation.missing
    with report.curation.open_engine() as engine:
        estimated = estimate(report, engine)
    print(f"profile {profile.name}: {profile.summary}")
    _print_stages(report, estimated)
    for row in TABLE:
        running = profile.models.get(row.stage)
        others = [
            name
            for name in backend_names(options.profile, row.stage)
            if running is None or name != running.name
        ]
        if others:
            print(f"or --backend {row.stage}={' | '.join(others)}")
    print(f"gates of the paper that are left out: {', '.join(profile.left_out) or 'none'}")
    print("gates: " + "; ".join(f"{gate.name}: {gate.expression}" for gate in profile.gates))
    print()
    _print_estimate(estimated)
    if unmet:
        print(f"before it can run, {unmet}")
    for reason in estimated.lacks:
        print(f"cannot run: {reason}")
    return not unmet and not estimated.lacks


def _print_stages(report: CurateReport, estimated: Estimate) -> None:
    times = {stage.name: stage for stage in estimated.stages}
    rows: list[tuple[object, ...]] = []
    for stage in report.curation.stages:
        counts, backend, time = (
            report.stages.counts[stage.name], stage.backend, times.get(stage.name)
        )  # fmt: skip
        of_stage = (
            stage.name, counts.num_done_before, counts.num_pending, counts.num_failed,
            "" if time is None or not time.media_seconds
            else "unknown" if time.seconds is None else clock(time.seconds),
            backend.name, backend.licence,
        )  # fmt: skip
        weights = [
            (file.file, file.licence, readable_size(file.num_bytes), file.source)
            for file in (*backend.files, *backend.bundled)
        ]
        # A line for each weights file; the columns of the stage are only in the first.
        for number, weight in enumerate(weights or [("none", "", "", "")]):
            rows.append((*(of_stage if not number else ("",) * len(of_stage)), *weight))
    head = (
        "stage", "done", "pending", "failed", "takes about", "backend", "licence",
        "weights", "their licence", "size", "from",
    )  # fmt: skip
    print(table(head, rows))


def _print_estimate(estimated: Estimate) -> None:
    unknown = f", {estimated.num_of_unknown_length} of unknown length" * bool(
        estimated.num_of_unknown_length
    )
    print(f"videos: {estimated.num_sources}, {estimated.media_seconds / 3600:.2f} h{unknown}")
    pending = [stage for stage in estimated.stages if stage.media_seconds]
    if pending:
        by = (
            "this machine's own speed"
            if all(stage.from_here for stage in pending)
            else "speeds measured on other machines"
            if any(stage.seconds for stage in pending)
            else "no known speed: run one video first"
        )
        duration = "unknown" if estimated.seconds is None else f"about {clock(estimated.seconds)}"
        print(
            f"time: {duration} on {estimated.processes} process(es), by {by}; "
            "plus the time for cutting"
        )
    print(
        f"disk: about {readable_size(estimated.store_bytes)} of results, "
        f"{readable_size(estimated.cut_bytes)} of cut clips, "
        f"{readable_size(estimated.release_bytes)} of release; "
        f"{readable_size(estimated.disk_bytes_free)} free"
    )
    there, gpu = estimated.memory_bytes_there, estimated.gpu_bytes
    print(
        f"memory: {readable_size(estimated.memory_bytes)} at most"
        f"{f', of {readable_size(there)}' if there else ''}; "
        f"of a GPU: {f'{readable_size(gpu)} per process' if gpu else 'none'}"
    )
