"""Verification: whether a release is what its manifest and its index say.

In goes a folder; out comes a report of every problem, by file or sample. Nothing is changed.
"""
