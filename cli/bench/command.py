"""`speakervid5m bench`: pairs -> run -> verify -> score -> compare; each is one function here."""

from pathlib import Path
from typing import Annotated

import typer

from speakervid5m.records import typed_path
from speakervid5m.vidchatbench import draw_pairs

from ..terminal.arguments import ReleaseAddress, option, positive_int
from ..terminal.exit_codes import DONE
from ..terminal.formatting import table

app = typer.Typer(
    help="Judges a model's replies to the test pairs of a release.",
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
