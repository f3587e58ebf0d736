"""The stages in the paper's order, and who does them in each profile.

probe      highest resolution, is there sound
look       one decode of the video for all that look at pictures
scenes     shots, and scenes of 3 to 14 s
voices     who speaks when in the whole sound; two main voices
tracks     who is where; one static box a person and scene
binding    which face speaks with which voice; offset of sound and picture
identity   who is who over the source; corrected voices
clips      one person in one scene, by the official name, with all that was measured
"""

from .embedded import embedded_stages

__all__ = ["embedded_stages"]
