"""OpenCV, or what to install: the only place in this room that imports it."""

try:
    import cv2
except ImportError as error:
    raise ImportError(
        "looking at pictures needs the package opencv-python-headless: "
        "pip install 'speakervid5m[curate]'"
    ) from error

__all__ = ["cv2"]
