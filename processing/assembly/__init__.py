"""What both ways to a release share: a catalogue of samples and source videos in, a release out.

catalogue     which samples every source gives, without their media: from a dump or a release
plan          what the whole catalogue will give, before any video is read
source_files  which video file belongs to which source
cut_clips, clean_audio    one source to its clips: video, and the speech of one person
clip_store    the cut media in the work folder, each clip once
cut_sources, cut_workers  all sources that have arrived, several processes at a time
gather, write             rows with their media, and the release
takedown      removes retracted sources from the work folder and from every later import
destination   checks first that a release can be written where the user asks
"""
