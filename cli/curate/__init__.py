"""`speakervid5m curate ...`: own videos in; a plan, a release and a report out."""
