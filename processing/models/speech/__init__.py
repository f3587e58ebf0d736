"""Models that listen to mono samples at 16 kHz.

protocols        what goes in and comes out
voice_activity   samples --> when anybody speaks
fbank, voice_features, voice_clustering   what diarization stands on
cepstral_voices, three_d_speaker, pyannote   samples --> who speaks when
whisper, faster_whisper                      samples --> words
"""
