"""Weights of models: a name in, a file in the folder of weights out; never downloaded.

    WEIGHTS_FOLDER / <file>      --weights, else SPEAKERVID5M_WEIGHTS, else the user's cache

files  a file or folder of weights: whether it is there, its size and digest
table  the weights of every model and encoder
"""

from .files import WEIGHTS_VARIABLE, MissingWeights, Weights, weights_folder

__all__ = ["WEIGHTS_VARIABLE", "MissingWeights", "Weights", "weights_folder"]
