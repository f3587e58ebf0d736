"""Weights of models: a name in, a verified file in the folder of weights out.

    WEIGHTS_FOLDER / <file>      --weights, else SPEAKERVID5M_WEIGHTS, else the user's cache

table/      the weights of every model and encoder, with licence, source and digest
files       a file or folder of weights: whether it is there, its size and digest
sources     where weights come from: the Hub, a package of a registry, a dependency, their user
fetch       fetched, verified, converted, moved into place; never without being asked
hub         files of a repository of the Hub
packages    files inside a package, by the registry's own client
converted/  a publisher's files in the form that a model here loads
check       which files are whole
"""

from .check import CheckedWeights, check_weights
from .fetch import Fetched, TermsNotAccepted, fetch_weights
from .files import (
    WEIGHTS_VARIABLE,
    MissingWeights,
    Weights,
    WeightsFacts,
    get_command,
    weights_folder,
)
from .packages import CannotFetch

__all__ = [
    "WEIGHTS_VARIABLE",
    "CannotFetch",
    "CheckedWeights",
    "Fetched",
    "MissingWeights",
    "TermsNotAccepted",
    "Weights",
    "WeightsFacts",
    "check_weights",
    "fetch_weights",
    "get_command",
    "weights_folder",
]
