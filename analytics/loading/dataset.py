"""A declared data set → its order lines, extra tables, and the report of what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from babel.numbers import get_currency_precision

from analytics.loading import returned_goods
from analytics.loading.lines import findings, order_dates, order_lines
from analytics.loading.lines.cleaning import (
    COPIES_DROPPED,
    COPIES_KEPT,
    IN_OTHER_FILE,
    OVERLAP_DROPPED,
    without_copies,
    without_noise,
)
from analytics.loading.lines.date_fields import AmbiguousDates, DateFormats
from analytics.loading.lines.fingerprints import in_other_file, is_in, repeated, row_fingerprints
from analytics.loading.lines.mapping import Mapper
from analytics.loading.lines.spool import INTERNAL, Spool
from analytics.loading.reading import sources as reading
from analytics.loading.reading.database import HighWater
from analytics.loading.reading.rows import Rows
from analytics.loading.reading.sources import Progress
from analytics.loading.shaping.shape import Asked, last_step, shaped
from analytics.loading.side_files import extra_table, joined_rows, refuse_ragged
from analytics.loading.spec import REFUNDS, SINGLE, Join, Part, Spec, kind_of, mapped_columns
from analytics.profile import Profile
from analytics.quality import MOST_EXAMPLES, Quality
from analytics.selection import Clause, Selection

# Columns of the spool that are no fields: of each line the fingerprint of its row, and the place of its row.
FINGERPRINT = f"{INTERNAL}fingerprint"
PLACE = f"{INTERNAL}place"
MADE = np.uint64(0x5DEECE66D)  # changes the fingerprint of a refund line, which is no copy of the line that was sold
ROW_BITS = np.uint64(40)  # the low bits of a place hold the row's number, the bits above them the file's position


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
) -> SpooledTables:
    """The same into a spool, block by block, so that memory does not grow with the rows. From a database with a
    high-water mark only the rows beyond `water` are read.

    Where the lines are not `complete`, since others are to be added, the caller calls `finish` when they are.
    """
    load = _Load(spec, sources, progress or _no_progress, water, spool.folder, first)
    joined, quality = Quality(), Quality()
    load.read_joins(joined)
    try:
        files = load.fill(spool, [DateFormats(final=False) for _ in spec.parts], quality)
    except AmbiguousDates:
        formats = load.date_formats()
        spool.clear()
        quality = Quality()
        files = load.fill(spool, formats, quality)
    quality.add_files(joined.files)
    quality.findings += joined.findings
    load.progress("completing orders", 1, 1)
    spool.merge()
    _handle_copies(spec, spool, places(spool, files), quality)
    _count_changed_signs(spool, places(spool, files), quality)
    _complete_by_order(spec, spool, places(spool, files), quality)
    profile = finish(spec, spool, files, quality) if complete else spec.profile
    extras = {}
    for table in spec.tables:
        load.progress(f"reading table {table.name}", 0, 1)
        extras[table.name] = extra_table(spec, table, sources, quality)
    return SpooledTables(spool, extras, quality, profile, files)


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
                label = f"rows of {join.name} whose {' and '.join(c for _, c in join.on)} no order has, not counted"
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


def finish(spec: Spec, lines: Spool, files: tuple[str, ...], quality: Quality) -> Profile:
    """What can be determined only from all lines: which goods came back, one date for each order, and findings. Counts
    the lines kept. The profile, which says the days of nearly all orders where a few lie far away.

    An order has the earliest date of its sale lines. A line with another date keeps it as posted_at (which then exists
    for every line) and is counted as changed. A missing posted_at becomes the order's date.
    """
    where = places(lines, files)
    returned_goods.settle(spec, lines, where, quality)
    own = lines.values("ordered_at")
    order = lines.texts("order_id")[0]
    ordered = order_dates.dates_of_orders(order, own, lines.values("sale"))
    late = order_dates.sold_for_long(order, own, lines.values("sale"))
    label = (
        "sale lines more than 45 days after the first of their order, which all count on its first day: if order_id "
        'names a contract here, make one of it and the date (columns = ["order_id", "date"])'
    )
    quality.add("order_sold_for_long", label, "noticed", len(late), _with_dates(late, own, ordered, where))
    moved = np.flatnonzero(ordered != own)
    if len(moved):
        label = "lines with another date than their order: the order has the earliest, the line keeps its own as posted"
        quality.add("order_with_two_dates", label, "changed", len(moved), _with_dates(moved, own, ordered, where))
        lines.replace("ordered_at", ordered)
        if "posted_at" not in lines:
            lines.replace("posted_at", own)
    if "posted_at" in lines:
        posted = lines.values("posted_at")
        lines.replace("posted_at", np.where(np.isnat(posted), ordered, posted))
    usual = order_dates.usual_days(ordered)
    if usual:
        _count_far(ordered, usual, where, quality)
    del own, ordered, order
    findings.add_findings(spec, lines, where, quality)
    _add_selections(lines, files, quality)
    quality.rows_kept = len(lines)
    return spec.profile.of_days(*map(str, usual)) if usual else spec.profile


def _count_far(
    ordered: np.ndarray, usual: tuple[np.datetime64, np.datetime64], where: findings.Places, quality: Quality
) -> None:
    """Count the lines far from the days of nearly all others."""
    day = ordered.astype("datetime64[D]")
    far = np.flatnonzero((day < usual[0]) | (day > usual[1]))
    label = (
        f"lines dated far from all others, which are of {usual[0]} to {usual[1]}: they are kept, but ranges such as "
        "the last 30 days, and the view that opens first, leave them aside"
    )
    shown = far[:MOST_EXAMPLES]
    examples = [f"{place}: {day[i]}" for place, i in zip(where(shown), shown, strict=True)]
    quality.add("far_date", label, "noticed", len(far), examples)


def _add_selections(lines: Spool, files: tuple[str, ...], quality: Quality) -> None:
    """Add to each finding the selections that hold the lines of its examples: their orders."""
    known = {name: at for at, name in enumerate(files)}
    place_of = {}
    for text in {place for finding in quality.findings for place in finding.places}:
        file, _, row = text.rpartition(":")
        if file in known and row.isdecimal():
            place_of[text] = (known[file] << int(ROW_BITS)) | int(row)
    if not place_of or not len(lines):
        return
    made = lines.values(PLACE)
    rows = np.flatnonzero(np.isin(made, np.fromiter(place_of.values(), "uint64", len(place_of))))
    first = {int(place): int(row) for place, row in zip(made[rows][::-1], rows[::-1], strict=True)}
    del made
    codes, orders = lines.texts("order_id")
    query_of = {
        int(row): Selection(clauses=(Clause("order_id", (orders[codes[row]].as_py(),)),)).to_query() for row in rows
    }
    for finding in quality.findings:
        finding.opens = [query_of.get(first.get(place_of.get(p, -1), -1), "") for p in finding.places]


def _with_dates(found: np.ndarray, own: np.ndarray, ordered: np.ndarray, where: findings.Places) -> list[str]:
    """Examples of lines, each with its date and that of its order."""
    shown = found[:MOST_EXAMPLES]
    return [f"{place}: {own[i]}, the order {ordered[i]}" for place, i in zip(where(shown), shown, strict=True)]


def places(lines: Spool, files: tuple[str, ...]) -> findings.Places:
    """A function that says where lines come from: 'march.csv:17'."""

    def of_lines(rows: np.ndarray) -> list[str]:
        found = lines.values_at(PLACE, rows)
        return [f"{files[int(p >> ROW_BITS)]}:{int(p) & ((1 << int(ROW_BITS)) - 1)}" for p in found]

    return of_lines


def _handle_copies(spec: Spec, lines: Spool, where: findings.Places, quality: Quality) -> None:
    """Drop or count copies of a row of an earlier block, by fingerprint. Copies within a block are handled already."""
    prints = lines.values(FINGERPRINT)
    if spec.cleaning.exact_duplicates == "overlap":
        other = in_other_file(prints, lines.values(PLACE) >> ROW_BITS)
        found = np.flatnonzero(other)
        quality.add(IN_OTHER_FILE, OVERLAP_DROPPED, "left out", len(found), where(found[:MOST_EXAMPLES]))
        if len(found):
            lines.keep(~other)
            prints = prints[~other]
    alike = np.flatnonzero(is_in(prints, repeated(prints)))
    if not len(alike):
        return
    again = alike[pd.Series(prints[alike]).duplicated().to_numpy()]
    if spec.cleaning.exact_duplicates == "drop":
        quality.add("exact_duplicate", COPIES_DROPPED, "left out", len(again), where(again[:MOST_EXAMPLES]))
        keep = np.ones(len(lines), bool)
        keep[again] = False
        lines.keep(keep)
        return
    known = next((f for f in quality.findings if f.reason == "exact_duplicate"), None)
    more = len(again) - (known.rows if known else 0)  # these include duplicates within a block
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", more, [] if known else where(again[:MOST_EXAMPLES]))


def _complete_by_order(spec: Spec, lines: Spool, where: findings.Places, quality: Quality) -> None:
    """Give lines the fields of their order that their source lacks and another has: a refund of a second file is of
    the order's customer, city and channel."""
    lacking = [
        name
        for name in spec.field_names
        if spec.profile.fields[name].level != "line"
        and lines.is_text(name)
        and not all(name in part.fields for part in spec.parts)
    ]
    if not lacking or not len(lines):
        return
    order, _ = lines.texts("order_id")
    changed = np.zeros(len(lines), bool)
    for name in lacking:
        codes, texts = lines.texts(name)
        empty = pc.index(texts, "").as_py()
        known = np.flatnonzero(codes != empty)[::-1]
        of_order = np.full(int(order.max()) + 1, empty, "int32")
        of_order[order[known]] = codes[known]  # the last of several assignments wins: the first line that has it
        given = (codes == empty) & (of_order[order] != empty)
        if given.any():
            lines.recode(name, np.where(given, of_order[order], codes).astype("int32"))
            changed |= given
    rows = np.flatnonzero(changed)
    label = "lines whose source lacks fields of the order, such as its channel: they have those of its other lines"
    quality.add("completed_by_order", label, "changed", len(rows), where(rows[:MOST_EXAMPLES]))


def _count_changed_signs(lines: Spool, where: findings.Places, quality: Quality) -> None:
    if order_lines.SIGN_CHANGED not in lines:
        return  # no row was read
    found = np.flatnonzero(lines.values(order_lines.SIGN_CHANGED))
    quality.add("refund_sign", returned_goods.TURNED, "changed", len(found), where(found[:MOST_EXAMPLES]))
