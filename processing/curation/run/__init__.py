"""`curate` and `retier`: options --> sources --> stages --> scores, tiers --> a release.

options, curation, recorded  the options, what they mean, and the profile of the last run
find_videos                  the videos of a run
previous_release             guards and comparisons against the release that a run replaces
estimate                     what a run will take
judge                        the gates of a run, and the tiers that they give
curate, write_release        the run itself, and its second half: tiers, cuts, the release
report                       what one run did
"""
