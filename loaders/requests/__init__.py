"""What is read for one sample, planned from the index alone, before a byte of media moves.

In: the number of a row, an epoch and the specs. Out: a request with the record, a window for each
clip and the byte ranges that hold it.
"""
