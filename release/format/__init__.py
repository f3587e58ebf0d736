"""The bytes of a release: what a shard, its index and its features look like on disk.

    records --shard--> data/<branch>/<tier>/train-<bucket>.parquet
    shard --byte_ranges--> byte range of each media value --index--> index/<config>/*.parquet

Records and media go in; Parquet files, their schemas and byte ranges come out. Nothing here
knows whether a release is local, complete, or being rewritten. `upgrades` reads what earlier
schema versions wrote.
"""
