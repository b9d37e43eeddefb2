"""Targets as people write them: the fields of a form, and the lines of a CSV file, read into targets of a data set.

metric,period,value,filters,name,why
revenue,2026-11,400000,,,Budget of March
orders,2026-Q4,9000,region=North&channel=!web,Stretch,
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError, UnknownName
from analytics.metrics import METRICS, available
from analytics.questions.targets.standing import filters_text
from analytics.questions.targets.target import Target, merged, parse_period, period_name
from analytics.selection import Clause, Selection, filterable
from dashboard.targets.store import checked
from dashboard.web.csv_text import safe_text

LARGEST_FILE = 200_000  # characters
MOST_LINES = 2000
REQUIRED = ("metric", "period", "value")
COLUMNS = (*REQUIRED, "filters", "name", "why")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Line:
    """A line of a file: the target that it sets, why, and the value that the target has so far (None: it is new); or
    what is wrong with it."""

    number: int
    target: Target | None = None
    why: str = ""
    before: float | None = None
    fault: str = ""

    @property
    def changes(self) -> bool:
        """Whether the target is new or gets another value."""
        return self.target is not None and self.before != self.target.value


def read_target(engine: Engine, limits: Sequence[Clause], given: Mapping[str, str]) -> Target:
    """The target that these texts write (metric, period, value, filters, name), for rows that the viewer sees: limits
    of theirs are among its filters. RequestError names what cannot be read."""
    metric = _metric(given.get("metric", ""), engine)
    value = number(given.get("value", ""))
    clauses = _clauses(given.get("filters", ""), engine)
    if any(c.whole_orders for c in limits):
        raise RequestError("what you may see is limited by whole orders, for which no target can be set.")
    span = parse_period(given.get("period", ""), engine.profile.calendar)
    return checked(Target(metric, span, value, merged(clauses, limits), given.get("name", "")))


def number(text: str) -> float:
    """A target's value as people type it. RequestError for anything but digits with a point."""
    if not _NUMBER.fullmatch(text.strip()):
        raise RequestError(f"{text.strip()[:40]!r} is no number above zero, such as 400000 or 0.25.", where="value")
    return float(text)


def days(first: str, last: str) -> str:
    """The days from one to another, both included, as a range. RequestError for what are no days."""
    try:
        return f"{np.datetime64(first, 'D')}..{np.datetime64(last, 'D') + 1}"
    except ValueError:
        raise RequestError("a first and a last day are needed, such as 2026-11-27.", where="days") from None


def read_file(text: str, engine: Engine, limits: Sequence[Clause], known: Mapping[str, Target]) -> list[Line]:
    """The lines of a CSV file after its header. `known`: the viewer's targets by key. RequestError where it is too long
    or its header lacks a column that is required."""
    if len(text) > LARGEST_FILE:
        raise RequestError(f"the file has more than {LARGEST_FILE:,} characters.", where="file")
    head = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    try:
        names = [cell.strip().lower() for cell in next(rows, [])]
        lines = _lines(rows, _columns(names), engine, limits, known)
    except csv.Error as fault:
        raise RequestError(f"this is no CSV: {fault}.", where=f"line {rows.line_num}") from fault
    if not lines:
        raise RequestError("the file has no line after its header.", where="file")
    return lines


def written(targets: Sequence[Target], engine: Engine) -> str:
    """Targets as a file that `read_file` reads, the earliest period first."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for t in sorted(targets, key=lambda t: (t.span.start, t.span.end, t.metric, filters_text(t.clauses), t.title)):
        period = period_name(t.span, engine.profile.calendar)
        texts = (t.metric, period, _plain(t.value), filters_text(t.clauses), t.title, "")
        rows.writerow([safe_text(text) for text in texts])
    return out.getvalue()


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _columns(names: list[str]) -> list[str]:
    for name in names:
        if name not in COLUMNS:
            raise UnknownName("column", name, COLUMNS, where="line 1")
    missing = [name for name in REQUIRED if name not in names]
    if missing or len(set(names)) < len(names):
        raise RequestError(
            f"a column is missing or stands twice: {', '.join(missing or names)}.",
            where="line 1",
            hint=f"The header has {', '.join(REQUIRED)} and may have {', '.join(COLUMNS[3:])}.",
        )
    return names


def _lines(
    rows: Any, names: list[str], engine: Engine, limits: Sequence[Clause], known: Mapping[str, Target]
) -> list[Line]:
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for row in rows:
        number = rows.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(lines) >= MOST_LINES:
            raise RequestError(f"the file has more than {MOST_LINES:,} lines.", where="file")
        line = _line(number, row, names, engine, limits, known)
        if line.target is not None:
            first = seen.setdefault(line.target.key, number)
            if first != number:
                line = Line(number, fault=f"line {first} sets the same target.")
        lines.append(line)
    return lines


def _line(
    number: int, row: list[str], names: list[str], engine: Engine, limits: Sequence[Clause], known: Mapping[str, Target]
) -> Line:
    if len(row) != len(names):
        return Line(number, fault=f"{len(row)} cells where the header has {len(names)}.")
    given = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    try:
        target = read_target(engine, limits, given)
    except StoresightError as fault:
        return Line(number, fault=str(fault))
    before = known.get(target.key)
    old = None if before is None or before.ended else before.value
    return Line(number, target, given.get("why", ""), old)


def _metric(text: str, engine: Engine) -> str:
    """A metric by its name or by its label."""
    names = available(engine.schema)
    wanted = text.strip().lower()
    found = next((n for n in names if wanted in (n, METRICS[n].label.lower())), None)
    if found is None:
        raise UnknownName("metric", text.strip(), names, where="metric")
    return found


def _clauses(filters: str, engine: Engine) -> tuple[Clause, ...]:
    selection, _ = Selection.from_query(filters.strip(), filterable(engine.schema), strict=True)
    if selection != Selection(clauses=selection.clauses):
        raise RequestError("only conditions on fields are filters, such as region=North.", where="filters")
    for clause in selection.clauses:
        if clause.field not in engine.schema:
            raise UnknownName("field", clause.field, [f.name for f in engine.schema.dimensions], where="filters")
    for field, value in engine.unknown_values(engine.resolve(Selection(clauses=selection.clauses)))[:1]:
        raise RequestError(f"no row has the {engine.schema[field].label.lower()} {value[:80]!r}.", where="filters")
    return selection.clauses
