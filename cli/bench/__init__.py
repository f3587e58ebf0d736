"""`speakervid5m bench`: test pairs, a model's replies, and numbers that can be believed."""
