"""`speakervid5m bench`: pairs -> run -> verify; each is one function here."""

import shlex
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.records import own_command, typed_path
from speakervid5m.vidchatbench import Protocol, draw_pairs, open_bench, run, verify

from ..terminal.arguments import ReleaseAddress, argument, flag, option, positive_int
from ..terminal.exit_codes import DONE, FAILED
from ..terminal.formatting import table
from ..terminal.progress_display import ProgressDisplay
from ..terminal.result import Result, Section

ProtocolOption = Annotated[Protocol, option("", "what the model is given")]
_SHOWN = 20
"""Printed findings; the rest are counted."""

app = typer.Typer(
    help="Asks a model the test pairs of a release, and checks its replies.",
)


@app.command("pairs")
def run_pairs(
    release: ReleaseAddress,
    num: Annotated[int, option("N", "pairs at least", parser=positive_int)] = 500,
    seed: Annotated[int, option("S", "of the shuffling")] = 0,
    out: Annotated[Path, option("FILE", "the list that --test-sources reads")] = Path("pairs.json"),
) -> Result:
    """Draws test sources by a stated rule; changes no release."""
    pairs = draw_pairs(release, num_pairs=num, seed=seed)
    pairs.write(out)
    rows = [(count, stratum) for stratum, count in pairs.strata.items()]
    lines = [
        f"{len(pairs.sample_ids)} pairs of {len(pairs.sources)} sources: {pairs.rule}",
        table(("pairs", "language / framing / scenes"), rows),
    ]
    if len(pairs.sample_ids) < num:
        lines.append(f"the release has no more: {num} were asked for")
    if pairs.neighbours is None:
        lines.append("test persons with a neighbour in training: unknown, nobody was compared")
    chosen = f"--test-sources {typed_path(out)}"
    lines += [
        f"digest {pairs.digest[:12]}; no release was changed. The sources leave training by",
        f"`curate retier` or `import` as before, with {chosen}",
    ]
    values = {
        "num_pairs": len(pairs.sample_ids),
        "num_sources": len(pairs.sources),
        "strata": pairs.strata,
        "digest": pairs.digest,
    }
    return Result(sections=[Section(values=values, lines=lines)], out=out)


@app.command("run")
def run_model(
    release: ReleaseAddress,
    out: Annotated[Path, option("FOLDER", "where replies go")],
    model: Annotated[str | None, option("MODULE:FUNCTION", "a Python function")] = None,
    command: Annotated[str | None, option("LINE", "a worker of JSON lines")] = None,
    url: Annotated[str | None, option("URL", "a server of this machine")] = None,
    allow_host: Annotated[str | None, option("HOST", "another host that --url may name")] = None,
    protocol: ProtocolOption = "dyadic",
    seed: Annotated[list[int] | None, option("S", "may be repeated; 0 if left out")] = None,
    timeout: Annotated[float, option("SECONDS", "of one reply")] = 600.0,
    pace: Annotated[bool, flag("--pace", "chunks of 160 ms come in real time")] = False,
    retry_failed: Annotated[bool, flag("--retry-failed", "ask failures again")] = False,
) -> Result:
    """Asks a model every question, and keeps its replies; run it again to go on."""
    bench = open_bench(release, protocol)
    with ProgressDisplay() as display:
        report = run(
            bench,
            model,
            out=out,
            command=None if command is None else shlex.split(command),
            url=url,
            allowed_host=allow_host,
            seeds=seed or [0],
            timeout_seconds=timeout,
            paced=pace,
            retry_failed=retry_failed,
            progress=display,
        )
    counts = f"{report.num_replies} replies ({report.num_new} new), {len(report.failures)} failures"
    failures = [
        {"seed": number, "sample_id": sample_id, "reason": reason}
        for number, sample_id, reason in report.failures
    ]
    return Result(
        sections=[
            Section(
                values={
                    "num_replies": report.num_replies,
                    "num_new": report.num_new,
                    "failures": failures,
                },
                lines=[
                    counts,
                    *(
                        f"  {reason}: {sample_id}, seed {number}"
                        for number, sample_id, reason in report.failures[:_SHOWN]
                    ),
                ],
            )
        ],
        out=out,
        rejects=Counter(reason for _, _, reason in report.failures),
        next=[own_command("bench", "verify", typed_path(Path(release)), typed_path(out))],
    )


@app.command("verify")
def run_verify(
    release: ReleaseAddress,
    folder: Annotated[Path, argument("FOLDER", "the replies")],
    protocol: ProtocolOption = "dyadic",
    no_leaks: Annotated[bool, flag("--no-leaks", "do not compare replies with the truth")] = False,
) -> Result:
    """Says whether replies can be judged, and every reason why not."""
    with ProgressDisplay() as display:
        report = verify(
            open_bench(release, protocol), folder, check_leaks=not no_leaks, progress=display
        )
    counts = report.counts()
    lines = [f"{report.num_usable} of {report.num_expected} replies can be judged"]
    if counts:
        lines.append(table(("what", "replies"), [*counts.items()]))
    lines += [
        f"  {problem.kind} {problem.sample_id}: {problem.detail}"
        for problem in report.problems[:_SHOWN]
    ]
    lines.append("it can be judged" if report.ok else f"REFUSED: {len(report.problems)} problems")
    values = {
        "num_usable": report.num_usable,
        "num_expected": report.num_expected,
        "counts": counts,
        "problems": report.problems,
        "ok": report.ok,
    }
    return Result(
        sections=[Section(values=values, lines=lines)], status=DONE if report.ok else FAILED
    )
