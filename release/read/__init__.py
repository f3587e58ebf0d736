"""An open release: samples, queries, byte ranges, media.

    storage.Files -> Release -> Samples -> records, byte ranges, bytes, Arrow tables

`column_cache` reads the index of a config column by column, on demand. Media are read by their byte
ranges alone. `where` filters on the index.
"""
