"""Ids of sources in, videos in a folder and an outcome for every id out; by yt-dlp."""
