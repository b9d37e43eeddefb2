"""Component ids that more than one module names."""

from __future__ import annotations

from typing import Any

URL = "url"  # dcc.Location: read by everything, written by the client alone
EVENT = "event"  # store: what the viewer just did (see assets/events.js)
GOTO = "goto"  # store: the address that `reduce` decided on; the client pushes it
THEME = "theme"  # store: light, dark or system, kept in the browser
VERSION = "data-version"  # store: versions of the data that an open page has shown
MENU = "menu"  # store: which menu is open and what is typed in its search
POLL = "poll"

PAGE, NAV, BAR, FOOT, PANEL = "page", "nav", "bar", "foot", "panel"
DIALOG, DIALOG_BODY = "dialog", "dialog-body"


def part(part: str, kind: str, chart: Any) -> dict[str, Any]:
    """Id of one part of a chart's card: answer, graph, alt, body, grid, state, notes, card. The chart's kind is in the
    id because each kind has a render callback of its own. `chart`: its name, or MATCH."""
    return {"type": part, "kind": kind, "chart": chart}
