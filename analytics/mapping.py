"""Columns → canonical fields, by the rules of the TOML. Every value that cannot be read is named with its row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics import dates
from analytics.errors import DataError, SourceError, did_you_mean
from analytics.formula import Name
from analytics.quality import Quality
from analytics.sources import Rows
from analytics.spec import Join, Rule

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


@dataclass
class Bad:
    """Rows of one field whose value cannot be read."""

    field: str
    column: str
    mask: np.ndarray
    problem: str
    values: pa.ChunkedArray | None


@dataclass
class Mapper:
    """Reads fields from rows.

    `owner` names the TOML in messages; `bad` collects what cannot be read, for the caller to judge.
    """

    rows: Rows
    rules: dict[str, Rule]
    owner: str
    time_zone: str
    section: str = "fields"
    bad: list[Bad] = field(default_factory=list)
    _joined: dict[str, tuple[Rows, np.ndarray]] = field(default_factory=dict)
    _numbers: dict[str, np.ndarray] = field(default_factory=dict)
    _regexes: dict[tuple[str, str], pa.ChunkedArray] = field(default_factory=dict)

    def join(self, join: Join, other: Rows, quality: Quality) -> None:
        """Offer the columns of `other` as `<name>.<column>`.

        A row whose key is not there has empty values and is counted.
        """
        where = f"{self.owner}: join.{join.name}.on"
        left = _key([self.column(c, where) for c, _ in join.on])
        right = _key([_own_column(other, c, where) for _, c in join.on])
        repeated = pd.Series(right.to_pandas()).duplicated().to_numpy()
        if repeated.any() and join.repeated_keys == "error":
            examples = "; ".join(other.examples(np.flatnonzero(repeated)))
            raise DataError(
                f"{int(repeated.sum())} rows repeat a key: {examples}.",
                where=where,
                hint='A key leads to one row. Correct the file, or say repeated_keys = "first".',
            )
        kept = other.where(~repeated)
        found = pc.index_in(left, right.filter(pa.array(~repeated)))
        at = pc.fill_null(found, -1).to_numpy().astype("int64")
        missing = np.flatnonzero(at < 0)
        label = f"rows whose {' and '.join(c for c, _ in join.on)} is not in {join.name}, kept"
        quality.add(f"unmatched_{join.name}", label, "noticed", len(missing), self.rows.examples(missing, left))
        self._joined[join.name] = (kept, at)

    def column(self, name: str, where: str) -> pa.ChunkedArray:
        """A column of the rows or, as `join.column`, of a joined file."""
        if name in self.rows.table.column_names:
            return _own_column(self.rows, name, where)
        prefix, _, rest = name.partition(".")
        if rest and prefix in self._joined:
            other, at = self._joined[prefix]
            values = _own_column(other, rest, where)
            taken = values.take(pa.array(at, mask=at < 0))
            return pc.fill_null(taken, "") if pa.types.is_string(taken.type) else taken
        known = list(self.rows.table.column_names)
        for join, (other, _) in self._joined.items():
            known += [f"{join}.{c}" for c in other.table.column_names]
        raise SourceError(
            f"no column {name!r} in {', '.join(self.rows.files[:3])}.", where=where, hint=did_you_mean(name, known)
        )

    def text(self, name: str) -> pa.ChunkedArray:
        """A field as text, "" where missing."""
        rule, where = self.rules[name], f"{self.owner}: {self.section}.{name}"
        if rule.constant is not None:
            return pa.chunked_array([pa.repeat(pa.scalar(rule.constant), len(self.rows))], pa.string())
        if rule.row:
            return self.rows.numbers()
        parts = [as_text(self.column(c, where)) for c in rule.columns]
        values = parts[0] if len(parts) == 1 else _concatenated(parts, rule.separator)
        if rule.regex:
            values = self._extracted(values, rule)
        if rule.map:
            values = _mapped(values, rule.map)
        if rule.case:
            values = {
                "upper": pc.utf8_upper,
                "lower": pc.utf8_lower,
                "title": pc.utf8_title,
                "capitalize": pc.utf8_capitalize,
            }[rule.case](values)
        if rule.default is not None:
            values = pc.if_else(pc.equal(values, ""), rule.default, values)
        return values

    def number(self, name: str) -> np.ndarray:
        """A field as float64, NaN where missing."""
        if name not in self._numbers:
            rule = self.rules[name]
            if rule.compute:
                self._numbers[name] = np.empty(0)  # guards against a circle
                self._numbers[name] = rule.compute.value(lambda n: self._operand(n, name), len(self.rows))
                if rule.default is not None:
                    self._numbers[name] = np.where(
                        np.isnan(self._numbers[name]), float(rule.default), self._numbers[name]
                    )
            elif len(rule.columns) == 1 and not (rule.regex or rule.map):
                column = self.column(rule.columns[0], f"{self.owner}: {self.section}.{name}")
                self._numbers[name] = self._parsed(column, name, rule.columns[0], rule.default)
            else:
                self._numbers[name] = self._parsed(self.text(name), name, ", ".join(rule.columns) or "constant")
        return self._numbers[name]

    def time(self, name: str) -> np.ndarray:
        """A field as datetime64[us] in the data set's zone, NaT where missing."""
        rule, where = self.rules[name], f"{self.owner}: {self.section}.{name}"
        if len(rule.columns) == 1 and not (rule.regex or rule.map):
            column = self.column(rule.columns[0], where)
            if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
                return _moments(column, self.time_zone)
        texts = self.text(name)
        codes, unique = _uniques(texts)
        formats = rule.formats or self._evident(unique, where, rule)
        found = dates.parse(unique, formats, self.time_zone)[codes]
        wrong = np.isnat(found) & pc.not_equal(texts, "").to_numpy()
        if wrong.any():
            self.bad.append(
                Bad(name, ", ".join(rule.columns), wrong, f"not a date like {' or '.join(map(repr, formats))}", texts)
            )
        return found

    def _evident(self, texts: np.ndarray, where: str, rule: Rule) -> tuple[str, ...]:
        filled = [t for t in texts if t]
        formats = dates.fitting(filled, self.time_zone)
        if len(formats) == 1 or not filled:
            return tuple(formats)
        column = ", ".join(rule.columns)
        examples = ", ".join(repr(t[:40]) for t in filled[:5])
        if formats:
            raise DataError(
                f"the dates of column {column!r} can be read as {' and as '.join(map(repr, formats))}: {examples}.",
                where=where,
                hint=f'Say which: format = "{formats[0]}".',
            )
        raise DataError(
            f"the dates of column {column!r} are of no one known format: {examples}.",
            where=where,
            hint='Say it: format = "%d/%m/%Y %H:%M".',
        )

    def _operand(self, name: Name, asking: str) -> np.ndarray:
        if not name.bracketed and name.name in self.rules and name.name != asking:
            values = self.number(name.name)
            if len(values) != len(self.rows):
                raise SourceError(
                    f"{name.name!r} and {asking!r} are computed from each other.",
                    where=f"{self.owner}: {self.section}.{asking}",
                )
            return values
        column = self.column(name.name, f"{self.owner}: {self.section}.{asking}.compute")
        return self._parsed(column, asking, name.name)

    def _parsed(self, column: pa.ChunkedArray, name: str, shown: str, default: str | None = None) -> np.ndarray:
        source = self.rows.source
        values, wrong = as_numbers(column, source.decimal, source.thousands)
        if wrong.any():
            hint = f"not a number (decimal sign {source.decimal!r}, thousands {source.thousands or 'none'!r})"
            self.bad.append(Bad(name, shown, wrong, hint, column))
        return values if default is None else np.where(np.isnan(values) & ~wrong, float(default), values)

    def _extracted(self, values: pa.ChunkedArray, rule: Rule) -> pa.ChunkedArray:
        key = ("\0".join(rule.columns), rule.regex)
        if key not in self._regexes:
            self._regexes[key] = pc.extract_regex(values, rule.regex)
        return pc.fill_null(pc.struct_field(self._regexes[key], [rule.group]), "")


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Any column as text, "" where missing; whole floats without ".0"."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy()
        filled = numbers[np.isfinite(numbers)]
        if (filled == np.floor(filled)).all() and (np.abs(filled) < 2**53).all():
            column = pa.chunked_array(
                [pa.array(np.where(np.isfinite(numbers), numbers, 0).astype("int64"), mask=~np.isfinite(numbers))]
            )
    return pc.fill_null(column.cast(pa.string()), "")


def as_numbers(column: pa.ChunkedArray, decimal: str = ".", thousands: str = "") -> tuple[np.ndarray, np.ndarray]:
    """float64 and a mask of texts that are no number. A currency sign around a number is ignored; (12.50) is −12.50."""
    if not pa.types.is_string(column.type):
        if pa.types.is_boolean(column.type) or not (
            pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
        ):
            return np.full(len(column), np.nan), np.asarray(pc.is_valid(column))
        values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype="float64")
        return np.where(np.isfinite(values), values, np.nan), np.zeros(len(column), bool)
    texts = column
    if thousands:
        texts = pc.replace_substring(texts, thousands, "")
    if decimal != ".":
        texts = pc.replace_substring(texts, decimal, ".")
    fits = pc.match_substring_regex(texts, _NUMBER)
    empty = pc.equal(column, "")
    if not pc.all(pc.or_(fits, empty)).as_py():
        plain = pc.replace_substring_regex(texts, r"^\((.*)\)$", r"-\1")
        plain = pc.replace_substring_regex(plain, r"^([+-]?)[\s\p{Sc}]+", r"\1")
        texts = pc.replace_substring_regex(plain, r"[\s\p{Sc}]+$", "")
        fits = pc.match_substring_regex(texts, _NUMBER)
    values = pc.if_else(fits, pc.replace_substring_regex(texts, r"^\+", ""), None).cast(pa.float64()).to_numpy()
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan), ~finite & ~np.asarray(empty)


def _own_column(rows: Rows, name: str, where: str) -> pa.ChunkedArray:
    if name in rows.lacking:
        raise SourceError(f"no column {name!r} in {rows.lacking[name]}, though other files have it.", where=where)
    if name not in rows.table.column_names:
        raise SourceError(
            f"no column {name!r} in {', '.join(rows.files[:3])}.",
            where=where,
            hint=did_you_mean(name, rows.table.column_names),
        )
    return rows.table.column(name)


def _key(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    texts = [as_text(c) for c in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")


def _concatenated(parts: list[pa.ChunkedArray], separator: str) -> pa.ChunkedArray:
    """Parts joined; missing where every part is missing."""
    joined = pc.binary_join_element_wise(*parts, separator)
    empty = pc.equal(parts[0], "")
    for part in parts[1:]:
        empty = pc.and_(empty, pc.equal(part, ""))
    return pc.if_else(empty, "", joined)


def _mapped(values: pa.ChunkedArray, pairs: tuple[tuple[str, str], ...]) -> pa.ChunkedArray:
    found = pc.index_in(values, pa.array([k for k, _ in pairs], pa.string()))
    mapped = pa.chunked_array([pa.array([v for _, v in pairs], pa.string())]).take(found)
    return pc.coalesce(mapped, values)


def _uniques(values: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    encoded = values.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices), encoded.dictionary.to_numpy(zero_copy_only=False)


def _moments(column: pa.ChunkedArray, time_zone: str) -> np.ndarray:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", time_zone)))
    found = column.cast(pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]")
    found[(found < dates.EARLIEST) | (found >= dates.LATEST)] = np.datetime64("NaT")
    return found
