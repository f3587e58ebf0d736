"""How well curation sees and hears, by figures that the field uses; see docs/accuracy.md.

shows rendered with truth -> pipeline (or a file of predictions) -> Found -> compare -> figures
a public data set on disk -> the one stage that it judges -> figures
"""
