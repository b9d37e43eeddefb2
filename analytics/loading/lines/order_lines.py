"""Rows → order lines: each field in its type, rows without required values left out or refused, money in one currency,
refunds marked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.loading.lines.mapping import Mapper, Unreadable
from analytics.loading.lines.spool import INTERNAL, Column
from analytics.loading.lines.values import as_coded
from analytics.loading.spec import Rule, Spec, kind_of
from analytics.quality import Quality
from analytics.schema import REQUIRED

SIGN_CHANGED = f"{INTERNAL}sign_changed"  # a column of the spool that is no field
SIGNED = ("amount", "quantity", "discount", "cost")  # negative on a refund
MONEY = ("amount", "unit_price", "list_price", "discount", "cost")


def columns(mapper: Mapper, fields: dict[str, Rule]) -> dict[str, Column]:
    """Each field: times and numbers as arrays, texts as coded columns. Unreadable values are in `mapper.unreadable`."""
    found: dict[str, Column] = {}
    for name in fields:
        kind = kind_of(name)
        if kind == "time":
            found[name] = mapper.time(name)
        elif kind in ("money", "number"):
            found[name] = mapper.number(name)
        else:
            found[name] = mapper.text(name)
    return found


def region_groups(regions: pa.DictionaryArray, groups: dict[str, tuple[str, ...]]) -> pa.DictionaryArray:
    """The group of each region; a region that is in no group is its own."""
    group_of = {region: group for group, members in groups.items() for region in members}
    texts = pa.array([group_of.get(text, text) for text in regions.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(regions.indices, texts)


def mapped(spec: Spec, mapper: Mapper, quality: Quality, before: int = 0) -> tuple[dict[str, Column], np.ndarray]:
    """The lines that can be kept, with the flag `sale`, and the mask of their rows; the other rows are counted.

    `before`: how many rows were mapped before these. DataError where the TOML says that such a row is an error.
    """
    lines = columns(mapper, spec.fields)
    if spec.profile.region_groups:
        lines["region_group"] = region_groups(lines["region"], spec.profile.region_groups)
    keep = _valid(spec, mapper, lines, quality, before)
    _convert(spec, lines, mapper, keep)
    lines["sale"] = _sales(spec, lines, mapper)
    if spec.cleaning.non_positive == "drop":
        unwanted = keep & ~((lines["amount"] > 0) & (lines["quantity"] > 0))
        found = np.flatnonzero(unwanted)
        label = "lines whose amount or quantity is not positive"
        quality.add("non_positive", label, "left out", len(found), mapper.rows.examples(found))
        keep &= ~unwanted
    if keep.all():
        return lines, keep
    chosen = pa.array(keep)
    return {n: c[keep] if isinstance(c, np.ndarray) else c.filter(chosen) for n, c in lines.items()}, keep


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
        quality.add(f"bad_{bad.field}", f"{bad.field}: {bad.problem}", "left out", len(found), examples)
        keep &= ~bad.mask
    for name in REQUIRED:
        if name == "product":
            continue
        found = np.flatnonzero(keep & _missing(lines[name]))
        if not len(found):
            continue
        examples = mapper.rows.examples(found)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"{len(found)} of {every} rows have no {name}",
                where=f"{spec.path.name}: {mapper.section}.{name}",
                examples=examples,
                places=mapper.rows.places(found),
                hint='Declare a default, or leave such rows out: cleaning.invalid_rows = "drop".',
            )
        quality.add(f"missing_{name}", f"no {name}", "left out", len(found), examples)
        keep[found] = False
    return keep


def unreadable(spec: Spec, mapper: Mapper, bad: Unreadable, rows: np.ndarray, every: int) -> DataError:
    """The error for values that cannot be read, on these of `every` rows."""
    return DataError(
        f"column {bad.column!r} is {bad.problem} on {len(rows)} of {every} rows",
        where=f"{spec.path.name}: {mapper.section}.{bad.field}",
        examples=mapper.rows.examples(rows, bad.values),
        places=mapper.rows.places(rows),
        hint='Correct the rule or the file, or leave such rows out: cleaning.invalid_rows = "drop".',
    )


def _missing(column: Column) -> np.ndarray:
    if isinstance(column, np.ndarray):
        return np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)
    blank = np.asarray(pc.equal(column.dictionary, ""))
    return blank[np.asarray(column.indices)] if blank.any() else np.zeros(len(column), bool)


def _convert(spec: Spec, lines: dict[str, Column], mapper: Mapper, keep: np.ndarray) -> None:
    """Convert money into the reporting currency by the TOML's rates. DataError where a currency has no rate."""
    if "currency" not in lines:
        return
    home = spec.profile.currency
    codes = np.asarray(lines["currency"].indices)
    currencies = [c.upper() for c in lines["currency"].dictionary.to_pylist()]
    rate = np.ones(len(codes))
    for currency in dict.fromkeys(currencies):
        if currency in (home, ""):
            continue
        mine = np.array([c == currency for c in currencies])[codes] & keep
        if not mine.any():
            continue
        steps = spec.rates.get(currency)
        if not steps:
            rows = np.flatnonzero(mine)
            raise DataError(
                f"{len(rows)} rows are in {currency!r}, which has no rate to {home}",
                where=f"{spec.path.name}: rates",
                examples=mapper.rows.examples(rows),
                places=mapper.rows.places(rows),
                hint=f"Declare one: [rates] {currency[:3]} = 1.0, in {home}.",
            )
        rate[mine] = _rates_on(lines["ordered_at"][mine], steps, f"{spec.path.name}: rates.{currency}")
    for name in MONEY:
        if name in lines:
            lines[name] = lines[name] * rate


def _rates_on(times: np.ndarray, steps: tuple[tuple[str, float], ...], where: str) -> np.ndarray:
    """The rate at each time. `steps`: from which day each rate holds, ascending; a single rate that always holds has no
    day."""
    if steps[0][0] == "":
        return np.full(len(times), steps[0][1])
    starts = np.array([day for day, _ in steps], "datetime64[us]")
    at = np.searchsorted(starts, times, side="right") - 1
    if (at < 0).any():
        raise DataError(
            f"orders of {times.min()} are before the first rate, of {steps[0][0]}.",
            where=where,
            hint="Add an earlier rate.",
        )
    return np.array([r for _, r in steps])[at]


def _sales(spec: Spec, lines: dict[str, Column], mapper: Mapper) -> np.ndarray:
    """Which lines are sales. The quantity and the money of a refund all become negative: a line of −1 piece for 5.00
    takes 5.00 back, and a line of 1 piece for −5.00 takes one piece back. Such lines are marked as SIGN_CHANGED."""
    refund = _marked_refunds(spec, mapper)
    if spec.cleaning.non_positive != "sale":
        refund |= (lines["amount"] < 0) | (lines["quantity"] < 0)
    elif spec.refunds.column:
        refund |= lines["amount"] < 0
    lines[SIGN_CHANGED] = refund & ((lines["amount"] > 0) | (lines["quantity"] > 0))
    for name in SIGNED:
        if name in lines:
            lines[name] = np.where(refund & (lines[name] > 0), -lines[name], lines[name])
    return np.asarray(~refund)


def _marked_refunds(spec: Spec, mapper: Mapper) -> np.ndarray:
    """The lines that have one of the TOML's refund values."""
    if not spec.refunds.column:
        return np.zeros(len(mapper.rows), bool)
    texts = as_coded(mapper.column(spec.refunds.column, f"{spec.path.name}: refunds.column"))
    is_mark = np.asarray(pc.is_in(texts.dictionary, pa.array(list(spec.refunds.values), pa.string())))
    return np.asarray(is_mark[np.asarray(texts.indices)])
