"""Columns → canonical fields, by the rules of the TOML. Every value that cannot be read is named with its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import SourceError, did_you_mean
from analytics.language import N_
from analytics.loading.formula import Formula, Name
from analytics.loading.lines.mapping import order_money
from analytics.loading.lines.mapping.date_fields import DateField, DateFormats, from_zones
from analytics.loading.lines.mapping.joined_files import JoinedFiles
from analytics.loading.lines.mapping.texts import after, one_spelling, rewritten
from analytics.loading.lines.values import (
    LARGEST,
    as_coded,
    as_numbers,
    as_times,
    coded_column,
    first_filled,
    joined,
    joined_key,
    sums_of_matches,
)
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import FIRST_YEAR, LAST_YEAR, Join, Rule
from analytics.loading.written import dates, money
from analytics.quality import Quality
from analytics.schema import FIELDS

IDS = frozenset(field.name for field in FIELDS.values() if field.kind == "id")

DATE_FAULTS = {
    "day": N_("a day or time that does not exist"),
    "year": N_("a day before {first} or after {last}", first=str(FIRST_YEAR), last=str(LAST_YEAR)),
}


@dataclass
class Unreadable:
    """The rows on which one field has a value that cannot be read."""

    field: str
    column: str
    mask: np.ndarray
    problem: str
    values: pa.Array | None
    fault: str = ""  # the kind of the problem, where a field has several kinds

    @property
    def reason(self) -> str:
        """The reason under which the rows are counted."""
        return f"bad_{self.field}_{self.fault}" if self.fault in DATE_FAULTS else f"bad_{self.field}"


@dataclass
class Differing:
    """The rows on which a value that should be the order's is another one than on the order's first row."""

    field: str
    column: str
    mask: np.ndarray


@dataclass
class Mapper:
    """Reads fields from rows.

    `owner` names the TOML in messages. `unreadable` and `differing` collect the values that cannot be read, or not as
    one of the order, for the caller to judge. `formats` carries what is known of dates from one block of rows to the
    next. `digits` are the decimals of the currency. Fields of orders need all rows of an order.
    """

    rows: Rows
    rules: dict[str, Rule]
    owner: str
    time_zone: str
    section: str = "fields"
    formats: DateFormats = field(default_factory=DateFormats)
    unreadable: list[Unreadable] = field(default_factory=list)
    differing: list[Differing] = field(default_factory=list)
    digits: int = 2
    _joined: JoinedFiles = field(default_factory=JoinedFiles)
    _numbers: dict[str, np.ndarray] = field(default_factory=dict)
    _extracted: dict[tuple[str, str], pa.Array] = field(default_factory=dict)
    _orders: np.ndarray | None = None

    def join(self, join: Join, other: Rows, quality: Quality) -> None:
        """Make the columns of `other` available as `<name>.<column>`.

        A row whose key is not in `other` has empty values there, and is counted unless its key is empty. DataError
        where a key leads to several rows and the TOML does not allow that.
        """
        where = self._where(join.name, "on", section="join")
        keys = joined_key([self.column(c, where) for c, _ in join.on])
        missing = self._joined.add(join, other, keys, where)
        columns = ", ".join(c for c, _ in join.on)
        label = N_("rows whose {columns} is not in {file}, kept", columns=columns, file=join.name)
        shown = keys if self.rows.mapped.issuperset(c for c, _ in join.on) else None
        quality.add(f"unmatched_{join.name}", label, "noticed", len(missing), self.rows.examples(missing, shown))

    def single_rows(self) -> Iterator[None]:
        """Once for each row that a key has in the joined files of which each row counts: columns of such a file are
        then those of that row, and missing where a key has fewer."""
        for _ in self._joined.single_rows():
            self._extracted.clear()
            yield

    def led_to(self, join: str) -> np.ndarray:
        """Which rows of a joined file keys of these rows lead to."""
        return self._joined.led_to(join)

    def column(self, name: str, where: str) -> pa.Array:
        """A column of the rows or, as `<join>.<column>`, of a joined file. SourceError where there is none."""
        if name in self.rows.table.schema.names:
            return self.rows.column(name, where)
        found = self._joined.column(name, where)
        if found is not None:
            return found
        known = [*self.rows.table.column_names, *self._joined.columns()]
        raise SourceError(
            N_("there is no column {name} in {file}.", name=repr(name), file=", ".join(self.rows.files[:3])),
            where=where,
            hint=did_you_mean(name, known),
        )

    def text(self, name: str) -> pa.DictionaryArray:
        """A field as a coded column, "" where missing; a text may have several codes."""
        rule = self.rules[name]
        if rule.constant is not None:
            return coded_column(np.zeros(len(self.rows), "int32"), pa.array([rule.constant], pa.string()))
        return after(rule.prefix, self._own_text(name, rule))

    def _own_text(self, name: str, rule: Rule) -> pa.DictionaryArray:
        """The texts of a field that is no constant, without its prefix."""
        if rule.row:
            return coded_column(np.arange(len(self.rows), dtype="int32"), self.rows.numbers())
        if rule.from_file:
            return self._rewritten(coded_column(self.rows.file, pa.array(self.rows.files, pa.string())), rule)
        where = self._where(name)
        columns = [as_coded(self.column(c, where)) for c in rule.columns]
        texts = self._rewritten(first_filled(columns) if rule.first else joined(columns, rule.separator), rule)
        if name in IDS:
            return coded_column(np.asarray(texts.indices), one_spelling(texts.dictionary))
        return texts

    def _rewritten(self, values: pa.DictionaryArray, rule: Rule) -> pa.DictionaryArray:
        """The texts after the rule's regex, map, case and default."""
        texts = self._extract(values.dictionary, rule) if rule.regex else values.dictionary
        texts = rewritten(texts, rule)
        return values if texts is values.dictionary else coded_column(np.asarray(values.indices), texts)

    def number(self, name: str) -> np.ndarray:
        """A field as float64, NaN where missing."""
        if name not in self._numbers:
            rule = self.rules[name]
            self._numbers[name] = np.empty(0)  # so that fields computed from each other are recognised
            values = self._order_value(name, rule) if rule.order else self._line_value(name, rule)
            if rule.default is not None and (rule.order or rule.compute):
                values = np.where(np.isnan(values), float(rule.default), values)
            self._numbers[name] = self._share(name, rule, values) if rule.order else values
        return self._numbers[name]

    def _line_value(self, name: str, rule: Rule) -> np.ndarray:
        if rule.compute:
            values = rule.compute.value(lambda operand: self._operand(operand, name), len(self.rows))
        else:
            values = self._given(name, rule)
        return self._multiplied(values, name, rule)

    def _given(self, name: str, rule: Rule) -> np.ndarray:
        """The number that stands in the rule's columns."""
        shown = ", ".join(rule.columns) or "constant"
        if rule.every:
            return self._added_up(name, rule, shown)
        if rule.sum or (rule.first and not (rule.regex or rule.replace or rule.map)):
            return self._of_several(name, rule)
        if len(rule.columns) == 1 and not (rule.regex or rule.replace or rule.map):
            default = None if rule.order else rule.default
            return self._parsed(self.column(rule.columns[0], self._where(name)), name, shown, default)
        return self._parsed(self.text(name), name, shown)

    def _added_up(self, name: str, rule: Rule, shown: str) -> np.ndarray:
        """The sum of all that the rule's pattern finds in each cell."""
        cells = joined([as_coded(self.column(c, self._where(name))) for c in rule.columns], rule.separator)
        source = self.rows.source
        sums, wrong = sums_of_matches(cells.dictionary, rule.regex, rule.group, source.decimal, source.thousands)
        codes = np.asarray(cells.indices)
        if wrong[codes].any():
            problem = N_("not numbers that can be added up")
            self.unreadable.append(Unreadable(name, shown, wrong[codes], problem, cells))
        return np.asarray(sums[codes])

    def _multiplied(self, values: np.ndarray, name: str, rule: Rule) -> np.ndarray:
        """The values times the rule's formula. A value that is to be multiplied by what is missing is unreadable."""
        if rule.times is None:
            return values
        read = self._of_order if rule.order else self._operand
        factors = rule.times.value(lambda operand: read(operand, name), len(self.rows))
        lost = np.isnan(factors) & ~np.isnan(values) & (values != 0)
        if lost.any():
            problem = N_("to be multiplied by {formula}, which is missing", formula=rule.times.text)
            self.unreadable.append(Unreadable(name, ", ".join(rule.columns), lost, problem, None))
        return np.where(values == 0, 0.0, values * factors)

    def _of_several(self, name: str, rule: Rule) -> np.ndarray:
        """The sum of several columns, or the first of them that is filled; missing where all are."""
        found = np.full(len(self.rows), np.nan)
        for column in rule.columns:
            values = self._parsed(self.column(column, self._where(name)), name, column)
            other = found + values if rule.sum else found
            found = np.where(np.isnan(found), values, np.where(np.isnan(values), found, other))
        return found if rule.default is None else np.where(np.isnan(found), float(rule.default), found)

    def of_order(self, name: str) -> np.ndarray:
        """The value that a field of orders has for each row's order, before lines have their shares."""
        return self._order_value(name, self.rules[name])

    def _order_value(self, name: str, rule: Rule) -> np.ndarray:
        """The value of each row's order."""
        if rule.compute:
            values = rule.compute.value(lambda operand: self._of_order(operand, name), len(self.rows))
        else:
            values = self._once(self._given(name, rule), name, rule.columns[0])
        return self._multiplied(values, name, rule)

    def _of_order(self, operand: Name, name: str) -> np.ndarray:
        """The numbers of a name in a formula of the order."""
        return self._once(self._operand(operand, name), name, operand.name)

    def _once(self, values: np.ndarray, name: str, column: str) -> np.ndarray:
        spread, differs = order_money.once(values, self.orders())
        if differs.any():
            self.differing.append(Differing(name, column, differs))
        return spread

    def _share(self, name: str, rule: Rule, values: np.ndarray) -> np.ndarray:
        """Each row's share in the value of its order."""
        if rule.by:
            weights = rule.by.value(lambda operand: self._operand(operand, name), len(self.rows))
        else:
            weights = self._operand(Name("amount", False), name)
        return order_money.shared(values, weights, self.orders(), self.digits)

    def value(self, formula: Formula, where: str) -> np.ndarray:
        """A formula of fields and columns for each row, which is none of a field; `where` is its place in the TOML."""
        return formula.value(lambda operand: self._operand(operand, where), len(self.rows))

    def orders(self) -> np.ndarray:
        """The number of each row's order among these rows, from 0."""
        if self._orders is None:
            text = self.text("order_id")
            used, codes = np.unique(np.asarray(text.indices), return_inverse=True)
            distinct = text.dictionary.take(pa.array(used)).dictionary_encode()
            self._orders = np.asarray(distinct.indices)[codes]
        return self._orders

    def written_currency(self, name: str) -> pa.DictionaryArray | None:
        """The currency that stands beside each number of a field, as an ISO code; None where none stands there."""
        rule = self.rules[name]
        columns = rule.columns or tuple(n.name for n in (rule.compute.names if rule.compute else ()))
        for column in columns:
            if column in self.rows.table.column_names and self.rows.table.column(column).type == CODED_TEXT:
                values = self.rows.table.column(column).combine_chunks()
                codes = money.currencies(values.dictionary)
                if pc.any(pc.not_equal(codes, "")).as_py():
                    return coded_column(np.asarray(values.indices), codes)
            elif column in self.rules and column != name:
                found = self.written_currency(column)
                if found is not None:
                    return found
        return None

    def time(self, name: str) -> np.ndarray:
        """A field as datetime64[us] in the data set's zone, NaT where missing."""
        rule = self.rules[name]
        if self.is_typed_time(name):
            return as_times(self.column(rule.columns[0], self._where(name)), self.time_zone)
        texts = self.text(name)
        formats, found, wrong = self._dates(name).times(texts)
        for fault, rows in self._dates(name).faults(texts, formats, wrong):
            problem = DATE_FAULTS.get(fault) or N_("not a date like {formats}", formats=", ".join(map(repr, formats)))
            self.unreadable.append(Unreadable(name, ", ".join(rule.columns), rows, problem, texts, fault))
        if rule.local_to:
            found = dates.in_zone(found, rule.local_to, self.time_zone)
        if not rule.zone:
            return found
        zones = as_coded(self.column(rule.zone, self._where(name, "zone")))
        moved, unknown = from_zones(found, zones, self.time_zone)
        if unknown.any():
            self.unreadable.append(Unreadable(name, rule.zone, unknown, N_("not the name of a time zone"), zones))
        return moved

    def is_typed_time(self, name: str) -> bool:
        """Whether a time field comes from a column that holds times already."""
        rule = self.rules[name]
        if len(rule.columns) != 1 or rule.regex or rule.map:
            return False
        kind = self.column(rule.columns[0], self._where(name)).type
        return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))

    def date_formats(self, name: str, texts: np.ndarray) -> tuple[str, ...]:
        """The format of a field's dates: see `DateField.formats`."""
        return self._dates(name).formats(texts)

    def _dates(self, name: str) -> DateField:
        return DateField(name, self.rules[name], self.time_zone, self._where(name), self.formats)

    def place(self, name: str) -> str:
        """Where the TOML has the rule of a field, for messages."""
        return self._where(name)

    def _where(self, name: str, *keys: str, section: str = "") -> str:
        inside = section or self.section
        path = (name, *keys) if "." in name else (inside, name, *keys)
        return f"{self.owner}: {'.'.join(path)}"

    def _operand(self, operand: Name, name: str) -> np.ndarray:
        """The numbers of a name in the formula of the field `name`: a field or else a column."""
        if not operand.bracketed and operand.name in self.rules and operand.name != name:
            values = self.number(operand.name)
            if len(values) != len(self.rows):
                raise SourceError(
                    N_("{one} and {other} are computed from each other.", one=repr(operand.name), other=repr(name)),
                    where=self._where(name),
                )
            return values
        column = self.column(operand.name, self._where(name, "compute"))
        return self._parsed(column, name, operand.name)

    def _parsed(self, column: pa.Array, name: str, shown: str, default: str | None = None) -> np.ndarray:
        source = self.rows.source
        values, wrong = as_numbers(column, source.decimal, source.thousands)
        if wrong.any():
            problem = N_(
                "not a number (decimal sign {decimal}, thousands sign {thousands}), or larger than {most}",
                decimal=repr(source.decimal),
                thousands=repr(source.thousands or "none"),
                most=f"{LARGEST:g}",
            )
            self.unreadable.append(Unreadable(name, shown, wrong, problem, column))
        return values if default is None else np.where(np.isnan(values) & ~wrong, float(default), values)

    def _extract(self, texts: pa.Array, rule: Rule) -> pa.Array:
        """The group of the rule's pattern in each text, "" where it does not match. Fields of one pattern share a
        search."""
        key = ("\0".join(rule.columns), rule.regex)
        if key not in self._extracted:
            self._extracted[key] = pc.extract_regex(texts, rule.regex)
        return pc.fill_null(pc.struct_field(self._extracted[key], [rule.group]), "")
