"""Bytes of files, from a folder or a URL: memory maps, range reads, retries.

In go the address of a release and names of its files; out come bytes and opened Parquet files,
bounded in size and checked against the manifest. Nothing here knows what the bytes mean.
"""
