"""Rows → order lines: each field in its kind, rows without required values judged, money in one currency, refunds
told.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.loading.lines.mapping import Mapper
from analytics.loading.lines.spool import Column
from analytics.loading.lines.values import as_words
from analytics.loading.spec import Rule, Spec, kind_of
from analytics.quality import Quality
from analytics.schema import REQUIRED

MONEY = ("amount", "unit_price", "list_price", "discount", "cost")


def columns(mapper: Mapper, fields: dict[str, Rule]) -> dict[str, Column]:
    """Each field: moments and numbers as arrays, texts as codes and words; unreadable values are in `mapper.bad`."""
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


def grouped(regions: pa.DictionaryArray, groups: dict[str, tuple[str, ...]]) -> pa.DictionaryArray:
    """The group of each region; a region that is in none stands for itself."""
    group_of = {region: group for group, members in groups.items() for region in members}
    words = pa.array([group_of.get(w, w) for w in regions.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(regions.indices, words)


def mapped(spec: Spec, mapper: Mapper, quality: Quality, before: int = 0) -> tuple[dict[str, Column], np.ndarray]:
    """The lines that can be kept, with the flag `sale`, and which of the rows they are; the others are counted.

    `before`: how many rows were mapped before these. DataError where the TOML says that such a row is an error.
    """
    lines = columns(mapper, spec.fields)
    if spec.profile.region_groups:
        lines["region_group"] = grouped(lines["region"], spec.profile.region_groups)
    keep = _valid(spec, mapper, lines, quality, before)
    _convert(spec, lines, mapper, keep)
    lines["sale"] = _sales(spec, lines, mapper)
    if spec.cleaning.non_positive == "drop":
        empty = keep & ~((lines["amount"] > 0) & (lines["quantity"] > 0))
        found = np.flatnonzero(empty)
        label = "lines whose amount or quantity is not positive"
        quality.add("non_positive", label, "left out", len(found), mapper.rows.examples(found[:5]))
        keep &= ~empty
    if keep.all():
        return lines, keep
    chosen = pa.array(keep)
    return {n: c[keep] if isinstance(c, np.ndarray) else c.filter(chosen) for n, c in lines.items()}, keep


def _valid(spec: Spec, mapper: Mapper, lines: dict[str, Column], quality: Quality, before: int) -> np.ndarray:
    """Which rows can be kept: those with no unreadable and no missing required value, which else are an error."""
    keep = np.ones(len(mapper.rows), bool)
    every = before + len(keep)
    for bad in mapper.bad:
        found = np.flatnonzero(bad.mask & keep)
        if not len(found):
            continue
        examples = mapper.rows.examples(found, bad.values)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"column {bad.column!r} is {bad.problem} on {len(found)} of {every} rows: {'; '.join(examples)}.",
                where=f"{spec.path.name}: {mapper.section}.{bad.field}",
                hint='Correct the rule or the file, or leave such rows out: cleaning.invalid_rows = "drop".',
            )
        quality.add(f"bad_{bad.field}", f"{bad.field}: {bad.problem}", "left out", len(found), examples)
        keep &= ~bad.mask
    for name in REQUIRED:
        if name == "product":
            continue
        gone = keep & _missing(lines[name])
        found = np.flatnonzero(gone)
        if not len(found):
            continue
        examples = mapper.rows.examples(found)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"{len(found)} of {every} rows have no {name}: {'; '.join(examples)}.",
                where=f"{spec.path.name}: {mapper.section}.{name}",
                hint='Say a default, or leave such rows out: cleaning.invalid_rows = "drop".',
            )
        quality.add(f"missing_{name}", f"no {name}", "left out", len(found), examples)
        keep &= ~gone
    return keep


def _missing(column: Column) -> np.ndarray:
    if isinstance(column, np.ndarray):
        return np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)
    blank = np.asarray(pc.equal(column.dictionary, ""))
    return blank[np.asarray(column.indices)] if blank.any() else np.zeros(len(column), bool)


def _convert(spec: Spec, lines: dict[str, Column], mapper: Mapper, keep: np.ndarray) -> None:
    """Money into the reporting currency by the TOML's rates; a currency without a rate is refused."""
    if "currency" not in lines:
        return
    home = spec.profile.currency
    codes = np.asarray(lines["currency"].indices)
    words = [w.upper() for w in lines["currency"].dictionary.to_pylist()]
    rate = np.ones(len(codes))
    for code in dict.fromkeys(words):
        if code in (home, ""):
            continue
        mine = np.array([w == code for w in words])[codes] & keep
        if not mine.any():
            continue
        steps = spec.rates.get(code)
        if not steps:
            examples = "; ".join(mapper.rows.examples(np.flatnonzero(mine)))
            raise DataError(
                f"{int(mine.sum())} rows are in {code!r}, which has no rate to {home}: {examples}.",
                where=f"{spec.path.name}: rates",
                hint=f"Say one: [rates] {code[:3]} = 1.0, in {home}.",
            )
        rate[mine] = _rates_on(lines["ordered_at"][mine], steps, f"{spec.path.name}: rates.{code}")
    for name in MONEY:
        if name in lines:
            lines[name] = lines[name] * rate


def _rates_on(moments: np.ndarray, steps: tuple[tuple[str, float], ...], where: str) -> np.ndarray:
    if steps[0][0] == "":
        return np.full(len(moments), steps[0][1])
    starts = np.array([day for day, _ in steps], "datetime64[us]")
    at = np.searchsorted(starts, moments, side="right") - 1
    if (at < 0).any():
        raise DataError(
            f"orders of {moments.min()} are before the first rate, of {steps[0][0]}.",
            where=where,
            hint="Add an earlier rate.",
        )
    return np.array([r for _, r in steps])[at]


def _sales(spec: Spec, lines: dict[str, Column], mapper: Mapper) -> np.ndarray:
    """Which lines are sales. A line that the TOML's refund values mark becomes negative if it is not."""
    column, values = spec.refunds
    if column:
        texts = as_words(mapper.column(column, f"{spec.path.name}: refunds.column"))
        marks = np.asarray(pc.is_in(texts.dictionary, pa.array(list(values), pa.string())))
        marked = marks[np.asarray(texts.indices)]
        lines["amount"] = np.where(marked, -np.abs(lines["amount"]), lines["amount"])
    if spec.cleaning.non_positive == "sale" and not column:
        return np.ones(len(mapper.rows), bool)
    refund = lines["amount"] < 0
    return np.asarray(~refund if spec.cleaning.non_positive == "sale" else ~(refund | (lines["quantity"] < 0)))
