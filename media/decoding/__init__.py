"""The frames of a clip, by index, as RGB or 4:2:0.

video_reader      the protocol of every reader of a clip
backends          bytes of an mp4 --> a reader; which backends decode here
pyav, decord, torchcodec, torchcodec_cuda
                  one backend each, loaded on first use
trial_clip        a clip to try whether a backend decodes
table_reader      frame table, byte ranges --> frames, without the mp4's header
pixels            a decoded frame --> its pixels at an address
"""
