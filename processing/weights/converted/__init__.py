"""Files of weights in a form that needs no package of their publisher.

a publisher's files --> convert(source, target), once --> a file that a model here loads

face_api   dlib's face recognition network, from the tensors of @vladmandic/face-api
"""
