"""Numbers of a release, from its index alone: rows in, counts and histograms out.

measures             which columns are counted, in which bins, under which label
tally                counts and histograms; memory does not grow with the rows
overlap              how much of a person's speech lies under another voice
release_statistics   all of it for every config of a release
"""
