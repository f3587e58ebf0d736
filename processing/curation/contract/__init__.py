"""How stages are built, and the tables that stages pass to one another.

builder        a spec of a model, weights and a profile --> a `Stage`
schemas        columns of every table of a source
frame_tables   tables of taps --> the same, checked against those columns
"""
