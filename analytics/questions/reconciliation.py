"""Reconciliation: what lies between our total and the one that a platform reports for the same days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import ONE_DAY, TimeRange
from analytics.engines.base import Engine
from analytics.engines.common.dimensions import REFUND, SALE
from analytics.errors import NotInData, RequestError
from analytics.language import N_
from analytics.methods.commerce.reconciling import EXACT, Split, Way, split
from analytics.questions.ledger import CHARGES, ORDERED, POSTED, account, measures_in, sums
from analytics.selection import Clause, Resolved

FIGURES = ("total_sales", "net_sales", "gross_sales")
CANCELLED = ("cancel", "void", "storn", "annul", "failed", "declined")  # parts of a status
SHIFTS = (*range(1, 13), *range(-1, -15, -1))  # hours by which another zone's day may begin later than ours
ROUNDING = 0.01  # times the root of the number of orders: more than three deviations of half a cent either way an order
MOST_LINES = 500  # listed behind a cause
COLUMNS = ("cause", "amount", "part")
LINE_COLUMNS = ("order_id", "ordered_at", "posted_at", "product", "status", "amount", "discount", "shipping", "tax",
                "duty", "fees", "tip", "gift_card")  # fmt: skip


def reconciliation(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Why does the platform report another total? Grain: one row per step from our figure to the platform's.

    Columns: cause, amount, part: "ours", the figure of the ledger that the option `figure` names; "explains", a cause
    that makes up the difference; "possible", what another cause would change; "unexplained", what is left; and
    "platform", the option `total`. The rows "ours", "explains" and "unexplained" add up to the row "platform". Without
    a total there are only "ours" and what each cause would change.
    """
    figure = options.get("figure") or FIGURES[0]
    ours, ways = _ways(engine, selection, figure)
    rows: list[tuple[str, float, str]] = [(figure, ours, "ours")]
    said: list[str] = []
    explaining: dict[str, float] = {}
    if options.get("total"):
        theirs = _number(options["total"])
        orders = int(engine.aggregate([], ["orders"], selection)["orders"].iloc[0])
        found = split(theirs - ours, ways, rounding=ROUNDING * orders**0.5)
        explaining = dict(found.causes)
        rows += [(cause, amount, "explains") for cause, amount in found.causes]
        if found.rounding:
            rows.append(("rounding", found.rounding, "explains"))
        left = theirs - sum(amount for _, amount, _ in rows)
        if abs(left) > EXACT:
            rows.append(("missing_orders", left, "unexplained"))
        rows.append((figure, theirs, "platform"))
        said = _sentences(engine, theirs - ours, found)
    possible = [(cause, amount, "possible") for cause, amount in _possible(ways) if cause not in explaining]
    rows += possible
    if not options.get("total"):
        said.append(N_("Enter the total that your platform reports under “Their total”, to see what explains it."))
        if not possible:
            said.append(N_("Nothing in these data can be counted in another way."))
    return Answer(pd.DataFrame(rows, columns=list(COLUMNS)), tuple(said))


def cause_lines(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which lines are behind a cause? Grain: one row per order line, the first 500 in their order.

    Columns: those of LINE_COLUMNS that the data have. The option `cause` names the cause; one without lines gives no
    rows. NotInData for returns on another day where the data have no days of returns.
    """
    cause = options.get("cause") or "returns_by_day"
    if cause == "returns_by_day" and "posted_day" not in engine.schema:
        raise NotInData(N_("The data have no days of returns."), where="cause_lines.cause")
    names = [f for f in LINE_COLUMNS if f in engine.schema]
    parts = [
        engine.lines(chosen, names, sort, 0, MOST_LINES).rows for chosen, sort in _behind(engine, selection, cause)
    ]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    field = FIELD_OF.get(cause)
    if field in frame:
        frame = frame[frame[field].fillna(0.0) != 0.0]
    return Answer(frame.head(MOST_LINES).reset_index(drop=True))


FIELD_OF = {"shipping": "shipping", "taxes": "tax", "duties": "duty", "fees": "fees", "tips": "tip",
            "discounts": "discount", "gift_cards": "gift_card"}  # fmt: skip


# --- ways of counting
def _ways(engine: Engine, selection: Resolved, figure: str) -> tuple[float, list[Way]]:
    """Our figure, and every way of counting it."""
    inside = engine.profile.tax_inside
    value = partial(_figure, figure=figure, tax_inside=inside)
    here = sums(engine, selection, ORDERED)
    ours = value(here)
    dated: list[tuple[tuple[str, ...], Any]] = [((), here)]
    if "posted_day" in engine.schema:
        dated.append((("returns_by_day",), sums(engine, selection, POSTED)))
    others = _toggled(engine, selection, figure, inside)
    ways = []
    for causes, counted in dated:
        change = value(counted) - ours
        if causes and abs(change) <= EXACT:
            continue
        step = tuple((cause, change) for cause in causes)
        ways.append(Way(step, others(counted)))
        shifts = [0.0]
        for hours, moved in _shifted(engine, selection, counted, with_refunds=not causes):
            shift = value(moved) - value(counted)
            if not any(
                abs(shift - known) <= EXACT for known in shifts
            ):  # more hours that move no more lines are no way
                shifts.append(shift)
                ways.append(Way((*step, (zone_cause(hours), shift)), others(moved)))
    return ours, ways


def zone_cause(hours: int) -> str:
    """The name of the cause that the platform's day begins some hours after ours (before it, where negative)."""
    return f"time_zone{hours:+d}"


def _figure(counted: tuple[Mapping[str, float], Mapping[str, float]], figure: str, tax_inside: bool) -> float:
    return float(account(*counted, tax_inside=tax_inside)[figure])


def _toggled(engine: Engine, selection: Resolved, figure: str, tax_inside: bool) -> Any:
    """A function that gives what each cause besides dates would change, from the sums of a way of counting."""
    cancelled = _cancelled(engine, selection)

    def changes(counted: tuple[Mapping[str, float], Mapping[str, float]]) -> dict[str, float]:
        items = account(*counted, tax_inside=tax_inside)
        found: dict[str, float] = {}
        for charge in CHARGES:
            if charge in items:
                inside = tax_inside and charge == "taxes"
                counts = figure == "total_sales" or inside
                found[charge] = -items[charge] if counts else items[charge]
        if "gift_cards" in items:
            found["gift_cards"] = items["gift_cards"]
        if "discounts" in items:
            found["discounts"] = items["discounts"] if figure == "gross_sales" else -items["discounts"]
        if figure != "gross_sales":
            found["returns"] = -items["returns"]
        if cancelled is not None:
            found["cancelled"] = -_figure(cancelled, figure, tax_inside)
        return {cause: float(amount) for cause, amount in found.items()}

    return changes


def _cancelled(engine: Engine, selection: Resolved) -> tuple[dict[str, float], dict[str, float]] | None:
    """The sums of the lines of cancelled orders; None where no order is."""
    states = cancelled_states(engine, selection)
    if not states:
        return None
    mine = Clause("status", tuple(states))
    return sums(engine, selection.only(*selection.without("status").clauses, mine), ORDERED)


def cancelled_states(engine: Engine, selection: Resolved) -> list[str]:
    """The values of the order's status that say that it was cancelled."""
    if "status" not in engine.schema:
        return []
    found = engine.aggregate(["status"], ["lines"], selection)["status"].astype(str)
    return [state for state in found if any(part in state.lower() for part in CANCELLED)]


def _shifted(
    engine: Engine, selection: Resolved, counted: tuple[Mapping[str, float], Mapping[str, float]], with_refunds: bool
) -> Iterator[tuple[int, tuple[dict[str, float], dict[str, float]]]]:
    """The sums if the days of the range began some hours later, for each number of hours. Refunds that count on their
    own day have no time and stay."""
    if "hour" not in engine.schema:
        return
    names = measures_in(engine)
    start, end = (_around(engine, selection, day, names) for day in (selection.span.start, selection.span.end))
    for hours in SHIFTS:
        moved = []
        for kind, before in ((SALE, counted[0]), (REFUND, counted[1])):
            keep = kind == SALE or with_refunds
            change = _between(end[kind], hours) - _between(start[kind], hours) if keep else np.zeros(len(names))
            moved.append({name: before[name] + float(more) for name, more in zip(names, change, strict=True)})
        yield hours, (moved[0], moved[1])


def _around(engine: Engine, selection: Resolved, day: np.datetime64, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Sums by hour, from a day before midnight to a day after it, of sale and of refund lines: a column per name."""
    span = TimeRange(day - ONE_DAY, day + ONE_DAY)
    found = engine.aggregate(["period", "line_kind"], list(names), selection.at(span).by("hour"))
    hours = [f"{at}T{h:02d}" for at in (day - ONE_DAY, day) for h in range(24)]
    return {
        kind: found[found["line_kind"] == kind].set_index("period")[list(names)].reindex(hours).fillna(0.0).to_numpy()
        for kind in (SALE, REFUND)
    }


def _between(around: np.ndarray, hours: int) -> np.ndarray:
    """What lies between midnight and some hours later (negative: what lies between an earlier hour and midnight, as a
    loss)."""
    return np.asarray(around[24 : 24 + hours].sum(axis=0) if hours > 0 else -around[24 + hours : 24].sum(axis=0))


def _possible(ways: list[Way]) -> list[tuple[str, float]]:
    """What each cause would change by itself; of time zones none, since any one would."""
    alone = {cause: amount for way in ways if len(way.causes) == 1 for cause, amount in way.causes}
    listed = {cause: amount for cause, amount in alone.items() if not cause.startswith("time_zone")}
    return [(c, a) for c, a in {**listed, **ways[0].others}.items() if abs(a) > EXACT]


# --- lines
def _behind(engine: Engine, selection: Resolved, cause: str) -> Iterator[tuple[Resolved, list[tuple[str, bool]]]]:
    """The selections whose lines are behind a cause, each with the order of its lines."""
    clauses = selection.clauses
    refund = Clause("line_kind", (REFUND,))
    if cause in FIELD_OF and FIELD_OF[cause] in engine.schema:
        yield selection, [(FIELD_OF[cause], False)]
    elif cause == "returns":
        yield selection.only(*clauses, refund), []
    elif cause == "returns_by_day" and "posted_day" in engine.schema:
        inside = [str(day) for day in np.arange(selection.span.start, selection.span.end)]
        everything = selection.at(selection.bounds.span)
        yield selection.only(*clauses, refund, Clause("posted_day", exclude=tuple(inside))), []
        for span in (
            TimeRange(selection.bounds.start, selection.span.start),
            TimeRange(selection.span.end, selection.bounds.end),
        ):
            if span.days > 0:
                yield everything.at(span).only(*clauses, refund, Clause("posted_day", tuple(inside))), []
    elif cause == "cancelled":
        states = cancelled_states(engine, selection)
        if states:
            yield selection.only(*selection.without("status").clauses, Clause("status", tuple(states))), []
    elif cause.startswith("time_zone"):
        yield from _near_midnight(engine, selection, int(cause.removeprefix("time_zone")))


def _near_midnight(
    engine: Engine, selection: Resolved, hours: int
) -> Iterator[tuple[Resolved, list[tuple[str, bool]]]]:
    """The lines that another beginning of the day moves into the range or out of it."""
    for day in (selection.span.start, selection.span.end):
        moved = range(hours) if hours > 0 else range(24 + hours, 24)
        at = day if hours > 0 else day - ONE_DAY
        hour = Clause("hour", tuple(str(h) for h in moved))
        yield selection.at(TimeRange(at, at + ONE_DAY)).only(*selection.without("hour").clauses, hour), []


# --- words
def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise RequestError(
            N_("“{text}” is not an amount such as 12345.67.", text=text[:40]), where="reconciliation.total"
        ) from None
    if not np.isfinite(value) or abs(value) > 1e15:
        raise RequestError(N_("“{text}” is too large.", text=text[:40]), where="reconciliation.total")
    return value


def _sentences(engine: Engine, difference: float, found: Split) -> list[str]:
    if abs(difference) <= EXACT:
        return [N_("Both totals are equal.")]
    amount = engine.profile.amount(abs(difference))
    more = N_("The platform reports {amount} more.", amount=amount)
    less = N_("The platform reports {amount} less.", amount=amount)
    said: list[str] = [more if difference > 0 else less]
    if found.causes:
        said.append(N_("{causes:cause explains|causes explain} it.", causes=len(found.causes)))
    elif found.rounding:
        said.append(N_("Rounding explains it."))
    else:
        said.append(N_("No one to three known causes explain it: look for orders that one side lacks."))
    if found.causes and found.others:
        other = N_(
            "{others:other set|other sets} of as few causes would explain it too: look at the lines.",
            others=found.others,
        )
        said.append(other)
    return said
