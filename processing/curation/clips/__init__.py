"""What models are given of single clips, and clips as tables.

clip_pass, clip_frames   every frame of a clip, or a few
clean_speech             its audio, other voices muted
caption_text             what a captioning model is asked, and what of its answer is believed
clip_tables              columns of clips, what each stage measures of them, all joined
"""
