"""What the loading benchmark says of its numbers: verdicts, tables, plots, engines, processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.loading import peers
from benchmarks.loading.data import make_media, make_release
from benchmarks.loading.decoded import WINDOW
from benchmarks.loading.engines import engine_rows
from benchmarks.loading.measure import Cost, Row, compared, value
from benchmarks.loading.processes import cpu_seconds, family, peak_pss, pss_bytes
from benchmarks.loading.report import draw, markdown, verdict


def row(low: float, high: float, target: float | None = None) -> Row:
    return Row(name="a, over b", ratio=(low + high) / 2, low=low, high=high, target=target)


def test_nothing_is_claimed_of_an_interval_that_touches_1() -> None:
    assert verdict(row(0.9, 1.2)) == "no claim"
    assert verdict(row(1.0, 1.2)) == "no claim"
    assert verdict(row(0.9, 5.0, target=1.0)) == "no claim"
    assert verdict(row(1.1, 1.2)) == ""
    assert (row(1.1, 1.2).claim, row(0.7, 0.9).claim) == ("faster", "slower")
    assert verdict(row(3.4, 5.4, target=4.0)) == "not certain"
    assert verdict(row(2.8, 3.6, target=10.0)) == "missed"
    assert verdict(row(4.1, 5.4, target=4.0)) == ""
    # Of an aim below 1 the interval about 1 is no doubt.
    assert verdict(row(0.95, 1.1, target=0.9)) == ""
    assert value("c", [2.0], "s", target=1.0).claim == ""
    assert verdict(value("c", [2.0], "s", target=1.0)) == "missed"


def test_processor_time_has_an_interval_of_its_own() -> None:
    found = compared("a", [Cost(1.0, 1.0)] * 3, [Cost(2.0, 3.0), Cost(2.0, 4.0), Cost(2.0, 5.0)])
    assert (found.ratio, found.cpu_ratio) == (2.0, 4.0)
    assert found.cpu_low == 3.0 and found.cpu_high == 5.0


def test_children_count_while_they_live_and_when_they_ended() -> None:
    before = cpu_seconds()
    code = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout and child.stdout.readline() == "done\n"
    assert child.pid in family()
    alive = cpu_seconds() - before
    child.communicate("\n")
    assert alive >= 0.28 and cpu_seconds() - before >= 0.28
    assert child.pid not in family()


def test_memory_is_looked_at_meanwhile() -> None:
    before = pss_bytes()

    def run() -> None:
        data = bytearray(os.urandom(1)) * 400_000_000
        # It is looked at every so often, and by a thread that a busy machine lets wait.
        time.sleep(2)
        del data

    # What earlier tests have freed may go back to the system meanwhile.
    assert peak_pss(run) > before + 200_000_000


@pytest.mark.filterwarnings("ignore")  # the peers' own
def test_peers_engines_and_plots(tmp_path: Path) -> None:
    media = [make_media(seed, WINDOW + 8, 20) for seed in range(2)]
    samples = make_release(tmp_path / "speakervid5m", media, 10)
    formats = peers.Formats(tmp_path / "speakervid5m", samples)
    # Those that come with us, and whoever else is installed.
    peers.checked(samples, peers.raw_epochs(formats.folder, formats.root, 0))
    with pytest.raises(AssertionError, match="thief gives other bytes"):
        peers.checked(samples, {"thief": lambda: iter([[b"other"]])})
    engines = engine_rows(media, 1)
    known = {one.name for one in engines}
    assert {"frame table (ours)", "PyAV"} <= known
    assert all(one.conforms for one in engines), [one for one in engines if not one.conforms]
    table = markdown([row(1.1, 1.3, 1.5), row(0.9, 1.1), value("bytes", [262], "bytes")], engines)
    assert "| a, over b | 1.20 | 1.10-1.30 |" in table and "missed |" in table
    assert "262 bytes" in table and "no claim" in table and "| PyAV | yes |" in table
    paths = draw([row(1.1, 1.3, 1.5), row(0.9, 1.1)], engines, tmp_path / "plots")
    assert sorted(path.name for path in paths) == [
        *("engines.png", "engines.svg", "loading.png", "loading.svg"),
    ]
    assert all(path.stat().st_size > 5_000 for path in paths)
