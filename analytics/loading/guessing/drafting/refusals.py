"""Why files are not order lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.choice import Choice
from analytics.loading.guessing.inspection import Column, Study
from analytics.loading.lines.values import as_text
from analytics.loading.written import dates
from analytics.loading.written.toml_text import quoted
from analytics.schema import EXTRA_TABLES

MOST_SUMS = 8  # columns that a message names
LEAST_PERIODS = 5
SURELY = 0.9  # share of the periods that must be there
MOSTLY = (
    0.75  # share of the periods that must follow the one before at the usual distance: a shop may be closed on Sundays
)


def not_order_lines(study: Study, date: Column | None, money: Column | None) -> DataError:
    """The error that names what files lack to be order lines."""
    lacking = []
    if date is None:
        lacking.append(N_("the date of the order"))
    if money is None:
        lacking.append(N_("the amount of the line, or a price to compute it from"))
    fitting = (
        table
        for table, needed in EXTRA_TABLES.items()
        if len(needed) > 1 and all(_like(column, study.columns) for column in needed)
    )
    table = next(fitting, "")
    hint = N_(
        "If a column has it under another name, choose that one. Otherwise add the file of orders that these rows "
        "belong to, or export again with that column."
    )
    if table:
        hint = N_(
            "It looks like the extra table {table} of a data set: declare it under [tables.{table}].", table=table
        )
    named = ", ".join(list(study.columns)[:20])
    problem = (
        N_("no column has {what}. The columns: {names}.", what=lacking[0], names=named)
        if len(lacking) == 1
        else N_("no column has {what}, and none {other}. The columns: {names}.", what=lacking[0], other=lacking[-1],
                names=named)
    )  # fmt: skip
    return DataError(
        problem,
        where=", ".join(study.rows.files[:3]),
        hint=hint,
    )


def refuse_sums(chosen: Choice) -> None:
    """DataError where each row is a sum of several orders."""
    told = sums_of(chosen)
    if told:
        raise DataError(
            N_(
                "these are not order lines: {reason}. To compare with the page Reconciliation: {totals}.",
                reason=told.why,
                totals=told.totals,
            ),
            where=", ".join(chosen.study.rows.files[:3]),
            hint=N_(
                "Export the orders themselves, with one row for each order or order line. If each row is one order "
                "after all, add a column with order numbers to the file."
            ),
        )


@dataclass(frozen=True)
class Sums:
    """Why each row of a file is a sum of several orders, and what its columns add up to."""

    why: str
    totals: str


def sums_of(chosen: Choice) -> Sums | None:
    """Sums of orders: a column counts orders; or nobody is named, and each day, week or month stands once, by itself or
    with each value of other columns, such as products. None where rows may be orders."""
    columns = chosen.study.columns
    counted = next((n for n, c in columns.items() if c.whole and synonyms.plain(n) in synonyms.COUNTS_OF_ORDERS), "")
    why = N_("{column} counts orders, so each row is a sum of several", column=quoted(counted)) if counted else ""
    if not why and chosen.order is None and chosen.customer is None and chosen.date is not None:
        why = _of_periods(chosen, chosen.date)
    if not why:
        return None
    numbers = [name for name, column in columns.items() if column.number and not column.date]
    sums = (f"{name} {np.nansum(evidence.numbers(chosen.study.rows, name)):,.2f}" for name in numbers[:MOST_SUMS])
    return Sums(why, ", ".join(sums))


def _of_periods(chosen: Choice, date: Column) -> str:
    """Why rows are sums of periods; "" where they are not."""
    rows, columns = chosen.study.rows, chosen.study.columns
    others = [c for c in columns.values() if not c.number and not c.date and c.filled]
    if len(rows) < LEAST_PERIODS or any(c.distinct < 2 or c.distinct * LEAST_PERIODS > len(rows) for c in others):
        return ""
    days = evidence.codes(rows, date.name)
    keys = pd.DataFrame({"day": days, **{c.name: evidence.codes(rows, c.name) for c in others}})
    combined = len(keys.drop(columns="day").drop_duplicates()) if others else 1
    periods = len(np.unique(days))
    full = keys.duplicated().sum() == 0 and periods >= LEAST_PERIODS and len(keys) >= SURELY * periods * combined
    if not full or not _are_even(chosen, date):
        return ""
    told = ", ".join(quoted(name) for name in (date.name, *(c.name for c in others)))
    return N_("{columns}: each occurs once, so each row is the sum of a period", columns=told)


def _are_even(chosen: Choice, date: Column) -> bool:
    """Whether days follow each other at equal distances: those of days, weeks or months."""
    values = chosen.study.rows.table.column(date.name)
    if date.typed_date:
        at = np.unique(values.drop_null().to_numpy().astype("datetime64[D]"))
    else:
        read = dates.parse(pc.unique(as_text(values)).to_numpy(zero_copy_only=False), date.formats[:1], "UTC")
        at = np.unique(read[~np.isnat(read)].astype("datetime64[D]"))
    steps = np.diff(at).astype(int)
    if not len(steps):
        return False
    months = (steps >= 28) & (steps <= 31)
    return bool(months.mean() >= MOSTLY or (steps == np.bincount(steps).argmax()).mean() >= MOSTLY)


def _like(needed: str, columns: dict[str, Column]) -> bool:
    return any(synonyms.plain(needed) in synonyms.plain(c) for c in columns)
