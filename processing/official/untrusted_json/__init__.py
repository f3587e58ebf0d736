"""JSON of strangers, strictly read: bytes in, values that everything behind can hold out.

values   whole documents
events   documents of any size, as a stream
shapes   keys, types and forms without the content
"""
