"""Do the estimators of the benchmark keep their word? Simulations with a known truth.

    python -m benchmarks.vidchatbench --simulate --json build/vidchatbench.json

Prints, for each claim of docs/vidchatbench.md, what was measured, the target, and whether it holds;
exit status 1 if a target is missed. It needs a few minutes of one core, and no media.
"""
