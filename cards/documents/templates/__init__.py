"""The cards' texts, one file each; what stands in double braces is measured."""
