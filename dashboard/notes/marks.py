"""Notes and events as marks along a time axis. They are put on the figure after it is drawn and stand over it, so they
move nothing and are no part of an answer or its key."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from analytics.calendar import TimeRange
from analytics.language import _
from analytics.selection import Resolved
from dashboard.figures.base import Figure
from dashboard.notes.draft import KINDS
from dashboard.notes.scope import Clauses, Shown, meets
from dashboard.text.formats import Formats

Mark = dict[str, Any]
MOST_TOLD = 3  # notes of one mark that its tooltip tells
LONGEST_TOLD = 140  # characters of each
MOST_NUMBERED = 4  # marks of a figure on paper
_LINE = {"color": "@muted", "width": 1, "dash": "dot"}
_NUMBER = {"yanchor": "top", "font": {"size": 10, "color": "@text"}, "bgcolor": "@card", "bordercolor": "@muted"}


def along_time(figure: Figure) -> bool:
    """Whether the figure's axis is one of days."""
    return bool(figure["layout"].get("xaxis", {}).get("type") == "date")


def marked(figure: Figure, selection: Resolved, notes: Sequence[Shown], formats: Formats) -> list[Mark]:
    """The marks of a figure along time, from left to right: `x` and `end` (places on its axis where the notes begin and
    where the longest of them ends), `count`, `tip` (a text) and `days` (the first and last day on which they begin,
    which names them in the menu). Notes of one place on the axis are one mark; a figure along anything else has none.
    """
    if not notes or not along_time(figure):
        return []
    places = sorted({str(x) for trace in figure["data"] for x in trace.get("x", ()) if x is not None})
    if not places:
        return []
    days = [place[:10] for place in places]
    first, last = _seen(days, selection.span)
    here = meeting([n for n in notes if n.first <= last and n.last >= first], selection.clauses)
    begin = [_place(days, max(n.first, first)) for n in here]
    order = sorted(range(len(here)), key=begin.__getitem__)
    found = []
    for at, group in groupby(order, begin.__getitem__):
        told = [here[i] for i in group]
        end = _place(days, min(max(n.last for n in told), last))
        starts = [n.first for n in told]
        found.append(
            {
                "x": places[at],
                "end": places[end],
                "count": len(told),
                "tip": tip(told, formats),
                "days": f"{min(starts)}..{max(starts)}",
            }
        )
    return found


def numbered(figure: Figure, marks: Sequence[Mark]) -> tuple[Figure, tuple[str, ...]]:
    """The figure with a line and a number where each mark is, for paper and files, where nothing can be pointed at; and
    what the numbers mean, a line each. Of more than MOST_NUMBERED marks the last are numbered."""
    kept = marks[-MOST_NUMBERED:]
    if not kept:
        return figure, ()
    lines = [
        {"type": "line", "xref": "x", "x0": m["x"], "x1": m["x"], "yref": "paper", "y0": 0, "y1": 1, "line": _LINE}
        for m in kept
    ]
    numbers = [
        {"xref": "x", "x": m["x"], "yref": "paper", "y": 1, "text": str(n), "showarrow": False} | _NUMBER
        for n, m in enumerate(kept, 1)
    ]
    layout = figure["layout"]
    more = {
        "shapes": [*layout.get("shapes", ()), *lines],
        "annotations": [*layout.get("annotations", ()), *numbers],
    }
    return {**figure, "layout": {**layout, **more}}, tuple(f"{n}: {_first(m)}" for n, m in enumerate(kept, 1))


def _first(mark: Mark) -> str:
    """The first note of a mark, and how many more there are."""
    more = f" (+{mark['count'] - 1})" if mark["count"] > 1 else ""
    return f"{mark['tip'].partition(chr(10))[0]}{more}"


def _seen(days: Sequence[str], span: TimeRange) -> tuple[str, str]:
    """The first and last day that the figure shows: of the range, and of whatever it shows before and after it. Its
    first period may begin before the range does."""
    if not span.days:
        return days[0], days[-1]
    before = len(days) > 1 and days[1] <= str(span.start)
    return days[0] if before else max(days[0], str(span.start)), max(str(span.last), days[-1])


def meeting(notes: Sequence[Shown], clauses: Clauses) -> list[Shown]:
    """Those of the notes whose scope a selection meets. Many notes have the same scope, and then the same tuple."""
    scopes = {id(note.clauses): note.clauses for note in notes}
    met = {name for name, scope in scopes.items() if meets(scope, clauses)}
    return [note for note in notes if id(note.clauses) in met]


def _place(days: Sequence[str], day: str) -> int:
    """Which of the places on the axis a day falls into: the last that begins on it or before, the first of those that
    begin on the same day, as hours do."""
    at = max(bisect_right(days, day) - 1, 0)
    return bisect_left(days, days[at])


def tip(notes: Sequence[Shown], formats: Formats) -> str:
    """What a tooltip tells of notes."""
    lines = [_line(note, formats) for note in notes[:MOST_TOLD]]
    more = len(notes) - len(lines)
    return "\n".join([*lines, *([_("and {number} more", number=formats.number(more))] if more else [])])


def _line(note: Shown, formats: Formats) -> str:
    text = " ".join(note.text.split())
    text = text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 1]}…"
    by = f" ({note.author})" if note.author else ""
    said = _("{name}: {value}", name=KINDS.get(note.kind, note.kind), value=f"{text}{by}")
    return f"{formats.span(note.days)} · {said}"


def told(selection: Resolved, notes: Sequence[Shown], formats: Formats) -> list[str]:
    """The notes of days in the range whose scope the selection meets, each as a line of text."""
    seen = [note for note in meeting(notes, selection.clauses) if _overlap(note.days, selection.span)]
    return [_line(note, formats) for note in seen]


def _overlap(one: TimeRange, other: TimeRange) -> bool:
    return bool(one.start < other.end and other.start < one.end)


def of_chart(chart: str, selection: Resolved, notes: Sequence[Shown]) -> list[Shown]:
    """The notes that were written on a chart, of days in the range, whose scope the selection meets."""
    first, last = str(selection.span.start), str(selection.span.last)
    return meeting([n for n in notes if n.chart == chart and n.first <= last and n.last >= first], selection.clauses)


def named(days: str, selection: Resolved, notes: Sequence[Shown]) -> list[Shown]:
    """The notes of one mark: those that begin within `days` (as `marked` gives them) and meet the selection."""
    first, _, last = days.partition("..")
    return meeting([n for n in notes if first <= n.first <= last], selection.clauses)
