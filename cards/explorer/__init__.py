"""The explorer: a release as a web page, to search, to play and to ask for removal.

browser --> allowed_hosts, connections --> routes --> search/, sample/, media/ --> JSON, bytes

release_watcher   the open release, opened again when it changes
search/           filters from the address, matching rows from the index
sample/           what the page shows of a sample
media/            byte ranges of clips; posters and waveforms
reports           requests for removal, written to a file
page/             the web page itself; css_colours gives it the figures' colours
space             the same page as a Space of the Hub
"""

from .connections import server_config
from .release_watcher import ReleaseWatcher
from .reports import ReportBox
from .routes import create_app
from .space import SpaceFacts, export_space

__all__ = [
    "ReleaseWatcher",
    "ReportBox",
    "SpaceFacts",
    "create_app",
    "export_space",
    "server_config",
]
