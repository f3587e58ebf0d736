"""`speakervid5m curate ...`: own videos to a release, its plan, its report."""
