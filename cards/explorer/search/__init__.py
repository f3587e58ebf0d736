"""Search in the index: filters of an address in, rows of one config out.

filters        bounds on scores, a language, words of a transcript
sliders        what a config can be filtered by
config_index   rows of one config, read index part by index part
matches        the rows that match, page by page
"""
