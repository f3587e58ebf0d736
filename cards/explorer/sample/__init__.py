"""One sample as the page shows it: records in, JSON values out.

views          everything the page shows of a sample
timeline       when each clip and voice plays, on one clock
gate_answers   why a clip is in its tier
"""
