"""Columns → canonical fields, by the rules of the TOML. Every value that cannot be read is named with its row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, SourceError, did_you_mean
from analytics.loading.formula import Name
from analytics.loading.lines import dates
from analytics.loading.lines.values import as_moments, as_numbers, as_text, as_words, joined, recoded
from analytics.loading.reading.columns import coded
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Join, Rule
from analytics.quality import Quality


@dataclass
class Bad:
    """Rows of one field whose value cannot be read."""

    field: str
    column: str
    mask: np.ndarray
    problem: str
    values: pa.Array | None


class Ambiguous(Exception):
    """The dates of these rows alone do not tell their format; those of other rows may."""


@dataclass
class Formats:
    """The date formats found by evidence so far, by field: those that every text yet seen fits. `settled`: no more is
    to be learnt.
    """

    fitting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settled: bool = True


@dataclass
class Mapper:
    """Reads fields from rows.

    `owner` names the TOML in messages; `bad` collects what cannot be read, for the caller to judge. `formats` passes
    what is known of dates from one block of rows to the next.
    """

    rows: Rows
    rules: dict[str, Rule]
    owner: str
    time_zone: str
    section: str = "fields"
    formats: Formats = field(default_factory=Formats)
    bad: list[Bad] = field(default_factory=list)
    _joined: dict[str, tuple[Rows, np.ndarray]] = field(default_factory=dict)
    _numbers: dict[str, np.ndarray] = field(default_factory=dict)
    _regexes: dict[tuple[str, str], pa.Array] = field(default_factory=dict)

    def join(self, join: Join, other: Rows, quality: Quality) -> None:
        """Offer the columns of `other` as `<name>.<column>`.

        A row whose key is not there has empty values and is counted.
        """
        where = f"{self.owner}: join.{join.name}.on"
        left = _key([self.column(c, where) for c, _ in join.on])
        right = as_text(_key([_own_column(other, c, where) for _, c in join.on]))
        repeated = pd.Series(right.to_pandas()).duplicated().to_numpy()
        if repeated.any() and join.repeated_keys == "error":
            examples = "; ".join(other.examples(np.flatnonzero(repeated)))
            raise DataError(
                f"{int(repeated.sum())} rows repeat a key: {examples}.",
                where=where,
                hint='A key leads to one row. Correct the file, or say repeated_keys = "first".',
            )
        kept = other.where(~repeated)
        found = pc.index_in(left.dictionary, right.filter(pa.array(~repeated)))
        at = np.asarray(pc.fill_null(found, -1)).astype("int64")[np.asarray(left.indices)]
        missing = np.flatnonzero(at < 0)
        label = f"rows whose {' and '.join(c for c, _ in join.on)} is not in {join.name}, kept"
        shown = left if self.rows.mapped.issuperset(c for c, _ in join.on) else None
        quality.add(f"unmatched_{join.name}", label, "noticed", len(missing), self.rows.examples(missing, shown))
        self._joined[join.name] = (kept, at)

    def column(self, name: str, where: str) -> pa.Array:
        """A column of the rows or, as `join.column`, of a joined file."""
        if name in self.rows.table.column_names:
            return _own_column(self.rows, name, where)
        prefix, _, rest = name.partition(".")
        if rest and prefix in self._joined:
            other, at = self._joined[prefix]
            values = _own_column(other, rest, where)
            taken = values.take(pa.array(at, mask=at < 0))
            return coded(taken) if pa.types.is_dictionary(taken.type) else taken
        known = list(self.rows.table.column_names)
        for join, (other, _) in self._joined.items():
            known += [f"{join}.{c}" for c in other.table.column_names]
        raise SourceError(
            f"no column {name!r} in {', '.join(self.rows.files[:3])}.", where=where, hint=did_you_mean(name, known)
        )

    def text(self, name: str) -> pa.DictionaryArray:
        """A field as codes and words, "" where missing; a word may have several codes."""
        rule, where = self.rules[name], f"{self.owner}: {self.section}.{name}"
        if rule.constant is not None:
            return recoded(np.zeros(len(self.rows), "int32"), pa.array([rule.constant], pa.string()))
        if rule.row:
            return recoded(np.arange(len(self.rows), dtype="int32"), self.rows.numbers())
        values = joined([as_words(self.column(c, where)) for c in rule.columns], rule.separator)
        codes, words = np.asarray(values.indices), values.dictionary
        if rule.regex:
            words = self._extracted(words, rule)
        if rule.map:
            words = _mapped(words, rule.map)
        if rule.case:
            words = {
                "upper": pc.utf8_upper,
                "lower": pc.utf8_lower,
                "title": pc.utf8_title,
                "capitalize": pc.utf8_capitalize,
            }[rule.case](words)
        if rule.default is not None:
            words = pc.if_else(pc.equal(words, ""), rule.default, words)
        return values if words is values.dictionary else recoded(codes, words)

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
        if self.is_typed(name):
            return as_moments(self.column(rule.columns[0], where), self.time_zone)
        texts = self.text(name)
        codes, unique = np.asarray(texts.indices), texts.dictionary
        used = np.zeros(len(unique), bool)
        used[codes] = True
        some = unique.filter(pa.array(used)).to_numpy(zero_copy_only=False)
        formats = rule.formats or self.evident(name, some)
        read = np.full(len(unique), dates.NEVER)
        read[used] = dates.parse(some, formats, self.time_zone)
        wrong = (np.isnat(read) & np.asarray(pc.not_equal(unique, "")))[codes]
        if wrong.any():
            self.bad.append(
                Bad(name, ", ".join(rule.columns), wrong, f"not a date like {' or '.join(map(repr, formats))}", texts)
            )
        return read[codes]

    def is_typed(self, name: str) -> bool:
        """Whether a field of time is one in the source already."""
        rule = self.rules[name]
        if len(rule.columns) != 1 or rule.regex or rule.map:
            return False
        kind = self.column(rule.columns[0], f"{self.owner}: {self.section}.{name}").type
        return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))

    def evident(self, name: str, texts: np.ndarray) -> tuple[str, ...]:
        """The one reading of the dates, by these texts and those of the blocks before. DataError where there is none
        or another.

        Ambiguous instead, where `formats` is not settled.
        """
        rule, where = self.rules[name], f"{self.owner}: {self.section}.{name}"
        filled = [t for t in texts if t]
        if not filled:
            return ()
        known = self.formats.fitting.get(name, dates.FORMATS)
        readings = dates.readings(filled, self.time_zone, known)
        if len(readings) == 1:
            self.formats.fitting[name] = readings[0]
            return readings[0][:1]
        if not self.formats.settled:
            raise Ambiguous(name)
        column = ", ".join(rule.columns)
        examples = ", ".join(repr(t[:40]) for t in filled[:5])
        if readings:
            formats = [r[0] for r in readings]
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

    def _parsed(self, column: pa.Array, name: str, shown: str, default: str | None = None) -> np.ndarray:
        source = self.rows.source
        values, wrong = as_numbers(column, source.decimal, source.thousands)
        if wrong.any():
            hint = f"not a number (decimal sign {source.decimal!r}, thousands {source.thousands or 'none'!r})"
            self.bad.append(Bad(name, shown, wrong, hint, column))
        return values if default is None else np.where(np.isnan(values) & ~wrong, float(default), values)

    def _extracted(self, words: pa.Array, rule: Rule) -> pa.Array:
        key = ("\0".join(rule.columns), rule.regex)
        if key not in self._regexes:
            self._regexes[key] = pc.extract_regex(words, rule.regex)
        return pc.fill_null(pc.struct_field(self._regexes[key], [rule.group]), "")


def _own_column(rows: Rows, name: str, where: str) -> pa.Array:
    if name in rows.lacking:
        raise SourceError(f"no column {name!r} in {rows.lacking[name]}, though other files have it.", where=where)
    if name not in rows.table.column_names:
        raise SourceError(
            f"no column {name!r} in {', '.join(rows.files[:3])}.",
            where=where,
            hint=did_you_mean(name, rows.table.column_names),
        )
    return rows.table.column(name).combine_chunks()


def _key(columns: list[pa.Array]) -> pa.DictionaryArray:
    return joined([as_words(c) for c in columns], "\x1f")


def _mapped(words: pa.Array, pairs: tuple[tuple[str, str], ...]) -> pa.Array:
    found = pc.index_in(words, pa.array([k for k, _ in pairs], pa.string()))
    mapped = pa.array([v for _, v in pairs], pa.string()).take(found)
    return pc.coalesce(mapped, words)
