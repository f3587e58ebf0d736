"""What was retracted: the records, the rule what they touch, and rows that are stored still.

In go `takedown/*.parquet` and the samples of a source; out come tombstones and the numbers of
the rows that they name. Readers leave these rows out; `release.takedown` removes them.
"""
