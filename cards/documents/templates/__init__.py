"""Jinja templates of the documents; `rendering` fills in the measured values."""
