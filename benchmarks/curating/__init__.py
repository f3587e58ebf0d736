"""What the engine costs, survives and repeats: overhead, kills, equality of engines, new tiers.

    python -m benchmarks.curating --overhead 600 --json build/overhead.json
    python -m benchmarks.curating --kills 30 --engine local --json build/kills.json
    python -m benchmarks.curating --kills 30 --engine ray --json build/kills-ray.json
    python -m benchmarks.curating --equal --json build/equal.json
    python -m benchmarks.curating --resolution 360 1080 --json build/resolution.json
    python -m benchmarks.curating --retier 100000 --json build/retier.json

Shows are rendered (with the extra `demo`) and curated by the profile `embedded`.
"""
