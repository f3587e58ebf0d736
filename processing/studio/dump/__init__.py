"""The truth of rendered shows in, a dump in the official layout out, with its defects."""
