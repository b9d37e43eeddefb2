"""Sheets: a tab of a page on one printed page, with what is to be said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analytics.errors import StoresightError
from dashboard.answers.side_by_side import Seen
from dashboard.chart import Chart
from dashboard.report.cards import Card, Insight, View, card_of
from dashboard.report.outline import Tab

MOST_SHEETS = 9  # with the summary before and the last page after them, eleven pages: one to spare
MOST_CARDS = 6
MOST_ROWS = 8  # of a table on a sheet
MOST_SENTENCES = 2
WIDE_FROM = 8  # twelfths of a page's width
WIDE_COLUMNS = 6  # a table with as many takes a row of its own
# Pixels: a sheet's height below its title, what a card has besides its figure, and what stands in it line by line.
ROOM = 900
GAP = 12
HEAD = 48
LEAST_FIGURE = 150
BAR = 20
ROW = {"table": 24, "body": 42}
BROAD = (5, 32)  # a table with as many columns has names of two lines: pixels of a row
CROWDED = (8, 44)  # a table with as many columns has names of several lines: pixels of a row
LINE = 14
LETTERS = {True: 125, False: 58}  # of a line of small print, by whether the card is alone in its row
SENTENCE = (110, 20)  # letters and pixels of a line


@dataclass(frozen=True)
class Sheet:
    """A tab that is shown: what is said about it, its cards in rows of one or two, and the answers behind them."""

    tab: Tab
    title: str
    sentences: tuple[Insight, ...]
    rows: tuple[tuple[Card, ...], ...]
    seen: tuple[Seen, ...]
    cards_in_order: tuple[Card, ...]  # of `seen`

    @property
    def cards(self) -> list[Card]:
        """Its cards in reading order."""
        return [card for row in self.rows for card in row]


def sheet_of(view: View, tab: Tab, insights: Sequence[Insight]) -> Sheet | None:
    """The sheet of a tab, with as many of its charts as there is room for; None where the data have nothing to show on
    it."""
    here = {chart.name for chart, _ in tab.charts}
    told = tuple(i for i in insights if i.chart in here)[:MOST_SENTENCES]
    room = ROOM - sum(SENTENCE[1] * (1 + len(i.sentence) // SENTENCE[0]) for i in told)
    cards: list[Card] = []
    answers: list[Seen] = []
    for chart, width in tab.charts:
        seen = _shown(view, chart)
        if seen is None or len(cards) == MOST_CARDS:
            continue
        card = card_of(tab.page, seen, MOST_ROWS, view.notes)
        chosen = card.choices if view.requested.options_of(chart.name) else ""
        card = replace(card, wide=_is_wide(card, width), choices=chosen)
        if card.table is not None and not card.table.rows:  # nothing met its rule
            continue
        if cards and sum(height_of(row) for row in in_rows([*cards, card])) > room:
            continue
        cards.append(card)
        answers.append(seen)
    return Sheet(tab, tab.title, told, in_rows(cards), tuple(answers), tuple(cards)) if cards else None


def height_of(row: Sequence[Card]) -> int:
    """The least height of a row of cards, pixels, as far as it can be told without drawing it."""
    return GAP + max(_height(card, alone=len(row) == 1) for card in row)


def _height(card: Card, *, alone: bool) -> int:
    texts = (f"{card.question} {card.choices}", *card.notes)
    head = HEAD + sum(LINE * (1 + len(text) // LETTERS[alone]) for text in texts)
    if card.table is not None:
        count = len(card.table.head)
        row = next((pixels for least, pixels in (CROWDED, BROAD) if count >= least), ROW["table"])
        return head + row * (1 + len(card.table.rows)) + LINE
    if card.body is not None:
        lines = card.body.count("<tr") or card.body.count("<li") // 3
        return head + ROW["body"] * (1 + lines) + LINE
    return head + least_height(card.figure)


def _shown(view: View, chart: Chart) -> Seen | None:
    """The chart's answer; None where there is none, for a reason that the appendix gives."""
    try:
        seen = view.seen(chart)
    except StoresightError:
        return None
    return None if seen.empty or (not seen.sides and chart.says_nothing(seen.answer)) else seen


def _is_wide(card: Card, width: int) -> bool:
    columns = len(card.table.head) if card.table else 0
    return width >= WIDE_FROM or columns >= WIDE_COLUMNS or card.body is not None


def in_rows(cards: Sequence[Card]) -> tuple[tuple[Card, ...], ...]:
    """Cards in rows of two, wide ones alone; one that is left over joins no other and takes a row."""
    rows: list[tuple[Card, ...]] = []
    waiting: Card | None = None
    for card in cards:
        if card.wide:
            rows.append((card,))
        elif waiting is None:
            waiting = card
            rows.append((card,))
        else:
            rows[rows.index((waiting,))] = (waiting, card)
            waiting = None
    return tuple(rows)


def sheets_of(view: View, tabs: Sequence[Tab], insights: Sequence[Insight], most: int) -> list[Sheet]:
    """The sheets of the first tabs that have something to show, in the order of the pages, with what the insights say
    of their charts."""
    found: list[Sheet] = []
    for tab in tabs:
        if len(found) == most:
            break
        told = {insight for sheet in found for insight in sheet.sentences}
        sheet = sheet_of(view, tab, [insight for insight in insights if insight not in told])
        if sheet is not None:
            found.append(sheet)
    order: dict[str, int] = {}
    for tab in tabs:
        order.setdefault(tab.page, len(order))
    return sorted(found, key=lambda sheet: order[sheet.tab.page])


def least_height(figure: Mapping[str, Any] | None) -> int:
    """How many pixels a figure needs, at least, so that the names along its side do not meet."""
    names = (figure or {}).get("layout", {}).get("yaxis", {}).get("ticktext") or ()
    return max(LEAST_FIGURE, BAR * len(names) + 30)
