"""Who is who: faces and voices of a source, matched.

mouth_binding, model_binding   tracks, voices --> which face goes with which voice
face_matching                  tracks, labels --> persons; voices corrected by faces
tracks                         tracks as tables and back
"""
