"""Rows → order lines: each field in its type, rows without required values left out or refused, money in one currency,
refunds marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.lines.checks import add_checks
from analytics.loading.lines.mapping.mapper import Differing, Mapper, Unreadable
from analytics.loading.lines.refund_lines import refunded
from analytics.loading.lines.spool import INTERNAL, Column
from analytics.loading.lines.values import as_coded, coded_column
from analytics.loading.spec import Part, Spec, kind_of
from analytics.loading.written import money
from analytics.quality import Quality
from analytics.schema import FIELDS, REQUIRED

# Columns of the spool that are no fields: whether a quantity or money was turned, and whether a refund does not tell if
# goods came back (analytics/loading/returned_goods.py).
SIGN_CHANGED = f"{INTERNAL}sign_changed"
GOODS_UNTOLD = f"{INTERNAL}goods_untold"
MONEY = tuple(f.name for f in FIELDS.values() if f.kind == "money")
PRICES = ("unit_price", "list_price")  # of one unit, which a refund does not turn
SIGNED = ("quantity", *(name for name in MONEY if name not in PRICES))  # negative on a refund
GOODS = frozenset({"quantity", "cost"})  # of them what is negative only where goods came back


@dataclass(frozen=True)
class Lines:
    """Order lines, the position of the row that each is made of, and which are refunds made of a row that was sold."""

    columns: dict[str, Column]
    rows: np.ndarray
    made: np.ndarray


def columns(mapper: Mapper, fields: Iterable[str]) -> dict[str, Column]:
    """Each field: times and numbers as arrays, texts as coded columns. Unreadable values are in `mapper.unreadable`. A
    field that these rows have no rule for is missing in all of them."""
    found: dict[str, Column] = {}
    count = len(mapper.rows)
    for name in fields:
        kind = kind_of(name)
        given = name in mapper.rules
        if kind == "time":
            found[name] = mapper.time(name) if given else np.full(count, np.datetime64("NaT", "us"))
        elif kind in ("money", "number"):
            found[name] = mapper.number(name) if given else np.full(count, np.nan)
        else:
            found[name] = mapper.text(name) if given else coded_column(np.zeros(count, "int32"), pa.array([""]))
    return found


def region_groups(regions: pa.DictionaryArray, groups: dict[str, tuple[str, ...]]) -> pa.DictionaryArray:
    """The group of each region; a region that is in no group is its own."""
    group_of = {region: group for group, members in groups.items() for region in members}
    texts = pa.array([group_of.get(text, text) for text in regions.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(regions.indices, texts)


def mapped(spec: Spec, part: Part, mapper: Mapper, quality: Quality, before: int = 0) -> Lines:
    """The lines that can be kept, with the flag `sale`; the other rows are counted.

    `before`: how many rows were mapped before these. DataError where the TOML says that such a row is an error.
    """
    lines = columns(mapper, spec.field_names)
    if spec.profile.region_groups:
        lines["region_group"] = region_groups(lines["region"], spec.profile.region_groups)
    keep = _valid(spec, mapper, lines, quality, before)
    add_checks(mapper, part.checks, keep, quality)
    rate = _convert(spec, lines, mapper, keep)
    lines["sale"] = _sales(spec, part, lines, mapper)
    if spec.cleaning.non_positive == "drop":
        unwanted = keep & ~((lines["amount"] > 0) & (lines["quantity"] > 0))
        found = np.flatnonzero(unwanted)
        label = N_("lines with an amount or quantity of zero or less")
        quality.add("non_positive", label, "left out", len(found), mapper.rows.examples(found))
        keep &= ~unwanted
    rows = np.flatnonzero(keep)
    if not keep.all():
        chosen = pa.array(keep)
        lines = {n: c[keep] if isinstance(c, np.ndarray) else c.filter(chosen) for n, c in lines.items()}
    made = np.zeros(len(rows), bool)
    if part.refunds.rules:
        judged = len(mapper.unreadable)
        back = refunded(mapper, lines, rows, rate, set(SIGNED) & set(MONEY) - {"amount"}, quality)
        _judge_refunds(spec, mapper, judged, quality)
        lines = {name: _together([column, *(theirs[name] for theirs, _ in back)]) for name, column in lines.items()}
        rows = np.concatenate([rows, *(their_rows for _, their_rows in back)])
        made = np.arange(len(rows)) >= len(made)
    return Lines(lines, rows, made)


def _together(columns: list[Column]) -> Column:
    first = columns[0]
    return np.concatenate(columns) if isinstance(first, np.ndarray) else pa.concat_arrays(columns)


def _judge_refunds(spec: Spec, mapper: Mapper, judged: int, quality: Quality) -> None:
    """Count refunds that cannot be read, which are missing then. DataError where the TOML says that such a row is an
    error. `judged`: how many of the unreadable values are judged already."""
    for bad in mapper.unreadable[judged:]:
        found = np.flatnonzero(bad.mask)
        if spec.cleaning.invalid_rows == "error" and len(found):
            raise unreadable(spec, mapper, bad, found, len(mapper.rows))
        examples = mapper.rows.examples(found, bad.values)
        quality.add(
            bad.reason,
            N_("{field}: {problem}, so not refunded", field=_named(bad.field), problem=bad.problem),
            "noticed",
            len(found),
            examples,
        )


def _valid(spec: Spec, mapper: Mapper, lines: dict[str, Column], quality: Quality, before: int) -> np.ndarray:
    """Which rows can be kept: those with no unreadable and no missing required value. DataError where the TOML says
    that such a row is an error."""
    keep = np.ones(len(mapper.rows), bool)
    every = before + len(keep)
    for bad in mapper.unreadable:
        found = np.flatnonzero(bad.mask & keep)
        if not len(found):
            continue
        if spec.cleaning.invalid_rows == "error":
            raise unreadable(spec, mapper, bad, found, every)
        examples = mapper.rows.examples(found, bad.values)
        label = N_("{field}: {problem}", field=_named(bad.field), problem=bad.problem)
        quality.add(bad.reason, label, "left out", len(found), examples)
        keep &= ~bad.mask
    for differing in mapper.differing:
        _judge_differing(spec, mapper, differing, quality)
    for name in REQUIRED:
        if name == "product":
            continue
        found = np.flatnonzero(keep & _missing(lines[name]))
        if not len(found):
            continue
        if spec.cleaning.invalid_rows == "error":
            raise mapper.rows.error(
                N_(
                    "{rows} of {every} rows have no value for {field}", rows=len(found), every=every, field=_named(name)
                ),
                found,
                f"{spec.path.name}: {mapper.section}.{name}",
                N_('Declare a default, or leave such rows out: cleaning.invalid_rows = "drop".'),
            )
        label = N_("no value for {field}", field=_named(name))
        quality.add(f"missing_{name}", label, "left out", len(found), mapper.rows.examples(found))
        keep[found] = False
    return keep


def _judge_differing(spec: Spec, mapper: Mapper, found: Differing, quality: Quality) -> None:
    """Count rows with another value than their order. DataError where the TOML says that such a row is an error."""
    rows = np.flatnonzero(found.mask)
    values = (
        as_coded(mapper.rows.table.column(found.column)) if found.column in mapper.rows.table.column_names else None
    )
    if spec.cleaning.invalid_rows == "error":
        raise mapper.rows.error(
            N_(
                "column “{column}” has several values within one order, on {rows:row|rows}",
                column=found.column,
                rows=len(rows),
            ),
            rows,
            f"{spec.path.name}: {mapper.section}.{found.field}",
            N_(
                "Declare a value of the line by column, not by order. Or take the first value, and count the others: "
                'cleaning.invalid_rows = "drop".'
            ),
            values,
        )
    label = N_("rows whose {column} differs from the first row of their order, which counts", column=found.column)
    quality.add(f"order_differs_{found.field}", label, "noticed", len(rows), mapper.rows.examples(rows, values))


def unreadable(spec: Spec, mapper: Mapper, bad: Unreadable, rows: np.ndarray, every: int) -> DataError:
    """The error for values that cannot be read, on these of `every` rows."""
    return mapper.rows.error(
        N_(
            "column “{column}”: {problem}, on {rows} of {every} rows",
            column=bad.column,
            problem=bad.problem,
            rows=len(rows),
            every=every,
        ),
        rows,
        mapper.place(bad.field),
        N_('Correct the rule or the file, or leave such rows out: cleaning.invalid_rows = "drop".'),
        bad.values,
    )


def _named(field: str) -> str:
    """A field as people read it."""
    return FIELDS[field].label if field in FIELDS else field


def _missing(column: Column) -> np.ndarray:
    if isinstance(column, np.ndarray):
        return np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)
    blank = np.asarray(pc.equal(column.dictionary, ""))
    return blank[np.asarray(column.indices)] if blank.any() else np.zeros(len(column), bool)


def _convert(spec: Spec, lines: dict[str, Column], mapper: Mapper, keep: np.ndarray) -> np.ndarray:
    """Convert money into the reporting currency by the TOML's rates, and return each row's rate. DataError where a
    currency has no rate.

    A row's currency is that of the field, where there is one, or stands beside its amount.
    """
    rate = np.ones(len(keep))
    named: Column | None
    if "currency" in mapper.rules:
        codes = lines["currency"].indices
        named = coded_column(np.asarray(codes), money.codes_of(lines["currency"].dictionary))
    else:
        named = mapper.written_currency("amount")
    if named is None:
        return rate
    if "currency" in lines:
        lines["currency"] = named
    home = spec.profile.currency
    row_codes = np.asarray(named.indices)
    currencies = named.dictionary.to_pylist()
    for currency in dict.fromkeys(currencies):
        if currency in (home, ""):
            continue
        mine = np.array([c == currency for c in currencies])[row_codes] & keep
        if not mine.any():
            continue
        steps = spec.rates.get(currency)
        if not steps:
            rows = np.flatnonzero(mine)
            raise mapper.rows.error(
                N_(
                    "{rows:row is|rows are} in {currency}, which has no rate to {home}",
                    rows=len(rows),
                    currency=currency,
                    home=home,
                ),
                rows,
                f"{spec.path.name}: rates",
                N_(
                    "Declare one: [rates] {currency} = 1.0, in {home}. Or declare it as the data set's currency.",
                    currency=currency[:3],
                    home=home,
                ),
            )
        rate[mine] = _rates_on(lines["ordered_at"][mine], steps, f"{spec.path.name}: rates.{currency}")
    for name in MONEY:
        if name in lines:
            lines[name] = lines[name] * rate
    return rate


def _rates_on(times: np.ndarray, steps: tuple[tuple[str, float], ...], where: str) -> np.ndarray:
    """The rate at each time. `steps`: from which day each rate holds, ascending; a single rate that always holds has no
    day."""
    if steps[0][0] == "":
        return np.full(len(times), steps[0][1])
    starts = np.array([day for day, _ in steps], "datetime64[us]")
    at = np.searchsorted(starts, times, side="right") - 1
    if (at < 0).any():
        raise DataError(
            N_("orders of {time} are before the first rate, of {day}.", time=str(times.min()), day=steps[0][0]),
            where=where,
            hint=N_("Add an earlier rate."),
        )
    return np.array([r for _, r in steps])[at]


def _sales(spec: Spec, part: Part, lines: dict[str, Column], mapper: Mapper) -> np.ndarray:
    """Which lines are sales.

    Where a mark or a negative quantity tells that goods came back, the quantity and the money all become negative: a
    line of −1 unit for 5.00 takes 5.00 back. Such lines are marked as SIGN_CHANGED. A line of 1 unit for −5.00 takes
    5.00 back and does not tell whether the unit came back: it is marked as GOODS_UNTOLD, unless the TOML says what such
    lines are.
    """
    rule = spec.cleaning.non_positive
    amount, quantity = lines["amount"], lines["quantity"]
    returned = _marked_refunds(spec, part, mapper)
    if rule != "sale":
        returned = returned | (quantity < 0)
    untold = ~returned & (amount < 0) & (rule != "sale" or bool(part.refunds.column))
    if rule == "return" or part.fields["quantity"].constant is not None:  # no column counts units
        returned = returned | untold
    lines[SIGN_CHANGED] = returned & ((amount > 0) | (quantity > 0))
    for name in SIGNED:
        if name in lines:
            turned = returned if name in GOODS else returned | untold
            lines[name] = np.where(turned & (lines[name] > 0), -lines[name], lines[name])
            if rule == "correction" and name in GOODS:
                lines[name] = np.where(untold, 0.0, lines[name])
    lines[GOODS_UNTOLD] = untold & ~returned & (rule != "correction")
    return np.asarray(~(returned | untold))


def _marked_refunds(spec: Spec, part: Part, mapper: Mapper) -> np.ndarray:
    """The lines that have one of the TOML's refund values."""
    if not part.refunds.column:
        return np.zeros(len(mapper.rows), bool)
    texts = as_coded(mapper.column(part.refunds.column, f"{spec.path.name}: refunds.column"))
    is_mark = np.asarray(pc.is_in(texts.dictionary, pa.array(list(part.refunds.values), pa.string())))
    return np.asarray(is_mark[np.asarray(texts.indices)])
