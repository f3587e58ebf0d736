"""Real people."""
