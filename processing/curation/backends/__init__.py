"""Backends of stages, composed from `processing.models`: what `--backend STAGE=NAME` chooses.

models --> `ModelSpec`s of taps, binders and distances, in the table of `profiles/profile.py`

embedded   nothing to download: HAAR, and rules of our own
compact    YuNet, MediaPipe's mesh, dlib's face embedding
look       detectors of faces and people, face embeddings and shots, as taps of the frame pass
binding    SyncNet and LR-ASD behind the rule that pairs faces with voices
"""
