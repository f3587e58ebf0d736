"""Profiles: which backend does which stage, and which gates judge the clips.

profile   a profile's name, other backends --> `Profile`: models, gates, stages; what is missing
gates     gates over measures that the paper does not have
"""
