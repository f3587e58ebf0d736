"""Rendered talk shows of two people with known truth."""
