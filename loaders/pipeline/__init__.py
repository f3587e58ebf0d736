"""Rows to batches in one process: requests, reads and decoding, each ahead of the next.

In: the rows of each batch, from a batch sampler. Out: collated batches in the same order. It runs
in the trainer's process, or in the worker process of `worker`.
"""
