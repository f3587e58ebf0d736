"""Models and measures of faces.

protocols        what goes in and comes out
haar, yunet      detectors: frames --> boxes, points
face_embedding, appearance   a face --> a vector; its mouth and sharpness
weights          who publishes them, and how they are loaded
"""
