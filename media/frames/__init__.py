"""The frames of a source, decoded in order, each with the time for which it is shown.

times          path --> when each frame is shown, read packet by packet
seek           a container --> the key frame from which decoding begins
source_reader  path, start, stop --> frames on the CPU
gpu_reader     path --> frames in the memory of a GPU
planes         a decoded frame --> upright 4:2:0 planes, cropped without a copy
grid           a source's frames --> the frames of a clip, at a constant rate
cropped_clip   a source's frames --> the frames of a clip, cropped by its box
"""
