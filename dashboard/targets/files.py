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
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from babel.numbers import get_decimal_symbol

from analytics.engines.base import Engine
from analytics.errors import RequestError, StoresightError, UnknownName
from analytics.language import N_, _
from analytics.metrics import METRICS, available
from analytics.questions.targets.standing import filters_text
from analytics.questions.targets.target import Target, merged, parse_period, period_name
from analytics.selection import Clause, Selection, filterable
from dashboard.targets.store import checked
from dashboard.text.formats import formats_of
from dashboard.web.csv_text import safe_text

LARGEST_FILE = 200_000  # characters
MOST_LINES = 2000
REQUIRED = ("metric", "period", "value")
SIGNS = " \u00a0\u202f$€£¥₹"  # that may stand around a value
COLUMNS = (*REQUIRED, "filters", "name", "why")
# Whole numbers in groups of three, of one mark throughout; no decimals or decimals after another mark.
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:([.,'’ \u00a0\u202f])[0-9]{3})(?:\2[0-9]{3}){0,3})(?!\2)([.,][0-9]{1,6})?(?![0-9.,])"
)
_NUMBER = re.compile(r"([0-9]{1,15})(?:([.,])([0-9]{1,6}))?\s*([kmb]|tsd\.?|mio\.?|mrd\.?|md)?", re.IGNORECASE)
# How short amounts end, as pages write them, and by how many powers of ten they count.
_ENDINGS = {"": 0, "k": 3, "tsd": 3, "m": 6, "mio": 6, "b": 9, "mrd": 9, "md": 9}


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


def read_target(engine: Engine, limits: Sequence[Clause], given: Mapping[str, str], mark: str = "") -> Target:
    """The target that these texts write (metric, period, value, filters, name), for rows that the viewer sees: limits
    of theirs are among its filters. `mark`: before decimals of the value, which
    may have groups then; without it, in a file, a point and no groups. RequestError names what cannot be read."""
    metric = _metric(given.get("metric", ""), engine)
    value = number(given.get("value", ""), mark or ".", grouped=bool(mark))
    clauses = _clauses(given.get("filters", ""), engine)
    if any(c.whole_orders for c in limits):
        raise RequestError(N_("you cannot set targets: what you may see is limited to orders with certain products."))
    span = parse_period(given.get("period", ""), engine.profile.calendar)
    return checked(Target(metric, span, value, merged(clauses, limits), given.get("name", "")))


def number(text: str, mark: str = ".", *, grouped: bool = True) -> float:
    """A target's value as people type it: "400000", "1,450,000", "0.25", "2.5M"; with a currency's sign too. `mark`:
    before decimals; a point is read as well, but where the mark is a comma not in "400.000", which may be thousands.
    RequestError for anything else."""
    bare = text.strip().strip(SIGNS)
    found = _NUMBER.fullmatch(_ungrouped(bare, mark) if grouped else bare)
    whole, sign, places, ending = found.groups(default="") if found else ("",) * 4
    if not whole or sign not in ("", ".", mark) or (sign != mark and len(places) == 3):
        raise RequestError(
            N_(
                "“{text}” is not a number above zero, such as {whole}, {short} or {part}.",
                text=text.strip()[:40],
                whole="400000",
                short=f"2{mark}5M",
                part=f"0{mark}25",
            ),
            where="value",
        )
    return float(Decimal(f"{whole}.{places or 0}").scaleb(_ENDINGS[ending.lower().rstrip(".")]))


def _ungrouped(text: str, mark: str) -> str:
    """A number without the marks between its groups; the text itself where these may stand before decimals."""
    found = _GROUPED.match(text)
    if found is None:
        return text
    whole, group, decimals = found.groups(default="")
    lone = whole.count(group) == 1 and not decimals
    if group == mark or decimals[:1] not in ("", mark) or (group == "." and lone):
        return text
    return f"{re.sub('[^0-9]', '', whole)}{decimals}{text[found.end() :]}"


def mark_of(engine: Engine) -> str:
    """What stands before decimals as the data set writes numbers."""
    return str(get_decimal_symbol(formats_of(engine.profile).locale))


def days(first: str, last: str) -> str:
    """The days from one to another, both included, as a range. RequestError, with
    the field, for what are no days and for an end before the beginning."""
    found = []
    for name, day in (("first_day", first), ("last_day", last)):
        try:
            found.append(np.datetime64(date.fromisoformat(day), "D"))
        except ValueError:
            raise RequestError(N_("enter a first and a last day, such as 2026-11-27."), where=name) from None
    if found[1] < found[0]:
        raise RequestError(N_("the last day must not be before the first."), where="last_day")
    return f"{found[0]}..{found[1] + 1}"


def read_file(text: str, engine: Engine, limits: Sequence[Clause], known: Mapping[str, Target]) -> list[Line]:
    """The lines of a CSV file after its header. `known`: the viewer's targets by key. RequestError where it is too long
    or its header lacks a column that is required."""
    if len(text) > LARGEST_FILE:
        raise RequestError(N_("the file may have at most {most} characters.", most=LARGEST_FILE), where="file")
    head = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    try:
        names = [cell.strip().lower() for cell in next(rows, [])]
        lines = _lines(rows, _columns(names), engine, limits, known)
    except csv.Error as fault:
        raise RequestError(
            N_("this is not a CSV file: {reason}.", reason=str(fault)),
            where=N_("line {number}", number=str(rows.line_num)),
        ) from fault
    if not lines:
        raise RequestError(N_("the file has no lines after its header."), where="file")
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
            raise UnknownName("column", name, COLUMNS, where=N_("line {number}", number="1"))
    missing = [name for name in REQUIRED if name not in names]
    if missing or len(set(names)) < len(names):
        raise RequestError(
            N_("columns are missing or repeated: {names}.", names=", ".join(missing or names)),
            where=N_("line {number}", number="1"),
            hint=N_(
                "The header needs {required}; {others} are optional.",
                required=", ".join(REQUIRED),
                others=", ".join(COLUMNS[3:]),
            ),
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
            raise RequestError(N_("the file may have at most {most} lines.", most=MOST_LINES), where="file")
        line = _line(number, row, names, engine, limits, known)
        if line.target is not None:
            first = seen.setdefault(line.target.key, number)
            if first != number:
                line = Line(number, fault=_("line {number} sets the same target.", number=str(first)))
        lines.append(line)
    return lines


def _line(
    number: int, row: list[str], names: list[str], engine: Engine, limits: Sequence[Clause], known: Mapping[str, Target]
) -> Line:
    if len(row) != len(names):
        return Line(
            number, fault=_("{cells:cell|cells}, but the header has {names}.", cells=len(row), names=len(names))
        )
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
    found = next((n for n in names if wanted in (n, METRICS[n].label.lower(), _(METRICS[n].label).lower())), None)
    if found is None:
        raise UnknownName("metric", text.strip(), names, where="metric")
    return found


def _clauses(filters: str, engine: Engine) -> tuple[Clause, ...]:
    selection, __ = Selection.from_query(filters.strip(), filterable(engine.schema), strict=True)
    if selection != Selection(clauses=selection.clauses):
        raise RequestError(N_("write filters like region=North."), where="filters")
    for clause in selection.clauses:
        if clause.field not in engine.schema:
            raise UnknownName("field", clause.field, [f.name for f in engine.schema.dimensions], where="filters")
    for field, value in engine.unknown_values(engine.resolve(Selection(clauses=selection.clauses)))[:1]:
        raise RequestError(
            N_("no order has {name} “{value}”.", name=engine.schema[field].label, value=value[:80]), where="filters"
        )
    return selection.clauses
