"""`curate plan`: options in; stages, models, licences, cost and missing parts out."""

from collections.abc import Iterator

from speakervid5m.processing import check_destination, get_command
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

from ..terminal.exit_codes import DONE, FAILED
from ..terminal.formatting import clock, table
from ..terminal.result import Result, Section


def plan_result(options: CurateOptions, next_command: str) -> Result:
    """What a run would do; its status says whether it can run."""
    check_destination(options.out, options.videos)
    report = curation_status(options)
    profile, unmet = report.curation.profile, report.curation.missing
    with report.curation.open_engine() as engine:
        estimated = estimate(report, engine)
    running = {stage: spec.name for stage, spec in profile.models.items()}
    others = {
        row.stage: names
        for row in TABLE
        if (
            names := [
                name
                for name in backend_names(options.profile, row.stage)
                if name != running.get(row.stage)
            ]
        )
    }
    values = {
        "profile": profile.name,
        "stages": _stages(report, estimated),
        "other_backends": others,
        "gates": {gate.name: gate.expression for gate in profile.gates},
        "left_out_gates": profile.left_out,
        "estimate": estimated,
        "seconds": estimated.seconds,
        "missing": {
            "packages": [package.distribution for package in unmet.packages],
            "weights": [file.file for file in unmet.weights],
            "optional_weights": [file.file for file, _ in profile.wanting],
        },
        "cannot_run": estimated.lacks,
    }
    lines = [
        f"profile {profile.name}: {profile.summary}",
        _stage_table(report, estimated),
        *(
            f"optional and missing: {file.file} ({model}): "
            + get_command([file.file], report.curation.missing.folder)
            for file, model in profile.wanting
        ),
        *(f"or --backend {stage}={' | '.join(names)}" for stage, names in others.items()),
        f"gates of the paper that are left out: {', '.join(profile.left_out) or 'none'}",
        "gates:",
        *(f"  {gate.name}: {gate.expression}" for gate in profile.gates),
        "",
        *_estimate_lines(estimated),
    ]
    if unmet:
        lines.append(f"before it can run, {unmet}")
    lines += [f"cannot run: {reason}" for reason in estimated.lacks]
    can_run = not unmet and not estimated.lacks
    return Result(
        sections=[Section(values=values, lines=lines)],
        next=[next_command] if can_run else [],
        status=DONE if can_run else FAILED,
    )


def _stages(report: CurateReport, estimated: Estimate) -> list[dict[str, object]]:
    times = {stage.name: stage for stage in estimated.stages}
    return [
        {
            "stage": stage.name,
            "num_done": counts.num_done_before,
            "num_pending": counts.num_pending,
            "num_failed": counts.num_failed,
            "seconds": times[stage.name].seconds if stage.name in times else None,
            "backend": stage.backend,
        }
        for stage in report.curation.stages
        for counts in [report.stages.counts[stage.name]]
    ]


def _stage_table(report: CurateReport, estimated: Estimate) -> str:
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
    return table(head, rows)


def _estimate_lines(estimated: Estimate) -> Iterator[str]:
    unknown = f", {estimated.num_of_unknown_length} of unknown length" * bool(
        estimated.num_of_unknown_length
    )
    yield (f"videos: {estimated.num_sources}, {estimated.media_seconds / 3600:.2f} h{unknown}")
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
        yield (
            f"time: {duration} on {estimated.processes} process(es), by {by}; "
            "plus the time for cutting"
        )
    yield (
        f"disk: about {readable_size(estimated.store_bytes)} of results, "
        f"{readable_size(estimated.cut_bytes)} of cut clips, "
        f"{readable_size(estimated.release_bytes)} of release; "
        f"{readable_size(estimated.disk_bytes_free)} free"
    )
    there, gpu = estimated.memory_bytes_there, estimated.gpu_bytes
    yield (
        f"memory: {readable_size(estimated.memory_bytes)} at most"
        f"{f', of {readable_size(there)}' if there else ''}; "
        f"of a GPU: {f'{readable_size(gpu)} per process' if gpu else 'none'}"
    )
