"""A declared data set → its order lines, extra tables, and the report of what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.loading.lines import noticed, order_dates, order_lines
from analytics.loading.lines.cleaning import COPIES_DROPPED, COPIES_KEPT, clean, uncopied, without_noise
from analytics.loading.lines.fingerprints import among, repeated
from analytics.loading.lines.mapping import Ambiguous, Formats, Mapper
from analytics.loading.lines.spool import Scratch
from analytics.loading.reading import sources as files
from analytics.loading.reading.database import HighWater
from analytics.loading.reading.rows import Rows
from analytics.loading.reading.sources import Progress
from analytics.loading.spec import Join, Rule, Spec, Table, kind_of, mapped_columns
from analytics.profile import Profile
from analytics.quality import Quality

PRINT, PLACE = "#print", "#place"  # of each line: the fingerprint of its row, and its file and number
FILE_BITS = np.uint64(40)  # a place is the file's position above so many bits, the row's number in them

Joins = list[tuple[Join, Rows]]


@dataclass
class Tables:
    """A data set ready for the store.

    `lines`: one row an order line; the index has no meaning. Columns: the canonical fields that the data have, and
    `sale`. order_id, line_id and customer are `str`, categories Categorical, "" where missing; ordered_at (one an
    order) and posted_at (never missing where there is one) are datetime64[us] in the data set's zone; numbers float64,
    NaN where missing. Money is in the reporting currency (`currency` says what it was in) and a total of the line, but
    for unit_price and list_price. `sale` is true for a line that was sold, false for a refund. `extras`: the tables of
    schema.EXTRA_TABLES that are declared, typed the same way.
    """

    lines: pd.DataFrame
    extras: dict[str, pd.DataFrame] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    profile: Profile = field(default_factory=lambda: Profile("", ""))


@dataclass
class Streamed:
    """The same with the lines on disk: their columns are read one at a time."""

    lines: Scratch
    extras: dict[str, pd.DataFrame]
    quality: Quality
    profile: Profile
    names: tuple[str, ...] = ()  # of the files


def read(spec: Spec, sources: Path, progress: Progress | None = None) -> Tables:
    """Read, clean and map a data set into memory. Files without rows give empty frames.

    Every source row is in `lines` or counted: quality.rows_read == quality.rows_kept + quality.rows_left_out.
    SourceError: a file or column is not there or cannot be read. DataError: values break what was declared.
    """
    with Scratch() as scratch:
        found = stream(spec, sources, scratch, progress)
        return Tables(scratch.frame(), found.extras, found.quality, found.profile)


def stream(
    spec: Spec,
    sources: Path,
    scratch: Scratch,
    progress: Progress | None = None,
    water: HighWater | None = None,
    settled: bool = True,
) -> Streamed:
    """The same into a scratch, block by block: memory does not grow with the rows. Results and errors are those of
    `read`. From a database with a high-water mark only what is beyond `water`.

    Not `settled`, the lines still lack what only all lines tell, for `settle` to be called when they are together.
    """
    aside, quality = Quality(), Quality()
    joins = [(join, _joined(join, spec, sources, aside)) for join in spec.joins]
    try:
        names = _fill(spec, sources, joins, Formats(settled=False), scratch, quality, progress, water)
    except Ambiguous:
        formats = _formats(spec, sources, joins)
        scratch.clear()
        quality = Quality()
        names = _fill(spec, sources, joins, formats, scratch, quality, progress, water)
    _tell(aside, "", quality)
    if progress:
        progress("settling orders", 1, 1)
    scratch.merge()
    _drop_copies(spec, scratch, places(scratch, names), quality)
    if settled:
        settle(spec, scratch, names, quality)
    extras = {}
    for table in spec.tables:
        if progress:
            progress(f"reading table {table.name}", 0, 1)
        extras[table.name] = _extra(spec, table, sources, quality)
    return Streamed(scratch, extras, quality, spec.profile, names=names)


def _fill(
    spec: Spec,
    sources: Path,
    joins: Joins,
    formats: Formats,
    scratch: Scratch,
    quality: Quality,
    progress: Progress | None,
    water: HighWater | None,
) -> tuple[str, ...]:
    """Every block of rows, cleaned and mapped, into the scratch; the names of the files."""
    before = 0
    names: tuple[str, ...] = ()
    mapped = mapped_columns(spec.fields)
    for raw in files.blocks(spec.source, sources, spec.path.parent, quality, progress, water, mapped):
        rows, prints = uncopied(without_noise(raw, spec.cleaning, quality), spec.cleaning, quality)
        columns, keep = order_lines.mapped(spec, _mapper(spec, rows, joins, formats, quality), quality, before)
        before, names = before + len(rows), rows.files
        rows, prints = rows.where(keep), prints if keep.all() else prints[keep]
        place = (rows.file.astype("uint64") << FILE_BITS) | rows.number.astype("uint64")
        scratch.add({**columns, PRINT: prints, PLACE: place}, len(rows))
    return names


def _mapper(spec: Spec, rows: Rows, joins: Joins, formats: Formats, quality: Quality) -> Mapper:
    mapper = Mapper(rows, spec.fields, spec.path.name, spec.profile.time_zone, formats=formats)
    for join, other in joins:
        mapper.join(join, other, quality)
    return mapper


def _formats(spec: Spec, sources: Path, joins: Joins) -> Formats:
    """The formats of dates by the evidence of all rows: what the first block leaves open another may tell."""
    seen: dict[str, pa.Array] = {}
    formats = Formats()
    for raw in files.blocks(spec.source, sources, spec.path.parent, Quality()):
        mapper = _mapper(spec, without_noise(raw, spec.cleaning, Quality()), joins, formats, Quality())
        for name, rule in spec.fields.items():
            if kind_of(name) == "time" and not rule.formats and not mapper.is_typed(name):
                words = mapper.text(name).cast(pa.string())
                seen[name] = pc.unique(pa.concat_arrays([seen[name], words] if name in seen else [words]))
    for name, words in seen.items():
        mapper.evident(name, words.to_numpy(zero_copy_only=False))
    return formats


def settle(spec: Spec, lines: Scratch, names: tuple[str, ...], quality: Quality) -> None:
    """What is known only when all lines are there: one date an order, odd prices. Counts the lines that are kept.

    An order has the earliest date of its sale lines; a line dated otherwise keeps its date as posted_at (which then
    stands on every line) and is counted as changed. An empty posted_at becomes the order's date.
    """
    where = places(lines, names)
    own = lines.values("ordered_at")
    ordered = order_dates.of_orders(lines.texts("order_id")[0], own, lines.values("sale"))
    moved = np.flatnonzero(ordered != own)
    if len(moved):
        label = (
            "lines dated otherwise than their order: the order has the earliest date, the line keeps its own as posted"
        )
        said = [f"{p}: {own[i]}, the order {ordered[i]}" for p, i in zip(where(moved[:5]), moved, strict=False)]
        quality.add("order_with_two_dates", label, "changed", len(moved), said)
        lines.put("ordered_at", ordered)
        if "posted_at" not in lines:
            lines.put("posted_at", own)
    if "posted_at" in lines:
        posted = lines.values("posted_at")
        lines.put("posted_at", np.where(np.isnat(posted), ordered, posted))
    del own, ordered
    noticed.notice_all(spec, lines, where, quality)
    quality.rows_kept = len(lines)


def places(lines: Scratch, names: tuple[str, ...]) -> noticed.Places:
    """Where lines come from, in words: 'march.csv:17'."""

    def of_rows(rows: np.ndarray) -> list[str]:
        found = lines.some(PLACE, rows)
        return [f"{names[int(p >> FILE_BITS)]}:{int(p) & ((1 << int(FILE_BITS)) - 1)}" for p in found]

    return of_rows


def _drop_copies(spec: Spec, lines: Scratch, where: noticed.Places, quality: Quality) -> None:
    """Copies within a block are known already; here those of a row of an earlier block, by fingerprint."""
    prints = lines.values(PRINT)
    alike = np.flatnonzero(among(prints, repeated(prints)))
    if not len(alike):
        return
    again = alike[pd.Series(prints[alike]).duplicated().to_numpy()]
    if spec.cleaning.exact_duplicates == "drop":
        quality.add("exact_duplicate", COPIES_DROPPED, "left out", len(again), where(again[:5]))
        keep = np.ones(len(lines), bool)
        keep[again] = False
        lines.keep(keep)
        return
    found = next((f for f in quality.findings if f.reason == "exact_duplicate"), None)
    more = len(again) - (found.rows if found else 0)  # those within a block are among them
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", more, [] if found else where(again[:5]))


def _joined(join: Join, spec: Spec, sources: Path, quality: Quality) -> Rows:
    aside = Quality()
    prefix, declared = f"{join.name}.", mapped_columns(spec.fields)
    mapped = frozenset(c.removeprefix(prefix) for c in declared if c.startswith(prefix))
    mapped |= {theirs for ours, theirs in join.on if ours in declared}
    rows = clean(files.read(join.source, sources, spec.path.parent, aside, mapped=mapped), spec.cleaning, aside)
    _tell(aside, f"join {join.name}", quality)
    return rows


def _tell(aside: Quality, what: str, quality: Quality) -> None:
    """Findings of a file beside the order lines: they do not count among the lines' rows. Told already where `what` is
    empty.
    """
    quality.files += [f for f in aside.files if f not in quality.files]
    if not what:
        quality.findings += aside.findings
        return
    for found in aside.findings:
        if found.effect == "left out":
            quality.add(
                f"{what.replace(' ', '_')}_{found.reason}",
                f"{what}: {found.label}",
                "noticed",
                found.rows,
                found.examples,
            )


def _frame(mapper: Mapper, fields: dict[str, Rule]) -> dict[str, object]:
    """Each field as a pandas column of its kind; unreadable values are in `mapper.bad`."""
    columns: dict[str, object] = {}
    for name, column in order_lines.columns(mapper, fields).items():
        if isinstance(column, np.ndarray):
            columns[name] = column
        elif kind_of(name) == "id":
            columns[name] = column.cast(pa.string()).to_pandas().astype("str")
        else:
            once = column.cast(pa.string()).dictionary_encode()
            words = pd.Index(once.dictionary.to_pandas(), dtype="str")
            columns[name] = pd.Categorical.from_codes(np.asarray(once.indices), words)
    return columns


def _extra(spec: Spec, table: Table, sources: Path, quality: Quality) -> pd.DataFrame:
    aside = Quality()
    raw = files.read(table.source, sources, spec.path.parent, aside, mapped=mapped_columns(table.fields))
    rows = clean(raw, spec.cleaning, aside)
    mapper = Mapper(rows, table.fields, spec.path.name, spec.profile.time_zone, f"tables.{table.name}.fields")
    frame = pd.DataFrame(_frame(mapper, table.fields), index=pd.RangeIndex(len(rows)))
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
    _tell(aside, f"table {table.name}", quality)
    return frame[keep].reset_index(drop=True)
