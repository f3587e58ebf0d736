"""Models of speech: mono samples at 16 kHz in, turns and transcripts out.

protocols        inputs and outputs
voice_activity   samples --> intervals of speech
fbank, mel, voice_features, voice_clustering   features and clustering, for diarization
resemblyzer      windows --> vectors of speakers, for three_d_speaker
cepstral_voices, three_d_speaker, pyannote   samples --> speaker diarization
whisper, faster_whisper                      samples --> transcripts
"""
