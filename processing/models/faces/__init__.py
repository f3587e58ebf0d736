"""Models and measures of faces.

protocols        inputs and outputs
haar, yunet      detectors: frames --> boxes, points
face_mesh        a face --> how far its mouth is open
face_embedding, appearance   a face --> a vector; its mouth and sharpness
weights          publishers, licences, and how to load each model
"""
