"""Measures of a source's frames, in one decode.

frame_pass, frame_pass_gpu, prefetch   path --> frames on a grid --> taps, each a table
faces, face_crops, persons, light      further taps
cut_scores                             tap: how much each frame differs from the one before
margins                                cells of light --> what stands still around the frame proper
shots, shots_by_model                  frame scores or probabilities --> shots, scenes
tracking                               faces, scenes --> who is where
"""
