"""Do the estimators of the benchmark keep their word? Simulations with a known truth.

    python -m benchmarks.vidchatbench --simulate --json build/vidchatbench.json
    python -m benchmarks.vidchatbench --curves --json build/vidchatbench-curves.json

The first prints, for each claim of docs/vidchatbench.md, what was measured, the target, and whether
it holds; exit status 1 if a target is missed. The second shows where estimators begin to fail. Each
needs some ten minutes of one core, and no media.
"""
