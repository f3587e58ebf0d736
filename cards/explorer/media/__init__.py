"""Media of clips for a browser.

byte_ranges   parts of a clip, read from its shard as the browser asks for them
previews      a frame and a waveform of a clip
"""
