"""Newer rows of a database added to the stored lines: a stored line that was replaced is dropped, all others stay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics import store
from analytics.errors import StoresightError
from analytics.language import N_
from analytics.loading.completion import FINGERPRINT, PLACE, ROW_BITS, finish
from analytics.loading.dataset import SpooledTables
from analytics.loading.lines.order_lines import GOODS_UNTOLD, SIGN_CHANGED
from analytics.loading.lines.spool import Column, Spool
from analytics.loading.reading.database import HighWater, Mark
from analytics.loading.spec import Spec
from analytics.quality import Quality
from analytics.schema import FIELDS
from analytics.store import HighWaterMark, StoredDataset

BLOCK_LINES = 1 << 18
RECOUNTED = (
    "refund",
    "returned_whole",
    "no_price_no_customer",
    "no_customer",
    "outlier",
    "after_data_until",
    "far_date",
)  # findings that `finish` computes again from all lines
BY_STORE = ("varies_", "order_of_several_")  # prefixes of findings that the store adds each time
STORED_FILE = "loaded before"  # stands for the file of lines that are already stored


def stored(spec: Spec, root: Path) -> StoredDataset | None:
    """The stored version that newer rows can be added to, also one of an older format whose lines can still be read;
    None where there is none, or where the TOML has changed how rows become lines."""
    try:
        data = store.open_lines(root, spec.name)
    except StoresightError:
        return None
    mark = data.facts.high_water
    return data if mark is not None and mark.declared == declared(spec) else None


def declared(spec: Spec) -> str:
    """A digest of what decides how rows become lines: lines read under another declaration cannot be extended.

    Only what differs from its default counts, so that a new TOML key does not change the digest of a TOML without it.
    """
    profile = spec.profile
    about = {
        "source": _without_defaults(spec.source),
        "fields": _without_defaults(spec.fields),
        "joins": _without_defaults(spec.joins),
        "rates": _without_defaults(spec.rates),
        "refunds": _without_defaults(spec.refunds),
        "cleaning": _without_defaults(spec.cleaning),
        "time_zone": profile.time_zone,
        "currency": profile.currency,
        "region_groups": _without_defaults(profile.region_groups),
    }
    return hashlib.blake2b(json.dumps(about, sort_keys=True).encode(), digest_size=8).hexdigest()


def _without_defaults(value: object) -> object:
    """A declaration as JSON values; for a dataclass, only the fields that differ from their default."""
    if is_dataclass(value):
        own = {
            f.name: getattr(value, f.name)
            for f in fields(value)
            if f.default is MISSING or getattr(value, f.name) != f.default
        }
        return {name: _without_defaults(v) for name, v in own.items()}
    if isinstance(value, dict):
        return {str(name): _without_defaults(v) for name, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_without_defaults(v) for v in value]
    return value


def water_of(data: StoredDataset | None) -> HighWater:
    """The high-water mark beyond which rows are newer than what is stored."""
    known = data.facts.high_water if data is not None else None
    return HighWater(Mark(known.kind, known.text) if known is not None and known.kind else None)


def mark_of(spec: Spec, water: HighWater) -> HighWaterMark:
    """What is stored with a version so that the next load can begin where this one ended."""
    mark = water.reached
    return HighWaterMark(declared(spec), mark.kind if mark else "", mark.text if mark else "")


def merged(spec: Spec, data: StoredDataset, newer: SpooledTables, spool: Spool) -> SpooledTables:
    """Stored and then newer lines in a spool.

    With `replace_by`, stored lines that share the line id or order id of a newer one are left out and counted. Dates of
    orders and findings are those of all lines.
    """
    before = data.quality
    quality = Quality(before.rows_read, 0, [], list(before.files))
    for finding in before.findings:
        if finding.reason not in RECOUNTED and not finding.reason.startswith(BY_STORE):
            quality.add(finding.reason, finding.label, finding.effect, finding.rows, finding.examples)
    replaced = _replaced(spec, data, newer.lines)
    for columns, count in _stored_lines(spec, data, replaced):
        spool.add(columns, count)
    quality.add("replaced", N_("lines replaced by newer ones"), "left out", data.facts.lines - len(spool))
    spool.add(_newer_lines(newer.lines, list(spool)), len(newer.lines))
    quality.rows_read += newer.quality.rows_read
    for finding in newer.quality.findings:
        if finding.reason not in RECOUNTED:
            quality.add(finding.reason, finding.label, finding.effect, finding.rows, finding.examples)
    files = (*newer.files, STORED_FILE)
    profile = finish(spec, spool, files, quality)
    same = {(f.reason, f.rows): f for f in before.findings}
    for finding in quality.findings:  # the previous load's examples name their rows, which stored lines no longer can
        old = same.get((finding.reason, finding.rows))
        if old is not None:
            finding.examples, finding.opens = old.examples, old.opens
        elif any(example in f.examples for f in before.findings for example in finding.examples):
            finding.opens = []
    return SpooledTables(spool, newer.extras, quality, profile, files)


def _replaced(spec: Spec, data: StoredDataset, newer: Spool) -> np.ndarray:
    """For each code of a stored line or order, whether a newer one replaces it."""
    key = spec.source.replace_by
    if not key:
        return np.zeros(0, bool)
    codes, dictionary = newer.texts(key)
    used = dictionary.take(pa.array(np.unique(codes)))
    return np.asarray(pc.is_in(data.dictionaries[key].arrow, used))


def _stored_lines(spec: Spec, data: StoredDataset, replaced: np.ndarray) -> Iterator[tuple[dict[str, Column], int]]:
    """The stored lines that stay, block by block, in the columns that mapping gives."""
    key, count = spec.source.replace_by, data.facts.lines
    for start in range(0, count, BLOCK_LINES):
        at = slice(start, min(start + BLOCK_LINES, count))
        keep = np.ones(at.stop - at.start, bool)
        if key:
            keep = ~replaced[data.lines["order"][at] if key == "order_id" else _level(data, key, at)]
        rows = np.flatnonzero(keep)
        columns = {
            n: _stored_column(data, n, at, rows)
            for n, f in spec.profile.fields.items()
            if n in data.fields and not f.derived
        }
        if "posted_at" not in spec.fields and "posted_at" in columns:
            columns["ordered_at"] = columns.pop("posted_at")  # the line's own date, before its order had one
        columns["sale"] = np.ones(len(rows), bool) if data.facts.all_sale else data.lines["sale"][at][rows]
        columns[GOODS_UNTOLD] = np.zeros(len(rows), bool)  # they were settled when they came
        columns[PLACE] = (np.uint64(1) << ROW_BITS) | (rows + start + 1).astype("uint64")
        yield columns, len(rows)


def _stored_column(data: StoredDataset, name: str, at: slice, rows: np.ndarray) -> Column:
    if name == "order_id":
        codes = data.lines["order"][at][rows]
        return _texts(codes, data.dictionaries[name].arrow)
    if name == "ordered_at":
        return data.order_times(data.lines["order"][at][rows])
    values = _level(data, name, at)[rows]
    if name in data.dictionaries:
        return _texts(values, data.dictionaries[name].arrow)
    if FIELDS[name].kind == "time":
        return values.astype("datetime64[us]")
    return values.astype("float64") / data.fields[name].divisor


def _level(data: StoredDataset, name: str, at: slice) -> np.ndarray:
    """A field of each line, whatever level it is stored at."""
    level, values = data.fields[name].level, data.values(name)
    if level == "line":
        return np.asarray(values[at])
    owner = data.lines["order"][at]
    return np.asarray(values[owner if level == "order" else data.orders["customer"][owner]])


def _texts(codes: np.ndarray, dictionary: pa.Array) -> pa.DictionaryArray:
    """A coded column without unused texts."""
    used, new_codes = np.unique(codes, return_inverse=True)
    texts = dictionary.take(pa.array(used.astype("int64"))).cast(pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(new_codes.astype("int32")), texts)


def _newer_lines(lines: Spool, wanted: list[str]) -> dict[str, Column]:
    """The newer lines in the columns of the stored ones; in their own where `wanted` is empty, as nothing is stored."""
    columns: dict[str, Column] = {}
    for name in wanted or [n for n in lines if n not in (FINGERPRINT, SIGN_CHANGED)]:
        if lines.is_text(name):
            codes, dictionary = lines.texts(name)
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), dictionary.cast(pa.string()))
        else:
            columns[name] = lines.values(name)
    return columns
