"""Ids of sources in, videos in a folder out: by yt-dlp, with an outcome for every id."""
