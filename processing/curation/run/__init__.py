"""`curate` and `retier`: options --> sources --> stages --> scores, tiers --> a release.

options, resolve, recorded   the options, what they mean, and the profile of the last run
find_videos, sources         the videos of a run
estimate                     what a run will take
previous_release             guards and comparisons against the release that a run replaces
applied_gates                the gates of a run
curate, write_release        the run itself, and its second half: tiers, cuts, the release
"""
