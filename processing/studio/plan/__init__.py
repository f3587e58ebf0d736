"""A seed in, the truth of a show out, without drawing anything.

script, camera, characters   who says what, which camera is on, what people look like
casting                      the clips and samples that follow from script and camera
show                         plans all of it from a seed
truth                        the resulting records, and their JSON
"""
