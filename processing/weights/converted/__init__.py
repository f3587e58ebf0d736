"""Files of weights in a form that needs no package of their publisher.

a publisher's files --> convert(source, target), once --> a file that a model here loads

`source` is the fetched file, or the folder of the fetched files if there are several.

face_api      dlib's face recognition network, from the tensors of @vladmandic/face-api
resemblyzer   Resemblyzer's speaker encoder, from its pickle
"""
