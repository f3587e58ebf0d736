"""OpenCV, or what to install: the only place in this room that imports it."""

from ...records import lacking

try:
    import cv2
except ImportError as error:
    raise lacking("looking at pictures needs opencv-python-headless", error, "curate") from error

__all__ = ["cv2"]
