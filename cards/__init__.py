"""Documents about a release: statistics, figures, cards, the explorer, upload to the Hub.

index --> statistics/ --> content/ --> figures/, documents/ --> the files of a release
release --> explorer/  a web page
release --> hub/       a dataset repository
"""

import typing

from ..records import lazy_names as _lazy_names

if typing.TYPE_CHECKING:
    from .documents.curation_page import (
        ScoreValues as ScoreValues,
        Strip as Strip,
        Strips as Strips,
        write_curation_page as write_curation_page,
    )
    from .documents.model_card import (
        ModelFacts as ModelFacts,
        ModelResult as ModelResult,
        TrainingStage as TrainingStage,
        render_model_card as render_model_card,
    )
    from .documents.validating import CardProblem as CardProblem, validate_card as validate_card
    from .documents.writing import (
        draw_figures as draw_figures,
        draw_pairs as draw_pairs,
        write_documents as write_documents,
    )
    from .figures.contact_sheet import Tile as Tile, draw_contact_sheet as draw_contact_sheet
    from .figures.theme import DARK as DARK, LIGHT as LIGHT, Theme as Theme
    from .statistics.release_statistics import (
        ConfigStatistics as ConfigStatistics,
        Statistics as Statistics,
        measure as measure,
    )
else:
    __all__, __getattr__, __dir__ = _lazy_names(__name__, __file__)
