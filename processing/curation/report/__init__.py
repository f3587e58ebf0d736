"""What a run has measured so far, for people. Runs no model.

scored_clips   stored results, gates --> scores, tiers and single clips
choices        stored results --> which track of a source was read
thumbnails     a source --> a few frames
"""
