"""What opens under a menu button. One panel serves all menus; its content follows the address, so ticks show what holds
now. A menu is named by its kind, or by its kind and its subject: `range`, `filter:city`, `option:top_places.metric`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics.errors import NotAllowed, UnknownName
from analytics.language import N_
from dashboard.answers.service import ViewerService
from dashboard.components.markup import in_words
from dashboard.page.menus import of_bar, of_card, of_kpi, of_notes, of_page, of_time
from dashboard.page.menus.opened import MenuRequest, Opened
from dashboard.page.protocol import address
from dashboard.pages import BY_PATH, PAGES
from dashboard.text.formats import numbers_of

__all__ = ["MENUS", "MenuRequest", "Opened", "content"]

MENUS: dict[str, Callable[[Opened, str], list[Any]]] = {
    "data": of_bar.datasets,
    "range": of_time.ranges,
    "compare": of_time.comparison,
    "grain": of_bar.grains,
    "more": of_bar.more,
    "filters": of_bar.filters,
    "filter": of_card.filter_values,
    "option": of_card.option_values,
    "card": of_card.card,
    "kpi": of_kpi.kpi,
    "note": of_notes.new,
    "notes": of_notes.marked,
    "noted": of_notes.noted,
    "quality": of_page.quality,
    "share": of_page.share,
    "export": of_page.export,
    "page": of_page.page,
    "account": of_page.account,
    "views": of_page.saved_views,
}
# The page of a link has the menus of cards, key figures and marks and, where its dates, filters and options may change,
# theirs.
ALWAYS = frozenset({"card", "kpi", "notes", "noted"})
CHANGING = frozenset({"range", "compare", "grain", "more", "filters", "filter", "option"})


def content(service: ViewerService, request: MenuRequest) -> list[Any]:
    """The content of a menu. UnknownName where there is no such menu."""
    path, query = address(request.href)
    selection, engine, _ = service.select(query)
    linked = service.viewer.linked
    page = BY_PATH.get(linked.page if linked else path, PAGES[0].screens[0])
    opened = Opened(service, page, selection, engine.resolve(selection), engine, request.search)
    kind, _, rest = request.name.partition(":")
    if kind not in MENUS:
        raise UnknownName("menu", request.name, MENUS)
    if linked is not None and not (kind in ALWAYS or (linked.changeable and kind in CHANGING)):
        raise NotAllowed(
            N_("this link does not allow that."), where=f"the menu {kind}", hint=N_("Ask whoever sent it.")
        )
    with numbers_of(engine.profile):
        return list(in_words(MENUS[kind](opened, rest)))
