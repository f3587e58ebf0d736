"""What is measured on: files of packages, as frames, samples, photos and voices.

packages   which files of which packages, and their digests
fetching   by each registry's own client, into a folder that is removed
films      frames and samples in, videos out
speakers   voices of real people, turn by turn
photos     where each face is, and who is who
"""
