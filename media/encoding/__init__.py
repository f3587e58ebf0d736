"""Frames and samples --> the bytes of a clip, the same for the same input, settings and builds.

clip_encoder  frames and samples --> one mp4 in memory
builds        the versions of the libraries that encode
"""
