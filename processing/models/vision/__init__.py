"""Models that look at whole frames and clips, and the frame itself.

frame, protocols   what goes in and comes out
preprocessing      frames as networks take them, and back
person_detectors, simcc_pose, transnet, dover, uvq, qwen_vl    one model a file
weights            who publishes them, and how they are loaded
"""
