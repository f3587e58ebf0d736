"""What a stage is made of, and the tables that stages hand to one another.

builder        a tool, weights and a profile --> a `Stage`
schemas        columns of every table of a source
frame_tables   tables of taps, held against those columns
"""
