"""Values of a filter side by side: a chart's answer for each of them, and what is drawn of them together.

It is no second way to a figure: each value's answer is `service.answer` under the selection with this value alone, so
policies, the cache and the comparison hold as for any other. A value that the viewer may not see is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import N_, _, listed
from analytics.schema import Schema
from analytics.selection import Resolved
from dashboard.answers.service import ViewerService
from dashboard.chart import Chart
from dashboard.context import Context, Side
from dashboard.figures.describe import describe
from dashboard.pages.side_by_side import DRAWN


@dataclass(frozen=True)
class Seen:
    """A chart's answer as a viewer sees it. `sides`: the values side by side, each with its own answer; () where the
    answer is one, as ever. Side by side, the answer's frame has all their rows, with the value in the first column."""

    chart: Chart
    answer: Answer
    context: Context
    sides: tuple[Side, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return all(s.answer.empty for s in self.sides) if self.sides else self.answer.empty

    def draw(self) -> Any:
        """What the chart draws."""
        if not self.sides:
            return self.chart.draw(self.answer, self.context)
        return DRAWN[self.chart.draw](self.sides, self.context)

    def described(self) -> str:
        """The text alternative."""
        if not self.sides:
            return describe(self.answer, self.context)
        return " ".join(_("{name}: {value}", name=s.label, value=describe(s.answer, self.context)) for s in self.sides)


def seen_as(
    service: ViewerService,
    chart: Chart,
    selection: Resolved,
    options: Mapping[str, str],
    engine: Engine,
    patience: float | None = None,
    *,
    within: bool = False,
) -> Seen:
    """The chart's answer, side by side where the selection asks for it and the chart can; `within` all filters, as
    files have it. Raises what `ViewerService.answer` raises."""
    context = service.context(chart, selection, options, engine)
    values = sides_seen(selection, engine)
    if len(values) > 1 and context.emits == (selection.versus,):
        context = replace(context, colours={value: f"@c{place}" for place, value in enumerate(values)})
    if len(values) < 2 or chart.draw not in DRAWN or selection.versus in context.emits:
        answer = service.answer(chart, selection, options, engine, patience, within=within)
        return Seen(chart, _told_together(answer, values, selection.versus, chart, context), context)
    names = short_labels(selection.versus, list(values), engine.schema)
    sides: list[Side] = []
    missing: list[NotEnoughData] = []
    notes: list[str] = []
    for place, (value, alone) in enumerate(values.items()):
        try:
            answer = service.answer(chart, alone, options, engine, patience, within=within)
        except NotEnoughData as error:
            missing.append(error)
            notes.append(N_("{name}: {value}", name=names[place], value=error.text))
            continue
        sides.append(Side(value, names[place], f"@c{place}", answer))
    if not sides:
        raise missing[0]
    return Seen(chart, joined(sides, selection.versus, notes), context, tuple(sides))


def sides_seen(selection: Resolved, engine: Engine) -> dict[str, Resolved]:
    """The values side by side that this viewer's data have, in order, each with the selection of it alone."""
    if not selection.sides:
        return {}
    unknown = set(engine.unknown_values(selection))
    return {value: alone for value, alone in selection.sides if (selection.versus, value) not in unknown}


def short_labels(field: str, values: list[str], schema: Schema) -> list[str]:
    """What the values are called next to each other: 'Boston' without its state where no other one is called so."""
    full = [schema.label(field, value) for value in values]
    short = [label.rpartition(" (")[0] or label for label in full] if field == "place" else full
    return short if len(set(short)) == len(short) else full


def joined(sides: list[Side], field: str, first: list[str]) -> Answer:
    """All rows, with the value in the column of its field; `first`, then what all answers say, then what one says,
    with its name."""
    name = field if all(field not in s.answer.frame for s in sides) else f"{field}_compared"
    frames = []
    for side in sides:
        frame = side.answer.frame.copy()
        frame.insert(0, name, pd.Series(side.value, index=frame.index, dtype="str"))
        frames.append(frame)
    everywhere = [note for note in sides[0].answer.notes if all(note in side.answer.notes for side in sides)]
    own = [
        N_("{name}: {value}", name=side.label, value=note)
        for side in sides
        for note in side.answer.notes
        if note not in everywhere
    ]
    notes = (*first, *everywhere, *own)
    return Answer(pd.concat(frames, ignore_index=True), notes)


def _told_together(
    answer: Answer, values: Mapping[str, Resolved], field: str, chart: Chart, context: Context
) -> Answer:
    """The answer, which says that it is about the values together where others on the page are side by side."""
    if len(values) < 2 or field in context.emits or field in answer.frame:
        return answer
    names = short_labels(field, list(values), context.schema)
    note = _("{names} are shown together here.", names=listed(names))
    return replace(answer, notes=(note, *answer.notes))
