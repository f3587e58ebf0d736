"""Figures of a release: statistics, frames and speech intervals in, SVG and PNG out.

theme           colours and fonts of all figures
charts          distributions of scores, durations, speech
timeline        who speaks when in a conversation
contact_sheet   frames of pairs, with what was said
saving          a figure to files whose bytes are the same every time
"""
