"""Changes as a shop manager reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from analytics.calendar import TimeRange
from analytics.language import _, in_language
from analytics.ranges import parse_span
from analytics.selection import Selection
from dashboard.changes.compare import Changes, NewDays, Restated
from dashboard.changes.recap import Story, Totals
from dashboard.changes.wording import lines_of, restatement, when
from dashboard.text.formats import Formats
from dashboard.text.told import in_each, said

F = Formats("USD", "en_US")


def span(first: str, end: str) -> TimeRange:
    return TimeRange(np.datetime64(first, "D"), np.datetime64(end, "D"))


MARCH = span("2025-03-01", "2025-04-01")


@pytest.mark.parametrize(
    ("before", "after", "day", "expected"),
    [
        (
            Totals(350_000, 360_000, 900, 10),
            Totals(345_800, 360_000, 900, 51),
            "",
            "March 2025 fell by 1.2% (−$4,200): 41 late refunds.",
        ),
        (
            Totals(1000, 1000, 9, 3),
            Totals(1100, 1100, 10, 2),
            "2025-03-09",
            "March 2025 rose by 10.0% (+$100.00): 1 late order, 1 refund fewer, all on 9 Mar.",
        ),
        (
            Totals(1000, 1000, 9, 0),
            Totals(990, 990, 9, 0),
            "",
            "March 2025 fell by 1.0% (−$10.00): amounts of its lines changed.",
        ),
        (Totals(0, 0, 0, 0), Totals(50, 50, 1, 0), "", "March 2025 rose (+$50.00): 1 late order."),
        (
            Totals(1e6, 1e6, 9, 0),
            Totals(1e6 - 10, 1e6, 9, 1),
            "",
            "March 2025 fell by 0.001% (−$10.00): 1 late refund.",
        ),
        (
            Totals(1000, 1000, 9, 0),
            Totals(1000, 1010, 10, 1),
            "",
            "March 2025 brought the same revenue with other lines: 1 late refund, 1 late order.",
        ),
    ],
)  # fmt: skip
def test_a_restated_month(before: Totals, after: Totals, day: str, expected: str) -> None:
    assert restatement(Restated("2025-03", MARCH, before, after, day), F) == expected


def test_every_line_has_an_address_that_shows_it() -> None:
    months = tuple(
        Restated(
            f"2025-0{m}", span(f"2025-0{m}-01", f"2025-0{m + 1}-01"), Totals(100, 100, 1, 0), Totals(90 - m, 100, 1, 1)
        )
        for m in range(1, 6)
    )
    story = Story("x", "Returns doubled in Leeds.", "/products?data=shop#returns")
    new = NewDays(span("2025-06-01", "2025-06-04"), Totals(12_300, 12_400, 140, 1))
    changes = Changes(months, new, None, (story,), (story,), ("Low",))
    lines = lines_of(changes, "shop", F, "region=North")
    assert [line.kind for line in lines] == ["restated"] * 4 + ["days", "alert", "story", "story"]
    assert lines[3].text == "2 more months changed by less each."
    assert lines[4].text == "3 new days (1 Jun 2025 – 3 Jun 2025): $12.3K from 140 orders."
    assert lines[5].text == "Alert began: Low."
    assert lines[6].text == "New: Returns doubled in Leeds."
    assert lines[7].link == "", "what is gone has no chart"
    for line in lines[:6]:
        assert "region=North" in line.link
        query = line.link.partition("?")[2].partition("#")[0]
        selection, dropped = Selection.from_query(query)
        assert (selection.data, dropped) == ("shop", ())
    assert parse_span("2025-01-01..2025-02-01") == months[0].span
    assert "range=2025-01-01..2025-02-01" in lines[0].link


def test_when_somebody_looked() -> None:
    def at(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    now = at("2026-11-27T12:00:00")
    said = {text: when(at(text), now, "Europe/Berlin", F) for text in (
        "2026-11-27T08:15:00", "2026-11-26T12:00:00", "2026-11-23T12:00:00", "2026-11-20T12:00:00",
    )}  # fmt: skip
    assert list(said.values()) == ["today at 09:15", "yesterday", "Monday", "20 Nov 2026"]
    assert when(at("2026-11-26T23:30:00"), now, "Europe/Berlin", F) == "today at 00:30", "the data set's day, not UTC's"
    assert when(at("2026-11-27T02:30:00"), now, "America/New_York", F) == "yesterday"


def test_a_story_is_told_in_the_language_of_whoever_looks() -> None:
    """It was made in the background, which knows no reader."""
    kept = in_each(lambda: _("No product is out of stock."))
    story = Story("x", kept, "/products?data=shop#stock")
    with in_language("de"):
        assert lines_of(Changes(new_stories=(story,)), "shop", F)[0].text == "Neu: Kein Produkt ist ausverkauft."
    assert lines_of(Changes(gone_stories=(story,)), "shop", F)[0].text == "No longer so: No product is out of stock."
    assert (said("Plain."), said("{odd"), said('{"de": "Nur"}'), in_each(str)) == ("Plain.", "{odd", "", "")
