"""Models of a mouth and a waveform together.

protocols, weights   inputs and outputs; publishers, licences and how to load each model
mfcc                 samples --> cepstra, as both networks were trained on
syncnet, sync_score  head crops, samples --> vectors --> confidence, distance, offset
lr_asd               head crops, samples --> for each frame the probability that the face speaks
"""
