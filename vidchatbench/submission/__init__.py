"""A folder of replies: how it lies on disk, and whether it can be judged.

mine/metadata.json                            `Metadata`: whose replies, to what, how they were made
mine/replies/<seed>/<sample_id>.mp4           a reply's frames
mine/replies/<seed>/<sample_id>.flac          its audio, exact; else the mp4's own track counts
mine/replies/<seed>/<sample_id>.json          `Declared`: its words, and what the runner measured
mine/replies/<seed>/<sample_id>.failed.json   `Failure`: there is no reply, and why
mine/timings.jsonl, failures.jsonl            the same, a line each, for people and tables

folder --verify--> VerifyReport: everything that keeps it from being judged, by name
"""
