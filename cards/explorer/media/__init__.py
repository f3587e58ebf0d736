"""Media of clips for a browser.

byte_ranges   HTTP range requests in, bytes of a clip out of its shard
previews      a poster frame and a waveform of a clip
"""
