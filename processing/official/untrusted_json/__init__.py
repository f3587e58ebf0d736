"""Untrusted JSON: bytes in, values that are safe to store out.

values   whole documents
events   documents of any size, as a stream
shapes   keys, types and forms without the content
"""
