"""Writing a release: buckets are built once, joined by hard links, and swapped in.

    rows -> bucket -> writer  --.
    release -> rewrite, reindex --> commit -> release

Rows or an existing release go in; a complete folder comes out, which replaces the previous
release at once or not at all. Every first write and every rewrite ends in `commit.swap`.
"""
