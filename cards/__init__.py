"""Documents about a release: statistics, figures, cards, the explorer, upload to the Hub.

index --> statistics/ --> content/ --> figures/, documents/ --> the files of a release
release --> explorer/  a web page
release --> hub/       a dataset repository
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .documents.curation_page import ScoreValues, Strip, Strips, write_curation_page
    from .documents.model_card import ModelFacts, ModelResult, TrainingStage, render_model_card
    from .documents.validating import CardProblem, validate_card
    from .documents.writing import draw_figures, draw_pairs, write_documents
    from .figures.contact_sheet import Tile, draw_contact_sheet
    from .figures.theme import DARK, LIGHT, Theme
    from .statistics.release_statistics import ConfigStatistics, Statistics, measure

__all__ = [
    "DARK",
    "LIGHT",
    "CardProblem",
    "ConfigStatistics",
    "ModelFacts",
    "ModelResult",
    "ScoreValues",
    "Statistics",
    "Strip",
    "Strips",
    "Theme",
    "Tile",
    "TrainingStage",
    "draw_contact_sheet",
    "draw_figures",
    "draw_pairs",
    "measure",
    "render_model_card",
    "validate_card",
    "write_curation_page",
    "write_documents",
]

_PLACES = {
    "documents.curation_page": ("ScoreValues", "Strip", "Strips", "write_curation_page"),
    "documents.model_card": ("ModelFacts", "ModelResult", "TrainingStage", "render_model_card"),
    "documents.validating": ("CardProblem", "validate_card"),
    "documents.writing": ("draw_figures", "draw_pairs", "write_documents"),
    "figures.contact_sheet": ("Tile", "draw_contact_sheet"),
    "figures.theme": ("DARK", "LIGHT", "Theme"),
    "statistics.release_statistics": ("ConfigStatistics", "Statistics", "measure"),
}

__getattr__, __dir__ = _lazy_names(
    __name__, {name: module for module, names in _PLACES.items() for name in names}
)
