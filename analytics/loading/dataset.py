"""A declared data set → its order lines, extra tables, and the report of what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from babel.numbers import get_currency_precision

from analytics.language import N_
from analytics.loading.completion import (
    FINGERPRINT,
    PLACE,
    ROW_BITS,
    complete_by_order,
    count_changed_signs,
    finish,
    handle_copies,
    places,
)
from analytics.loading.lines import order_lines
from analytics.loading.lines.cleaning import without_copies, without_noise
from analytics.loading.lines.findings import add_assumed_pieces
from analytics.loading.lines.fingerprints import row_fingerprints
from analytics.loading.lines.mapping.date_fields import AmbiguousDates, DateFormats
from analytics.loading.lines.mapping.mapper import Mapper
from analytics.loading.lines.spool import Spool
from analytics.loading.reading import sources as reading
from analytics.loading.reading.database import HighWater
from analytics.loading.reading.rows import Rows
from analytics.loading.reading.sources import Progress
from analytics.loading.shaping.shape import Asked, last_step, shaped
from analytics.loading.side_files import extra_table, joined_rows, refuse_ragged
from analytics.loading.spec import REFUNDS, SINGLE, Join, Part, Spec, kind_of, mapped_columns
from analytics.profile import Profile
from analytics.quality import Quality

MADE = np.uint64(0x5DEECE66D)  # changes the fingerprint of a refund line, which is no copy of the line that was sold


@dataclass
class Tables:
    """A data set ready for the store.

    `lines` has one row for each order line; the index has no meaning. Its columns are the canonical fields that the
    data have, and `sale`, which is true for a line that was sold and false for a refund. order_id, line_id and customer
    are `str`, categories Categorical, "" where missing. ordered_at (one for each order) and posted_at (never missing
    where there is one) are datetime64[us] in the data set's zone. Numbers are float64, NaN where missing. Money is in
    the reporting currency (`currency` holds the original one) and a total of the line, except for unit_price and
    list_price. `extras` holds the tables of schema.EXTRA_TABLES that are declared, with the same types.
    """

    lines: pd.DataFrame
    extras: dict[str, pd.DataFrame] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    profile: Profile = field(default_factory=lambda: Profile("", ""))


@dataclass
class SpooledTables:
    """The same with the lines in a spool, which gives them one column at a time. `files` are the names of the files."""

    lines: Spool
    extras: dict[str, pd.DataFrame]
    quality: Quality
    profile: Profile
    files: tuple[str, ...] = ()
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the first source's dates, by field


def read(spec: Spec, sources: Path, progress: Progress | None = None, first: int = 0) -> Tables:
    """Read, clean and map a data set into memory. Files without rows give empty frames.

    `first`: about how many rows of each file are read, where not all.

    Every row of the sources is in `lines` or counted: rows read and added are rows kept, left out and combined.
    SourceError: a file or column is missing or cannot be read. DataError: values break what was declared.
    """
    with Spool() as spool:
        found = read_into(spool, spec, sources, progress, first=first)
        return Tables(spool.frame(), found.extras, found.quality, found.profile)


def read_into(
    spool: Spool,
    spec: Spec,
    sources: Path,
    progress: Progress | None = None,
    water: HighWater | None = None,
    complete: bool = True,
    first: int = 0,
    formats: Mapping[str, tuple[str, ...]] | None = None,
) -> SpooledTables:
    """The same into a spool, block by block, so that memory does not grow with the rows. From a database with a
    high-water mark only the rows beyond `water` are read.

    `formats`: those that dates of the first source have, by field, as an earlier load found them; AmbiguousDates where
    they have others.

    Where the lines are not `complete`, since others are to be added, the caller calls `finish` when they are.
    """
    load = _Load(spec, sources, progress or _no_progress, water, spool.folder, first)
    joined, quality = Quality(), Quality()
    load.read_joins(joined)
    dates = [DateFormats(dict(formats or {}), final=False) for _ in spec.parts]
    try:
        files = load.fill(spool, dates, quality)
    except AmbiguousDates:
        if formats is not None:
            raise
        dates = load.date_formats()
        spool.clear()
        quality = Quality()
        files = load.fill(spool, dates, quality)
    quality.add_files(joined.files)
    quality.findings += joined.findings
    load.progress("completing orders", 1, 1)
    spool.merge()
    where = places(spool, files)
    handle_copies(spec, spool, where, quality)
    count_changed_signs(spool, where, quality)
    complete_by_order(spec, spool, where, quality)
    profile = finish(spec, spool, files, quality) if complete else spec.profile
    extras = {}
    for table in spec.tables:
        load.progress(f"reading table {table.name}", 0, 1)
        extras[table.name] = extra_table(spec, table, sources, quality)
    return SpooledTables(spool, extras, quality, profile, files, dates[0].fitting | dates[0].settled)


def _no_progress(what: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass
class _Load:
    """One load of a data set: what is read, and the joined files. `folder` is for what memory does not hold; `first`:
    about how many rows of each file are read, where not all."""

    spec: Spec
    sources: Path
    progress: Progress
    water: HighWater | None
    folder: Path | None = None
    first: int = 0
    joins: list[tuple[Join, Rows]] = field(default_factory=list)
    led_to: dict[str, np.ndarray] = field(default_factory=dict)  # rows of joined files that keys lead to

    def read_joins(self, quality: Quality) -> None:
        """Read the joined files; what was left out of them is added to `quality`."""
        self.joins = [(join, joined_rows(join, self.spec, self.sources, quality)) for join in self.spec.joins]

    def fill(self, spool: Spool, formats: Sequence[DateFormats], quality: Quality) -> tuple[str, ...]:
        """Clean, shape and map every block of rows into the spool; the names of the files."""
        spec = self.spec
        files: tuple[str, ...] = ()
        for part, known in zip(spec.parts, formats, strict=True):
            before = 0
            names: tuple[str, ...] = ()
            for rows, prints in self._rows(part, quality, self.progress):
                mapper = self._mapper(part, rows, known, quality)
                lines = order_lines.mapped(spec, part, mapper, quality, before)
                self._note_joins(mapper, rows)
                before += len(rows)
                names = rows.files
                file = rows.file[lines.rows].astype("uint64") + np.uint64(len(files))
                place = (file << ROW_BITS) | rows.number[lines.rows].astype("uint64")
                of_lines = prints[lines.rows] ^ _marks_of_made(lines)
                spool.add({**lines.columns, FINGERPRINT: of_lines, PLACE: place}, len(lines.rows))
            add_assumed_pieces(part, before, quality)
            files += names
        refuse_ragged(quality, spec, "source")
        self._count_unused(quality)
        return files

    def _note_joins(self, mapper: Mapper, rows: Rows) -> None:
        """Keep which rows of the joined files were led to."""
        for join, _ in self._joins_of(rows):
            found = mapper.led_to(join.name)
            self.led_to[join.name] = found | self.led_to.get(join.name, False)

    def _count_unused(self, quality: Quality) -> None:
        """Count the rows of joined files whose money no line has: no key leads to them."""
        for join, rows in self.joins:
            if join.repeated_keys in ("sum", "each"):
                found = np.flatnonzero(~self.led_to.get(join.name, np.zeros(len(rows), bool)))
                columns = ", ".join(c for _, c in join.on)
                label = N_("rows of {file} whose {columns} no order has, not counted", file=join.name, columns=columns)
                quality.add(f"unused_{join.name}", label, "noticed", len(found), rows.examples(found))

    def _rows(
        self, part: Part, quality: Quality, progress: Progress | None = None
    ) -> Iterator[tuple[Rows, np.ndarray]]:
        """The rows of one source, cleaned, and one for each line; with their fingerprints."""
        spec, rules = self.spec, part.rules
        mapped = mapped_columns(rules) | _own_columns(part)
        raw = reading.blocks(
            part.source, self.sources, spec.path.parent, quality, progress, self.water, mapped, first=self.first
        )
        noiseless = (without_noise(rows, spec.cleaning, quality) for rows in raw)
        asked = self._asked(part, mapped)
        last = last_step(part.source.shape, asked)
        for rows in shaped(noiseless, part.source.shape, asked, quality):
            rows, prints = without_copies(rows, spec.cleaning, quality)
            if last is not None:
                rows = last(rows, quality)
                prints = row_fingerprints(rows.table)
            yield rows, prints

    def _asked(self, part: Part, mapped: frozenset[str]) -> Asked:
        """What shaping needs to know of one source."""
        order = part.fields["order_id"]
        replaces = bool(part.source.replace_by) and part.source.kind != "sql"
        return Asked(
            where=f"{self.spec.path.name}: source",
            strict=self.spec.cleaning.invalid_rows == "error",
            order=order.columns,
            key=partial(self._order_of, part) if order.columns and not part.source.shape.pivot else None,
            whole_orders=part.source.shape.first is not None
            or any(rule.order for rule in part.rules.values())
            or any(check.of_order for check in part.checks),
            replace=replaces,
            wanted=frozenset(n for n in mapped if n.partition(".")[0] not in {join.name for join, _ in self.joins}),
            folder=self.folder,
        )

    def _order_of(self, part: Part, rows: Rows) -> pa.Array:
        """The order of each row, or whatever else rows replace each other by."""
        mapper = Mapper(rows, part.fields, self.spec.path.name, self.spec.profile.time_zone)
        for join, other in self._joins_of(rows):
            mapper.join(join, other, Quality())
        return mapper.text("order_id")

    def date_formats(self) -> list[DateFormats]:
        """The formats of dates of each source, determined from all rows: a later block may settle what the first leaves
        open."""
        return [self._date_formats(part) for part in self.spec.parts]

    def _date_formats(self, part: Part) -> DateFormats:
        seen: dict[str, pa.Array] = {}
        formats = DateFormats()
        times = [
            name
            for name in part.rules
            if name in (f"{REFUNDS}.at", SINGLE[1]) or (name in part.fields and kind_of(name) == "time")
        ]
        for rows, _ in self._rows(part, Quality()):
            mapper = self._mapper(part, rows, formats, Quality())
            for name in times:
                if part.rules[name].formats or mapper.is_typed_time(name):
                    continue
                for _ in mapper.single_rows() if name in SINGLE else (None,):
                    texts = mapper.text(name).cast(pa.string())
                    seen[name] = pc.unique(pa.concat_arrays([seen[name], texts] if name in seen else [texts]))
        for name, texts in seen.items():
            mapper.date_formats(name, texts.to_numpy(zero_copy_only=False))
        return formats

    def _mapper(self, part: Part, rows: Rows, formats: DateFormats, quality: Quality) -> Mapper:
        spec = self.spec
        digits = get_currency_precision(spec.profile.currency)
        mapper = Mapper(rows, part.rules, spec.path.name, spec.profile.time_zone, formats=formats, digits=digits)
        for join, other in self._joins_of(rows):
            mapper.join(join, other, quality)
        return mapper

    def _joins_of(self, rows: Rows) -> list[tuple[Join, Rows]]:
        """The joined files of one source: of several sources, those whose keys it has."""
        if not self.spec.others:
            return self.joins
        names = set(rows.table.column_names) | {join.name for join, _ in self.joins}
        return [
            (join, other)
            for join, other in self.joins
            if all(ours in names or ours.partition(".")[0] in names for ours, _ in join.on)
        ]


def _marks_of_made(lines: order_lines.Lines) -> np.ndarray:
    """For each line what its fingerprint differs by from that of its row: 0 for the line that was sold, and another
    number for each refund that was made of it."""
    marks = np.zeros(len(lines.rows), "uint64")
    made = np.flatnonzero(lines.made)
    marks[made] = (
        pd.Series(lines.rows[made]).groupby(lines.rows[made]).cumcount().to_numpy("uint64") + np.uint64(1)
    ) * MADE
    return marks


def _own_columns(part: Part) -> set[str]:
    """Columns that shaping and refunds need besides those of the fields."""
    shape = part.source.shape
    conditions = (*shape.keep, *shape.drop, *(pair for together in shape.drop_where for pair in together))
    first = {*shape.first.by, shape.first.at} if shape.first else set()
    return first | {column for column, _ in conditions} | {part.refunds.column} - {""}
