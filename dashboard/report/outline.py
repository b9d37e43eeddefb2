"""What a report is made of: the tabs of the pages, as the pages declare them, and which of them get a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.chart import Chart
from dashboard.screens import Page


@dataclass(frozen=True)
class Tab:
    """A tab of a page: its charts with their widths, in reading order. `ident` is its anchor in the report."""

    page: str
    ident: str
    title: str
    path: str
    charts: tuple[tuple[Chart, int], ...]


def tabs_of(page: Page) -> tuple[Tab, ...]:
    """The tabs of a page, without key figures and insights, which the first sheet has."""
    return tuple(
        Tab(
            page.name,
            screen.name,
            screen.title,
            screen.path,
            tuple((c, width) for row in screen.tab.rows for c, width in row if c.role == "chart"),
        )
        for screen in page.screens
    )


def board_order(pages: Sequence[Page]) -> list[Tab]:
    """The tabs that may get a sheet, the most telling first: the first tab of each page, then the second of each, and
    so on. Pages that tell nothing, such as the ledger, are for whoever keeps the books, and come in the appendix."""
    columns = [tabs_of(page) for page in pages if page.topic]
    deepest = max((len(tabs) for tabs in columns), default=0)
    return [tabs[i] for i in range(deepest) for tabs in columns if i < len(tabs)]
