"""A seed in, the truth of a show out, without drawing anything.

script, camera, characters   who says what, which camera is on, what people look like
casting                      the clips and samples that follow
show                         all of it, from a seed
truth                        what it comes to, and the JSON of it
"""
