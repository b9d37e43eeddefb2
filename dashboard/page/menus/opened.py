"""Where a menu was opened: the request for its content, and what that is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from analytics.engines.base import Engine
from analytics.selection import Resolved, Selection
from dashboard.answers.service import ViewerService
from dashboard.page.protocol import text
from dashboard.screens import Screen
from dashboard.text.formats import Formats, formats_of

LONGEST_SEARCH = 100


@dataclass(frozen=True)
class MenuRequest:
    """Which menu is open under which address, and what is typed into its search."""

    name: str
    href: str
    search: str

    @classmethod
    def read(cls, given: Mapping[str, Any], search: Any) -> Self:
        """Checks everything. Raises RequestError."""
        typed = search[:LONGEST_SEARCH] if isinstance(search, str) else ""
        return cls(text(given, "name"), text(given, "href"), typed)


@dataclass(frozen=True)
class Opened:
    """What a menu's content is made from: where the viewer stands."""

    service: ViewerService
    page: Screen
    selection: Selection
    now: Resolved
    engine: Engine
    search: str = ""

    @property
    def formats(self) -> Formats:
        """How values are written for people."""
        return formats_of(self.engine.profile)
