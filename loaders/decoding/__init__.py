"""One sample request to tensors: its bytes are read, decoded and resized.

In: a request, and the memory of its batch if there is any. Out: a loaded sample, or the error that
says why its media cannot be used. Everything here is called from many threads.
"""
