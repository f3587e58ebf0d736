"""The audio of a source and of a clip, as mono float32 samples.

source_audio  path, start, seconds --> samples on the source's clock
gapless       decoded frames of any layout --> one channel without a gap, with its place in time
waveform      samples <--> the bytes of a FLAC; the resampler
"""
