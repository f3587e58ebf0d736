"""OpenCV, or an error that says what to install. Models import `cv2` from here only."""

from ...records import lacking

try:
    import cv2
except ImportError as error:
    raise lacking("work on frames needs opencv-python-headless", error, "curate") from error

__all__ = ["cv2"]
