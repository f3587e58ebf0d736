"""Audio of a source.

audio         a file --> its audio at 16 kHz, gaps named
main_voices   turns of a diarizer --> letters, the two main voices
"""
