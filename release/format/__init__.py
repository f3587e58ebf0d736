"""The bytes of a release: what a shard, its index and its features look like on disk.

    records --shard--> data/<branch>/<tier>/train-<bucket>.parquet
    shard --byte_ranges--> where each piece of media lies --index--> index/<config>/*.parquet

In go records and media; out come Parquet files, their schemas, and byte ranges. Nothing here
knows whether a release is local, complete, or being rewritten. `upgrades` reads what earlier
schema versions wrote.
"""
