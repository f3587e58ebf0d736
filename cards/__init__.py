"""A release that explains itself: statistics, figures, cards.

statistics, tally     numbers from the index alone
figures, timeline     what they look like
rendering, templates  the dataset card, a card for each branch, the datasheet
model_card            the card of a model trained on a release
documents             all of it, as the writer of a release calls it
"""

from .contact_sheet import Tile, draw_contact_sheet
from .documents import documents, draw_figures
from .model_card import ModelFacts, ModelResult, TrainingStage, render_model_card
from .statistics import ConfigStatistics, Statistics, measure
from .theme import DARK, LIGHT, Theme
from .validating import CardProblem, validate_card

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
