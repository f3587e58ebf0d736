"""The explorer: a release as a web page, to search, to play and to ask for removal.

browser --> allowed_hosts, connections --> routes --> search/, sample/, media/ --> JSON, bytes

shown_release   the open release, opened again when it changes
search/         what the visitor asks, answered from the index
sample/         what the page shows of a sample
media/          byte ranges of clips; frames and waveforms
reports         requests for removal, written to a file
page/           the web page itself; css_colours gives it the figures' colours
space           the same page as a Space of the Hub
"""

from .connections import configured
from .release_watcher import Library
from .reports import ReportBox
from .routes import create_app
from .space import SpaceFacts, export_space

__all__ = ["Library", "ReportBox", "SpaceFacts", "configured", "create_app", "export_space"]
