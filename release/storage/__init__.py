"""Bytes of files, from a folder or a URL: memory maps, range reads, retries.

The address of a release and names of its files go in; bytes and opened Parquet files come out,
bounded in size and checked against the manifest. Nothing here knows what the bytes mean.
"""
