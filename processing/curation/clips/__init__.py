"""Inputs of models for single clips, and clips as tables.

clip_pass, clip_frames   a source, its clips --> every frame of a clip, or a few
clean_speech             a source, its clips --> audio of a clip, other voices muted
caption_text             the question to a captioner; an answer --> a checked caption
clip_tables              columns of clips, tables of measures --> clips with all measures
"""
