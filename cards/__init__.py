"""What people look at: figures of a release."""

from .contact_sheet import Tile, draw_contact_sheet

__all__ = ["Tile", "draw_contact_sheet"]
