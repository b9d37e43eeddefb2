"""Newer rows of a database joined to the lines that are stored: what was replaced gives way, all else stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics import store
from analytics.errors import StoresightError
from analytics.loading.dataset import FILE_BITS, PLACE, PRINT, Streamed, settle
from analytics.loading.lines.spool import Column, Scratch
from analytics.loading.reading.database import HighWater, Mark
from analytics.loading.spec import Spec
from analytics.quality import Quality
from analytics.schema import FIELDS
from analytics.store import HighWaterMark, StoredDataset

AT_A_TIME = 1 << 18
AGAIN = ("refund", "no_customer", "outlier", "after_data_until")  # findings that are made anew of all lines
BY_CODING = ("varies_", "order_of_several_")  # those that the store adds each time
STORED = "loaded before"


def stored(spec: Spec, root: Path) -> StoredDataset | None:
    """The stored version that newer rows can be joined to, also one of an older format whose lines can still be read;
    None where there is none, or its TOML said otherwise."""
    try:
        data = store.open_lines(root, spec.name)
    except StoresightError:
        return None
    mark = data.facts.high_water
    return data if mark is not None and mark.declared == declared(spec) else None


def declared(spec: Spec) -> str:
    """A digest of what decides how rows become lines: lines read under another declaration cannot be joined."""
    about = (
        spec.source,
        sorted(spec.fields.items()),
        spec.joins,
        sorted(spec.rates.items()),
        spec.refunds,
        spec.cleaning,
    )
    profile = spec.profile
    text = repr((about, profile.time_zone, profile.currency, sorted(profile.region_groups.items())))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def water_of(data: StoredDataset | None) -> HighWater:
    """From where on rows are newer than what is stored."""
    known = data.facts.high_water if data is not None else None
    return HighWater(Mark(known.kind, known.text) if known is not None and known.kind else None)


def mark_of(spec: Spec, water: HighWater) -> HighWaterMark:
    """What is kept with a version so that the next reading can begin where this one ended."""
    mark = water.reached
    return HighWaterMark(declared(spec), mark.kind if mark else "", mark.text if mark else "")


def merged(spec: Spec, data: StoredDataset, newer: Streamed, scratch: Scratch) -> Streamed:
    """Stored and newer lines together in a scratch, in this order.

    By `replace_by` stored lines with the line's or order's id of a newer one are left out, and counted. Dates of
    orders and findings are those of all lines.
    """
    given = data.quality
    quality = Quality(given.rows_read, 0, [], list(given.files))
    for finding in given.findings:
        if finding.reason not in AGAIN and not finding.reason.startswith(BY_CODING):
            quality.add(finding.reason, finding.label, finding.effect, finding.rows, finding.examples)
    replaced = _replaced(spec, data, newer.lines)
    for columns, keep in _stored_lines(spec, data, replaced):
        scratch.add(columns, keep)
    gone = data.facts.lines - len(scratch)
    names = (*newer.names, STORED)
    quality.add("replaced", "lines replaced by newer ones", "left out", gone)
    scratch.add(_newer_lines(newer.lines, list(scratch)), len(newer.lines))
    quality.rows_read += newer.quality.rows_read
    for finding in newer.quality.findings:
        if finding.reason not in AGAIN:
            quality.add(finding.reason, finding.label, finding.effect, finding.rows, finding.examples)
    settle(spec, scratch, names, quality)
    before = {(f.reason, f.rows): f.examples for f in given.findings}
    for finding in quality.findings:
        finding.examples = before.get((finding.reason, finding.rows), finding.examples)  # these know their rows
    return Streamed(scratch, newer.extras, quality, newer.profile, names=names)


def _replaced(spec: Spec, data: StoredDataset, newer: Scratch) -> np.ndarray:
    """By code of the stored line or order: whether it gives way."""
    key = spec.source.replace_by
    if not key:
        return np.zeros(0, bool)
    codes, words = newer.texts(key)
    used = words.take(pa.array(np.unique(codes)))
    return np.asarray(pc.is_in(data.dictionaries[key].arrow, used))


def _stored_lines(spec: Spec, data: StoredDataset, replaced: np.ndarray) -> Iterator[tuple[dict[str, Column], int]]:
    """The stored lines that stay, as they were mapped, so many at a time."""
    key, count = spec.source.replace_by, data.facts.lines
    for start in range(0, count, AT_A_TIME):
        at = slice(start, min(start + AT_A_TIME, count))
        keep = np.ones(at.stop - at.start, bool)
        if key:
            keep = ~replaced[data.lines["order"][at] if key == "order_id" else _level(data, key, at)]
        rows = np.flatnonzero(keep)
        columns = {n: _stored_column(data, n, at, rows) for n in FIELDS if n in data.fields and not FIELDS[n].derived}
        if "posted_at" not in spec.fields and "posted_at" in columns:
            columns["ordered_at"] = columns.pop("posted_at")  # the line's own date, before its order had one
        columns["sale"] = np.ones(len(rows), bool) if data.facts.all_sale else data.lines["sale"][at][rows]
        columns[PLACE] = (np.uint64(1) << FILE_BITS) | (rows + start + 1).astype("uint64")
        yield columns, len(rows)


def _stored_column(data: StoredDataset, name: str, at: slice, rows: np.ndarray) -> Column:
    if name == "order_id":
        codes = data.lines["order"][at][rows]
        return _texts(codes, data.dictionaries[name].arrow)
    if name == "ordered_at":
        return data.orders["at"][data.lines["order"][at][rows]].view("datetime64[us]")
    values = _level(data, name, at)[rows]
    if name in data.dictionaries:
        return _texts(values, data.dictionaries[name].arrow)
    if FIELDS[name].kind == "time":
        return values.astype("datetime64[us]")
    return values.astype("float64") / data.fields[name].divisor


def _level(data: StoredDataset, name: str, at: slice) -> np.ndarray:
    """A field of each line, whatever level it is kept at."""
    level, values = data.fields[name].level, data.values(name)
    if level == "line":
        return values[at]
    owner = data.lines["order"][at]
    return values[owner if level == "order" else data.orders["customer"][owner]]


def _texts(codes: np.ndarray, words: pa.Array) -> pa.DictionaryArray:
    used, places = np.unique(codes, return_inverse=True)
    some = words.take(pa.array(used.astype("int64"))).cast(pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places.astype("int32")), some)


def _newer_lines(lines: Scratch, wanted: list[str]) -> dict[str, Column]:
    """The newer lines in the columns of the stored ones; none is stored yet where `wanted` is empty."""
    columns: dict[str, Column] = {}
    for name in wanted or [n for n in lines if n != PRINT]:
        if lines.is_text(name):
            codes, words = lines.texts(name)
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), words.cast(pa.string()))
        else:
            columns[name] = lines.values(name)
    return columns
