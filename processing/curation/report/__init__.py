"""What a run has measured so far, for people: scores, choices, thumbnails. Runs no model."""
