"""Search in the index: what a visitor asks for in, rows of one config out.

filters    bounds on scores, a language, words of a transcript
sliders    what a config can be filtered by
rows       rows of one config, read index part by index part
matches    the rows that fit, page by page
"""
