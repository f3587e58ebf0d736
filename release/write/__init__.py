"""Writing a release: buckets are built once, joined by hard links, and swapped in.

    rows -> bucket -> tables -> writer  --.
    release -> reindex, documents       --> change -> commit -> release

Rows or an existing release go in; a complete folder comes out, which replaces the previous
release at once or not at all. Whatever changes a release does so through `change.changing`.
"""
