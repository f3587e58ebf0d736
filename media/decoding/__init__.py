"""The frames of a clip, by index, as RGB or 4:2:0.

video_reader      what every reader of a clip offers
backends          bytes of an mp4 --> a reader; which backends decode here
pyav, decord, torchcodec, torchcodec_cuda
                  one backend each, loaded when it is asked for
trial_clip        the clip that shows whether a backend decodes
table_reader      frame table, byte ranges --> frames, without the mp4's header
pixels            a decoded frame --> memory of ours
"""
