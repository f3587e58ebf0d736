"""Loading beside peers: decoders, windows, batches, raw bytes, HTTP, resume, and scale.

    python -m benchmarks.loading --quick --json build/loading.json

Contenders run in turns within one process, on the same bytes. A ratio above 1 means that ours is
faster; its interval is a bootstrap over the rounds. Peers that are not installed are left out and
named.
"""
