"""JSON values of a dump in, fields of a clip out; unknown forms are refused with a reason.

merged, asr, captions, blur, videos   one kind of file each
boxes, times, scores                  fields that several kinds have
clip_lists, testset                   the lists at the top of a dump
"""
