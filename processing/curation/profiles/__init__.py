"""Profiles: which backend does which stage, and which gates judge the clips.

profile   a profile's name, other backends --> `Profile`: models, gates, stages; what is missing
backend_choice   what --backend may name; gates with other backends
gates     gates over measures that the paper does not have
"""
