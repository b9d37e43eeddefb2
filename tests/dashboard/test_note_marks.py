"""Notes and events as marks of a time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.calendar import Grain
from analytics.language import in_language
from analytics.selection import Bounds, Clause, Resolved, Selection
from dashboard.notes.marks import MOST_NUMBERED, marked, named, numbered
from dashboard.notes.scope import Shown, meets, scope_of
from dashboard.notes.texts import parts_of
from dashboard.text.formats import formats

FORMATS = formats("USD", "en-US")
COVERED = Bounds(np.datetime64("2024-01-01"), np.datetime64("2026-01-01"), np.datetime64("2026-01-01"))


def note(first: str, last: str = "", text: str = "x", *clauses: Clause, author: str = "Ann") -> Shown:
    return Shown(first, last or first, "campaign", text, author, clauses, 1)


def selected(range_: str, grain: Grain = "month", *clauses: Clause) -> Resolved:
    return Selection(range=range_, grain=grain, clauses=clauses).resolve(COVERED)


def figure(*x: str, kind: str = "date") -> dict[str, Any]:
    return {"data": [{"x": list(x)}, {"x": [None]}], "layout": {"xaxis": {"type": kind}}}


MONTHS = ("2025-01-01", "2025-02-01", "2025-03-01")
QUARTER = selected("2025-01-01..2025-04-01")


def places(
    *notes: Shown, months: tuple[str, ...] = MONTHS, selection: Resolved = QUARTER
) -> list[tuple[str, str, int]]:
    return [(m["x"], m["end"], m["count"]) for m in marked(figure(*months), selection, notes, FORMATS)]


def test_notes_of_one_period_are_one_mark_with_a_count() -> None:
    assert places(note("2025-02-03"), note("2025-02-28"), note("2025-03-31")) == [
        ("2025-02-01", "2025-02-01", 2),
        ("2025-03-01", "2025-03-01", 1),
    ]
    weeks = ("2025-02-24", "2025-03-03")
    week = selected("2025-02-24..2025-03-10", "week")
    assert places(note("2025-03-02"), note("2025-03-03"), months=weeks, selection=week) == [
        ("2025-02-24", "2025-02-24", 1),
        ("2025-03-03", "2025-03-03", 1),
    ]
    hours = ("2025-03-01T08", "2025-03-01T09", "2025-03-02T08")
    two_days = selected("2025-03-01..2025-03-03", "hour")
    assert places(note("2025-03-01", "2025-03-02"), months=hours, selection=two_days) == [(hours[0], hours[2], 1)]


def test_ranges_that_cross_the_pages_range_are_cut_to_it() -> None:
    assert places(note("2024-11-01", "2025-02-10")) == [("2025-01-01", "2025-02-01", 1)]
    assert places(note("2025-03-20", "2025-06-01")) == [("2025-03-01", "2025-03-01", 1)]
    assert places(note("2024-01-01", "2025-12-31")) == [("2025-01-01", "2025-03-01", 1)]
    assert places(note("2024-12-31"), note("2025-04-01")) == []
    half = selected("2025-01-15..2025-04-01")
    assert places(note("2025-01-10"), note("2025-01-15"), selection=half) == [("2025-01-01", "2025-01-01", 1)]


def test_a_figure_that_shows_more_than_the_range_has_marks_there_too() -> None:
    days = ("2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04")
    last = selected("2025-01-03..2025-01-04", "day")
    assert places(note("2025-01-01"), note("2025-01-04"), months=days, selection=last) == [
        ("2025-01-01", "2025-01-01", 1),
        ("2025-01-04", "2025-01-04", 1),
    ]


def test_figures_along_anything_else_or_without_periods_have_none() -> None:
    assert marked(figure("1", "2", kind="linear"), QUARTER, [note("2025-02-01")], FORMATS) == []
    assert marked({"data": [], "layout": {}}, QUARTER, [note("2025-02-01")], FORMATS) == []
    assert marked(figure(), QUARTER, [note("2025-02-01")], FORMATS) == []


def test_a_tooltip_tells_text_and_author_as_text() -> None:
    (mark,) = marked(figure(*MONTHS), QUARTER, [note("2025-02-03", text="<b>Sale</b>\nin May")], FORMATS)
    assert mark["tip"] == "3 Feb 2025 · Campaign: <b>Sale</b> in May (Ann)"
    many = [note("2025-02-03", text=f"{'long ' * 80}{i}") for i in range(1000)]
    (mark,) = marked(figure(*MONTHS), QUARTER, many, FORMATS)
    assert mark["count"] == 1000
    assert len(mark["tip"]) < 600
    assert mark["tip"].endswith("and 997 more")


def test_a_mark_names_its_notes() -> None:
    notes = [note("2024-11-01", "2025-02-10"), note("2025-01-05"), note("2025-02-03"), note("2025-02-09")]
    one, two = marked(figure(*MONTHS), QUARTER, notes, FORMATS)
    assert named(one["days"], QUARTER, notes) == notes[:2]
    assert named(two["days"], QUARTER, notes) == notes[2:]


NORTH, SOUTH = Clause("region", ("North",)), Clause("region", ("South",))


@pytest.mark.parametrize(
    ("scope", "selection", "expected"),
    [
        ((), (NORTH,), True),
        ((NORTH,), (), True),
        ((NORTH,), (SOUTH,), False),
        ((NORTH,), (Clause("region", ("North", "South")),), True),
        ((NORTH,), (Clause("region", (), ("North",)),), False),
        ((NORTH,), (Clause("region", (), ("South",)),), True),
        ((Clause("region", (), ("North",)),), (NORTH,), False),
        ((Clause("region", (), ("North",)),), (Clause("region", (), ("South",)),), True),
        ((NORTH,), (Clause("product", ("Lamp",)),), True),
        ((Clause("place", ("US/OR",)),), (Clause("place", ("US/OR/Portland",)),), True),
        ((Clause("place", ("US/OR/Salem",)),), (Clause("place", ("US/OR/Portland",)),), False),
        ((Clause("product", ("Lamp",)),), (Clause("product", ("Rug",), whole_orders=True),), True),
    ],
)
def test_a_note_is_marked_where_the_selection_meets_its_scope(
    scope: tuple[Clause, ...], selection: tuple[Clause, ...], expected: bool
) -> None:
    assert meets(scope, selection) is expected
    seen = places(
        note("2025-02-03", "", "x", *scope), selection=selected("2025-01-01..2025-04-01", "month", *selection)
    )
    assert bool(seen) is expected
    assert Selection.from_query(scope_of(scope))[0].clauses == scope


def test_only_web_addresses_are_links() -> None:
    text = "See (https://a.example/x?y=1). Not javascript:alert(1), ftp://b or http://"
    assert [part for part, link in parts_of(text) if link] == ["https://a.example/x?y=1"]
    assert "".join(part for part, _ in parts_of(text)) == text
    assert parts_of('<a href="http://a.example/">') == [
        ('<a href="', False),
        ("http://a.example/", True),
        ('">', False),
    ]
    assert parts_of("") == []


def test_on_paper_marks_have_numbers_and_their_first_note_in_words() -> None:
    plain = figure(*MONTHS)
    told = [note("2025-01-05", text="Radio"), note("2025-02-03", text="Fair"), note("2025-02-09", text="Posters")]
    drawn, lines = numbered(plain, marked(plain, QUARTER, told, FORMATS))
    assert plain == figure(*MONTHS), "the figure itself stays as it was"
    assert drawn["data"] is plain["data"]
    assert [(a["x"], a["text"]) for a in drawn["layout"]["annotations"]] == [("2025-01-01", "1"), ("2025-02-01", "2")]
    assert [s["x0"] for s in drawn["layout"]["shapes"]] == ["2025-01-01", "2025-02-01"]
    assert [line[:2] for line in lines] == ["1:", "2:"]
    assert "Radio" in lines[0]
    assert "Fair" in lines[1]
    assert lines[1].endswith("(+1)")
    assert numbered(plain, []) == (plain, ())
    days = tuple(f"2025-01-{day:02}" for day in range(1, 10))
    many = marked(figure(*days), selected("2025-01-01..2025-01-10", "day"), [note(d) for d in days], FORMATS)
    assert [a["x"] for a in numbered(figure(*days), many)[0]["layout"]["annotations"]] == list(days[-MOST_NUMBERED:])


def test_a_french_mark_says_its_kind_as_french_does() -> None:
    with in_language("fr"):
        mark = marked(figure(*MONTHS), QUARTER, [note("2025-01-03")], FORMATS)[0]
    assert mark["tip"] == "3 janv. 2025 · Campagne\u202f: x (Ann)"
