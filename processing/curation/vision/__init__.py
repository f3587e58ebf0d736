"""Measures of a source's frames, in one decode.

frame_pass, frame_pass_gpu, prefetch   path --> frames on a grid --> taps, each a table
faces, face_crops, persons, light      taps
shots, shots_by_model                  frame scores or probabilities --> shots, scenes
tracking                               faces, scenes --> who is where
"""
