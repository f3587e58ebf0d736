"""Which rows make each batch, on which rank, and how an epoch is resumed.

In: the number of samples or their lengths, a seed and an epoch. Out: a batch sampler, which says
the rows of every batch; a state of under 1 KB, and the place where a loader goes on from it, also
after a takedown. Nothing here reads media.
"""
