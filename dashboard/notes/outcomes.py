"""What a decision changed: computed once for each data version, and told in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import pandas as pd

from analytics.answer import Answer
from analytics.calendar import ONE_DAY, TimeRange
from analytics.errors import NotEnoughData, NotInData, capital
from analytics.language import _
from analytics.questions.decisions.outcome import outcome
from analytics.selection import Selection
from dashboard.answers.service import ViewerService
from dashboard.company.state import State
from dashboard.notes import entries
from dashboard.notes.draft import METRICS, Draft
from dashboard.notes.entries import Entry
from dashboard.text.formats import Formats

HUNDRED: Final = 100
MOST_PREPARED = 50  # outcomes that are measured after a load; the others when somebody asks
MOST_TOUCHED = 400  # values of other decisions that are left out


def measured(service: ViewerService, entry: Entry, others: Sequence[Entry], patience: float | None = None) -> Answer:
    """The outcome of a decision whose days are all there (questions.decisions.outcome), measured by what no other
    decision touched meanwhile. Where it cannot be measured, an answer without rows whose note says why. BeingComputed
    where it takes longer than `patience` seconds."""
    note, engine = entry.note, entry.engine
    assert note.draft.check is not None
    days = TimeRange(note.draft.days.start, note.draft.check + ONE_DAY)
    selection = engine.resolve(Selection(data=engine.name, clauses=entry.clauses))
    touched = _touched(entry, others, days)
    metric = note.draft.metric

    def compute() -> Answer:
        try:
            return outcome(engine, selection, metric=metric, days=days, touched=touched)
        except (NotEnoughData, NotInData) as fault:
            return Answer(pd.DataFrame({"effect": pd.Series(dtype="float64")}), (fault.text,))

    return service.study(("decision", entry.clauses, metric, str(days), touched), compute, engine, patience)


def prepare(state: State, service: ViewerService) -> None:
    """Measure the newest decisions that everybody is shown and that are due for a check, where that is not done yet."""
    known = entries.all_of(state, service)
    for entry in [entry for entry in known if entry.due][:MOST_PREPARED]:
        measured(service, entry, known)


def _touched(entry: Entry, others: Sequence[Entry], days: TimeRange) -> tuple[str, ...]:
    """Values of the same fields that other decisions were about at the time."""
    fields = {clause.field for clause in entry.clauses}
    values = {
        value
        for other in others
        if other.note.id != entry.note.id and other.note.decides and other.note.data == entry.note.data
        if other.note.draft.days.start < days.end
        and (other.note.draft.check or other.note.draft.days.last) >= days.start
        for clause in other.clauses
        if clause.field in fields
        for value in clause.include
    }
    return tuple(sorted(values)[:MOST_TOUCHED])


def verdict(answer: Answer, draft: Draft, formats: Formats) -> str:
    """The outcome in a sentence or two: what changed and how surely, or that it cannot be told and what would have
    been."""
    expected = _("Expected: {change}.", change=formats.signed(draft.percent, 1 if draft.percent % 1 else 0))
    if answer.frame.empty:
        return " ".join([_("Cannot tell."), *(capital(_(note)) for note in answer.notes), expected])
    row = answer.frame.iloc[0]
    change, low, high = (formats.signed(row[name]) for name in ("effect", "low", "high"))
    metric = METRICS[draft.metric]
    found = _("{metric}: {change} (between {low} and {high}).", metric=metric, change=change, low=low, high=high)
    told = [found, _chance(int(row["larger"]), int(row["comparisons"])), expected]
    if row["low"] <= 0 <= row["high"]:
        needed = formats.signed(row["needed_up"] if draft.percent > 0 else row["needed_down"], 0)
        told[2:2] = [_("At least {change} would have been needed to tell.", change=needed)]
        told.insert(0, _("Cannot tell."))
    return " ".join(told)


def _chance(larger: int, comparisons: int) -> str:
    """How often chance was as large; of more than a hundred comparisons, in a hundred of them."""
    if not larger:
        return _("A change this large came by chance in none of {comparisons} comparisons.", comparisons=comparisons)
    if comparisons > HUNDRED:
        larger, comparisons = math.ceil(HUNDRED * larger / comparisons), HUNDRED
    return _(
        "A change this large came by chance in {larger} of {comparisons} comparisons.",
        larger=larger,
        comparisons=comparisons,
    )


def proof(entry: Entry, answer: Answer) -> str:
    """The address of the page that shows the days before and after the decision, with its filters."""
    draft = entry.note.draft
    assert draft.check is not None
    before = int(answer.frame["base_days"].iloc[0]) if len(answer.frame) else 2 * 28
    days = TimeRange(draft.days.start - before * ONE_DAY, draft.check + ONE_DAY).clipped(entry.engine.bounds.span)
    selection = Selection(data=entry.note.data, range=str(days), compare="none", grain="week", clauses=entry.clauses)
    chart = {"orders": "/trends?{}#orders_over_time"}.get(draft.metric, "/overview?{}#revenue_over_time")
    return chart.format(selection.to_query())
