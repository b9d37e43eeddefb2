"""Component ids that more than one module names."""

from __future__ import annotations

from typing import Any

# Not in the layout: what the client asks (an address or an event, and the cards in sight: dashboard/view.py) and what
# comes back. assets/cards.js posts the one and draws the other.
ASKED, ANSWER = "asked", "answer"
BODY = "body"  # store: the cards of another page
THEME = "theme"  # store: light, dark or system, kept in the browser
VERSION = "data-version"  # store: versions of the data that an open page has shown
MENU = "menu"  # store: which menu is open, and under which address
POLL = "poll"

PAGE, NAV, BAR, FOOT, PANEL = "page", "nav", "bar", "foot", "panel"
DIALOG, DIALOG_BODY, DIALOG_ASKED = "dialog", "dialog-body", "dialog-asked"


def part(part: str, chart: str) -> dict[str, Any]:
    """Id of one part of a chart's card that Dash draws anew: grid."""
    return {"type": part, "chart": chart}
