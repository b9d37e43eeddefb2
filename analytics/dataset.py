"""A declared data set → its order lines, extra tables, and the report of what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics import order_dates
from analytics import sources as files
from analytics.cleaning import clean
from analytics.errors import DataError
from analytics.mapping import Mapper, as_text
from analytics.noticed import notice
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import REQUIRED
from analytics.sources import Progress, Rows
from analytics.spec import Join, Rule, Source, Spec, kind_of

MONEY = ("amount", "unit_price", "list_price", "discount", "cost")
REQUIRED_TEXTS = ("order_id",)


@dataclass
class Tables:
    """A data set ready for the store.

    `lines`: one row an order line; the index has no meaning. Columns: the canonical fields that the data have, and
    `sale`.
    order_id, line_id and customer are `str`, categories Categorical, "" where missing; ordered_at (one an order) and
    posted_at (never missing where there is one) are datetime64[us] in the data set's zone; numbers float64, NaN where
    missing. Money is in the reporting currency (`currency` says what it was in) and a total of the line, but for
    unit_price
    and list_price. `sale` is true for a line that was sold, false for a refund.
    `extras`: the tables of schema.EXTRA_TABLES that are declared, typed the same way.
    """

    lines: pd.DataFrame
    extras: dict[str, pd.DataFrame] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    profile: Profile = field(default_factory=lambda: Profile("", ""))


def read(spec: Spec, sources: Path, progress: Progress | None = None) -> Tables:
    """Read, clean and map a data set. Files without rows give empty frames.

    Every source row is in `lines` or counted: quality.rows_read == quality.rows_kept + quality.rows_left_out.
    SourceError: a file or column is not there or cannot be read. DataError: values break what was declared.
    """
    quality = Quality()
    raw = files.read(spec.source, sources, spec.path.parent, quality, progress)
    rows = clean(raw, spec.cleaning, quality)
    mapper = Mapper(rows, spec.fields, spec.path.name, spec.profile.time_zone)
    for join in spec.joins:
        mapper.join(join, _joined(join, spec, sources, quality), quality)
    if progress:
        progress("mapping fields", 0, 1)
    lines, rows = _lines(spec, mapper, quality)
    lines = order_dates.settle(lines, rows, quality)
    notice(spec, lines, rows, quality)
    quality.rows_kept = len(lines)
    extras = {}
    for table in spec.tables:
        if progress:
            progress(f"reading table {table.name}", 0, 1)
        extras[table.name] = _extra(spec, table.name, table.source, table.fields, sources, quality)
    return Tables(lines, extras, quality, spec.profile)


def _joined(join: Join, spec: Spec, sources: Path, quality: Quality) -> Rows:
    aside = Quality()
    rows = clean(files.read(join.source, sources, spec.path.parent, aside), spec.cleaning, aside)
    _tell(aside, f"join {join.name}", quality)
    return rows


def _tell(aside: Quality, what: str, quality: Quality) -> None:
    """Findings of a file beside the order lines: they do not count among the lines' rows."""
    quality.files += [f for f in aside.files if f not in quality.files]
    for found in aside.findings:
        if found.effect == "left out":
            quality.add(
                f"{what.replace(' ', '_')}_{found.reason}",
                f"{what}: {found.label}",
                "noticed",
                found.rows,
                found.examples,
            )


def _frame(mapper: Mapper, fields: dict[str, Rule]) -> dict[str, pd.Series]:
    """Each field as a pandas column of its kind; unreadable values are in `mapper.bad`."""
    columns = {}
    for name in fields:
        kind = kind_of(name)
        if kind == "time":
            columns[name] = pd.Series(mapper.time(name))
        elif kind in ("money", "number"):
            columns[name] = pd.Series(mapper.number(name))
        elif kind == "id":
            columns[name] = mapper.text(name).to_pandas().astype("str")
        else:
            columns[name] = pd.Series(_categorical(mapper.text(name)))
    return columns


def _categorical(values: pa.ChunkedArray) -> pd.Categorical:
    encoded = values.combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pandas().astype("str")
    return pd.Categorical.from_codes(np.asarray(encoded.indices), categories=pd.Index(names, dtype="str"))


def _lines(spec: Spec, mapper: Mapper, quality: Quality) -> tuple[pd.DataFrame, Rows]:
    columns = _frame(mapper, spec.fields)
    lines = pd.DataFrame(columns, index=pd.RangeIndex(len(mapper.rows)))
    keep = _valid(spec, mapper, lines, quality)
    _convert(spec, lines, mapper, keep)
    lines["sale"] = _sales(spec, lines, mapper)
    if spec.cleaning.non_positive == "drop":
        empty = keep & ~((lines["amount"] > 0) & (lines["quantity"] > 0)).to_numpy()
        found = np.flatnonzero(empty)
        quality.add(
            "non_positive",
            "lines whose amount or quantity is not positive",
            "left out",
            len(found),
            mapper.rows.examples(found[:5]),
        )
        keep &= ~empty
    if keep.all():
        return lines, mapper.rows
    lines = lines[keep].reset_index(drop=True)
    for name in lines.columns[lines.dtypes == "category"]:
        lines[name] = lines[name].cat.remove_unused_categories()
    return lines, mapper.rows.where(keep)


def _valid(spec: Spec, mapper: Mapper, lines: pd.DataFrame, quality: Quality) -> np.ndarray:
    """Which rows can be kept: those with no unreadable and no missing required value, which else are an error."""
    keep = np.ones(len(mapper.rows), bool)
    for bad in mapper.bad:
        found = np.flatnonzero(bad.mask & keep)
        if not len(found):
            continue
        examples = mapper.rows.examples(found, bad.values)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"column {bad.column!r} is {bad.problem} on {len(found)} of {len(keep)} rows: {'; '.join(examples)}.",
                where=f"{spec.path.name}: {mapper.section}.{bad.field}",
                hint='Correct the rule or the file, or leave such rows out: cleaning.invalid_rows = "drop".',
            )
        quality.add(f"bad_{bad.field}", f"{bad.field}: {bad.problem}", "left out", len(found), examples)
        keep &= ~bad.mask
    for name in REQUIRED:
        if name == "product":
            continue
        gone = keep & ((lines[name] == "") if name in REQUIRED_TEXTS else lines[name].isna()).to_numpy()
        found = np.flatnonzero(gone)
        if not len(found):
            continue
        examples = mapper.rows.examples(found)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"{len(found)} of {len(keep)} rows have no {name}: {'; '.join(examples)}.",
                where=f"{spec.path.name}: {mapper.section}.{name}",
                hint='Say a default, or leave such rows out: cleaning.invalid_rows = "drop".',
            )
        quality.add(f"missing_{name}", f"no {name}", "left out", len(found), examples)
        keep &= ~gone
    return keep


def _convert(spec: Spec, lines: pd.DataFrame, mapper: Mapper, keep: np.ndarray) -> None:
    """Money into the reporting currency by the TOML's rates; a currency without a rate is refused."""
    if "currency" not in lines:
        return
    home = spec.profile.currency
    codes = lines["currency"].astype("str").str.upper()
    foreign = ((codes != home) & (codes != "")).to_numpy() & keep
    rate = np.ones(len(lines))
    for code in pd.unique(codes[foreign]):
        mine = (codes == code).to_numpy() & foreign
        steps = spec.rates.get(code)
        if not steps:
            examples = "; ".join(mapper.rows.examples(np.flatnonzero(mine)))
            raise DataError(
                f"{int(mine.sum())} rows are in {code!r}, which has no rate to {home}: {examples}.",
                where=f"{spec.path.name}: rates",
                hint=f"Say one: [rates] {code[:3]} = 1.0, in {home}.",
            )
        rate[mine] = _rates_on(lines["ordered_at"].to_numpy()[mine], steps, f"{spec.path.name}: rates.{code}")
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


def _sales(spec: Spec, lines: pd.DataFrame, mapper: Mapper) -> np.ndarray:
    """Which lines are sales. A line that the TOML's refund values mark becomes negative if it is not."""
    column, values = spec.refunds
    if column:
        texts = as_text(mapper.column(column, f"{spec.path.name}: refunds.column"))
        marked = pc.is_in(texts, pa.array(list(values), pa.string())).to_numpy()
        lines["amount"] = np.where(marked, -lines["amount"].abs(), lines["amount"])
    if spec.cleaning.non_positive == "sale" and not column:
        return np.ones(len(lines), bool)
    refund = (lines["amount"] < 0).to_numpy()
    return ~refund if spec.cleaning.non_positive == "sale" else ~(refund | (lines["quantity"] < 0).to_numpy())


def _extra(
    spec: Spec, name: str, source: Source, fields: dict[str, Rule], sources: Path, quality: Quality
) -> pd.DataFrame:
    aside = Quality()
    rows = clean(files.read(source, sources, spec.path.parent, aside), spec.cleaning, aside)
    mapper = Mapper(rows, fields, spec.path.name, spec.profile.time_zone, f"tables.{name}.fields")
    frame = pd.DataFrame(_frame(mapper, fields), index=pd.RangeIndex(len(rows)))
    keep = np.ones(len(rows), bool)
    for bad in mapper.bad:
        found = np.flatnonzero(bad.mask & keep)
        examples = rows.examples(found, bad.values)
        if spec.cleaning.invalid_rows == "error":
            raise DataError(
                f"column {bad.column!r} is {bad.problem} on {len(found)} of {len(keep)} rows: {'; '.join(examples)}.",
                where=f"{spec.path.name}: {mapper.section}.{bad.field}",
            )
        aside.add(f"bad_{bad.field}", f"{bad.field}: {bad.problem}", "left out", len(found), examples)
        keep &= ~bad.mask
    _tell(aside, f"table {name}", quality)
    return frame[keep].reset_index(drop=True)
