"""Shows of real people whose truth is known.

real_sync  R: films with their own audio
dubs       D: silent films with voices, by `dubbing`
dubbing    frames reordered by the jaw's optical flow, which no profile measures
truth      who is where, who talks, who speaks when
"""
