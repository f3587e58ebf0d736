"""Models that look at a mouth and listen at once.

protocols, weights   what goes in and comes out; who publishes them
mfcc             samples --> cepstra, as both networks were trained on
syncnet, sync_score  head crops, samples --> vectors --> how well they fit, and the offset
lr_asd           head crops, samples --> a probability a frame that the face speaks
"""
