"""`speakervid5m bench`: pairs -> run -> verify; each is one function here."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.records import typed_path
from speakervid5m.vidchatbench import Protocol, draw_pairs, open_bench, run, verify

from ..terminal.arguments import ReleaseAddress, argument, flag, option, positive_int
from ..terminal.exit_codes import DONE, DONE_WITH_REJECTS, FAILED
from ..terminal.formatting import table
from ..terminal.progress_display import ProgressDisplay

ProtocolOption = Annotated[Protocol, option("", "what the model is given")]
_SHOWN = 20
"""Printed findings; the rest are counted."""

app = typer.Typer(
    help="Asks a model the test pairs of a release, and checks its replies.",
    epilog="""\
exit status: 0 done; 1 stopped by an error; 2 wrong command line; 3 done, but
something failed or was refused, which is named and counted.
""",
)


@app.command("pairs")
def run_pairs(
    release: ReleaseAddress,
    num: Annotated[int, option("N", "pairs at least", parser=positive_int)] = 500,
    seed: Annotated[int, option("S", "of the shuffling")] = 0,
    out: Annotated[Path, option("FILE", "the list that --test-sources reads")] = Path("pairs.json"),
) -> int:
    """Draws test sources by a stated rule; changes no release."""
    pairs = draw_pairs(release, num_pairs=num, seed=seed)
    pairs.write(out)
    print(f"{len(pairs.sample_ids)} pairs of {len(pairs.sources)} sources: {pairs.rule}")
    rows = [(count, stratum) for stratum, count in pairs.strata.items()]
    print(table(("pairs", "language / framing / scenes"), rows))
    if len(pairs.sample_ids) < num:
        print(f"the release has no more: {num} were asked for")
    if pairs.neighbours is None:
        print("test persons with a neighbour in training: unknown, no faces and voices compared")
    print(f"\n{out} (digest {pairs.digest[:12]}); no release was changed. Next: `curate retier` or")
    print(f"`import` as before, with --test-sources {typed_path(out)}: they leave training")
    return DONE


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
) -> int:
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
    print(f"{report.num_replies} replies ({report.num_new} new), {len(report.failures)} failures")
    for number, sample_id, reason in report.failures[:_SHOWN]:
        print(f"  {reason}: {sample_id}, seed {number}")
    print(f"{out}. Next: bench verify {typed_path(Path(release))} {typed_path(out)}")
    return DONE_WITH_REJECTS if report.failures else DONE


@app.command("verify")
def run_verify(
    release: ReleaseAddress,
    folder: Annotated[Path, argument("FOLDER", "the replies")],
    protocol: ProtocolOption = "dyadic",
    no_leaks: Annotated[bool, flag("--no-leaks", "do not compare replies with the truth")] = False,
) -> int:
    """Says whether replies can be judged, and every reason why not."""
    with ProgressDisplay() as display:
        report = verify(
            open_bench(release, protocol), folder, check_leaks=not no_leaks, progress=display
        )
    print(f"{report.num_usable} of {report.num_expected} replies can be judged")
    print(table(("what", "replies"), [*report.counts().items()]) if report.counts() else "")
    for problem in report.problems[:_SHOWN]:
        print(f"  {problem.kind} {problem.sample_id}: {problem.detail}")
    print("it can be judged" if report.ok else f"REFUSED: {len(report.problems)} problems")
    return DONE if report.ok else FAILED
