"""Models of whole frames and clips, and the frame itself.

frame, protocols   inputs and outputs
preprocessing      frames --> inputs of networks, and points back to the frame
person_detectors, simcc_pose, transnet, dover, uvq, qwen_vl    one model a file
weights            publishers, licences, and how to load each model
"""
