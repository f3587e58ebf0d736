"""An open release: samples, queries, byte ranges, media.

    storage.Files -> Release -> Samples -> records, byte ranges, bytes, Arrow tables

The index of a config is read column by column through `column_cache`, as it is asked for; media
are read by their byte ranges alone. `where` filters on the index.
"""
