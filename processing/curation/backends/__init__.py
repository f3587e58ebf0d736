"""Stage pieces put together out of `processing.models`: what `--backend STAGE=NAME` chooses.

embedded   nothing to download: HAAR, and rules of our own
look       detectors of faces and people, descriptors and shots for the one decode
binding    SyncNet and LR-ASD behind the rule that pairs faces with voices
"""
