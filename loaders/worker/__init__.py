"""The worker process that decodes for a trainer, and the memory that both share.

In: a batch maker, which is pickled once, and the starts of the batches to make. Out: the same
batches as the pipeline gives, in shared memory: no frame is copied between the two.
"""
