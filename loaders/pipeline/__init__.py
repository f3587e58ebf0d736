"""Rows to batches in one process: requests, reads and decoding, each ahead of the next.

In: the rows of each batch, from a batch sampler. Out: collated batches in the same order. The
trainer runs it itself, or has it run by a process of `worker`.
"""
