"""Writing a release: buckets are built once, put together with hard links, and swapped in.

    rows -> bucket -> writer  --.
    release -> rewrite, reindex --> commit -> release

In go rows or an existing release; out comes a complete folder that takes the place of the one
before at once or not at all. Every first write and every rewrite ends in `commit.swap`.
"""
