"""`curate` and `retier`: options --> sources --> stages --> scores, tiers --> a release.

options, resolve, recorded   what is asked for, what that means, what the last run asked for
find_videos, estimate        which videos there are; what a run will take
curate                       the run itself
scoring, catalogue, funnel, clipless   percentiles; tiers and samples; what was kept and lost
previous_release, unused     what is kept of the release before; cuts that nobody needs
"""
