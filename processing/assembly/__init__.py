"""What both ways to a release share: a catalogue of samples and source videos in, a release out.

catalogue     which samples every source gives, media aside: asked of a dump or of a release
plan          what the whole catalogue would give, before any video is read
source_files  which video file is which source
cut_clips, clean_audio    one source to its clips: video, and the speech of one person
clip_store    the cut media in the work folder, each clip once
cut_sources, cut_workers  all sources that have arrived, several processes at a time
gather, write             rows with their media, and the release
takedown      what a takedown means for the work folder, and for all that is written after it
destination   where a release is to be written, tried first
"""
