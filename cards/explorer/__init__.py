"""The explorer: a release as a web page, to search, to play and to ask for removal.

questions, searching    what the visitor asks, answered part by part of the index
shelves, library        rows and media of an open release, opened anew when it changes
lanes, answers, views   what the page shows of a sample
media, pictures         byte ranges of clips; posters and waveforms
reports                 requests for removal, written to a file
visitors, connections   who may ask, and how long the server waits for them
routes, page/           the web server and the page
space                   the same page as a Space
"""

from .connections import configured
from .library import Library
from .reports import ReportBox
from .routes import create_app
from .space import SpaceFacts, export_space

__all__ = ["Library", "ReportBox", "SpaceFacts", "configured", "create_app", "export_space"]
