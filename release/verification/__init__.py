"""Verification: whether a release is what its manifest and its index say.

A folder goes in; a report of every problem, by file or sample, comes out. Nothing is changed.
"""
