"""The simulations on the smallest that tells something; the laws that they draw from."""

import json
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.vidchatbench.__main__ import main
from benchmarks.vidchatbench.draws import (
    VectorLaw,
    equal_sizes,
    score_pair,
    scores,
    unequal_sizes,
)
from benchmarks.vidchatbench.simulate import bias_curve
from speakervid5m.vidchatbench import frechet_distance


def test_it_writes_each_claim_with_its_target(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    arguments = ["--simulate", "--pairs", "40", "--sets", "4", "--json", str(path)]
    status = main(arguments)
    figures = json.loads(path.read_text())
    names = [claim["name"] for claim in figures["rows"]]
    assert names[0] == "false alarms of a comparison" and len(names) == 6
    for claim in figures["rows"]:
        assert claim["holds"] == (claim["low"] <= claim["measured"] <= claim["high"])
        assert claim["num_runs"] in (40, 4, 2)
    assert status == (0 if all(claim["holds"] for claim in figures["rows"]) else 1)


@pytest.mark.parametrize(
    "law",
    [
        VectorLaw(num_dimensions=4, shift=1, scale=1.26),
        VectorLaw(num_dimensions=4, shift=0.5, scale=2, falling=True, common=False),
    ],
)
def test_a_law_s_distance_is_that_of_many_draws(law: VectorLaw) -> None:
    real, replies = law.draw(np.random.default_rng(0), equal_sizes(20_000, 1))
    assert frechet_distance(real.values, replies.values) == pytest.approx(law.distance, rel=0.05)


def test_scores_have_the_variances_they_say() -> None:
    generator = np.random.default_rng(1)
    first, second = score_pair(generator, equal_sizes(20_000))
    assert first.means.var() == pytest.approx(1, rel=0.03)
    differences = (first.means - second.means).reshape(-1, 4)
    assert differences.var() == pytest.approx(0.8, rel=0.03)
    assert differences.mean(1).var() == pytest.approx(0.2 + 0.6 / 4, rel=0.05)
    for skewed in (False, True):
        drawn = scores(generator, equal_sizes(20_000), within_source=0.35, skewed=skewed).means
        assert (drawn.mean(), drawn.var()) == pytest.approx((0, 1), abs=0.05)
    assert sum(unequal_sizes(10)) == 34


def test_the_jackknife_fails_where_dimensions_are_many() -> None:
    with threadpool_limits(1):
        few, many = bias_curve(8, 20, 0), bias_curve(256, 3, 0)
    assert abs(few["corrected"] - few["truth"]) < 0.1 < few["plug_in"] - few["truth"]
    assert many["corrected"] > 5 * many["truth"] and many["coverage"] == 0
