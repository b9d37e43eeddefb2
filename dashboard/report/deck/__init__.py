"""The deck: the report's summary and sheets as PowerPoint slides with native charts, and its refresh. It needs
python-pptx (requirements-deck.txt)."""

from __future__ import annotations

import importlib.util


def is_available() -> bool:
    """Whether decks can be written here."""
    return importlib.util.find_spec("pptx") is not None
