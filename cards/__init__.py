"""A release that explains itself: statistics, figures, cards.

statistics, tally     numbers from the index alone
figures, timeline     what they look like
rendering, templates  the dataset card, a card for each branch, the datasheet
model_card            the card of a model trained on a release
writing               all of it, as the writer of a release calls it
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .contact_sheet import Tile, draw_contact_sheet
    from .model_card import ModelFacts, ModelResult, TrainingStage, render_model_card
    from .statistics import ConfigStatistics, Statistics, measure
    from .theme import DARK, LIGHT, Theme
    from .validating import CardProblem, validate_card
    from .writing import documents, draw_figures

__all__ = [
    "DARK",
    "LIGHT",
    "CardProblem",
    "ConfigStatistics",
    "ModelFacts",
    "ModelResult",
    "Statistics",
    "Theme",
    "Tile",
    "TrainingStage",
    "documents",
    "draw_contact_sheet",
    "draw_figures",
    "measure",
    "render_model_card",
    "validate_card",
]

_PLACES = {
    "contact_sheet": ("Tile", "draw_contact_sheet"),
    "model_card": ("ModelFacts", "ModelResult", "TrainingStage", "render_model_card"),
    "statistics": ("ConfigStatistics", "Statistics", "measure"),
    "theme": ("DARK", "LIGHT", "Theme"),
    "validating": ("CardProblem", "validate_card"),
    "writing": ("documents", "draw_figures"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
