"""The types that a training loop gets: one batch for each branch, of clips and their tensors.

In: padded tensors. Out: dataclasses that move to a device, are pinned, and show their shapes.
Nothing here reads or decodes.
"""
