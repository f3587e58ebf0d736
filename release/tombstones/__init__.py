"""Tombstones: their records, the rule that says which samples they touch, and pending rows.

`takedown/*.parquet` and the samples of a source go in; tombstones and the numbers of the rows
that they name come out. Readers leave these rows out; `release.takedown` removes them.
"""
