"""Documents about a release: statistics, figures, cards, the explorer, upload to the Hub.

index --> statistics/ --> content/ --> figures/, documents/ --> the files of a release
release --> explorer/  a web page
release --> hub/       a dataset repository
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .documents.curation_page import ScoreValues as ScoreValues
    from .documents.curation_page import Strip as Strip
    from .documents.curation_page import Strips as Strips
    from .documents.curation_page import write_curation_page as write_curation_page
    from .documents.model_card import ModelFacts as ModelFacts
    from .documents.model_card import ModelResult as ModelResult
    from .documents.model_card import TrainingStage as TrainingStage
    from .documents.model_card import render_model_card as render_model_card
    from .documents.validating import CardProblem as CardProblem
    from .documents.validating import validate_card as validate_card
    from .documents.writing import draw_figures as draw_figures
    from .documents.writing import write_documents as write_documents
    from .figures.contact_sheet import Tile as Tile
    from .figures.contact_sheet import draw_contact_sheet as draw_contact_sheet
    from .figures.theme import DARK as DARK
    from .figures.theme import LIGHT as LIGHT
    from .figures.theme import Theme as Theme
    from .statistics.release_statistics import ConfigStatistics as ConfigStatistics
    from .statistics.release_statistics import Statistics as Statistics
    from .statistics.release_statistics import measure as measure
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
