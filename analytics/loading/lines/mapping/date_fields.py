"""Fields of dates: the format that their texts are of, by these rows and those before, and the times that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.spec import Rule
from analytics.loading.written import dates
from analytics.loading.written.date_texts import zone_named

NEARLY_ALL = 0.9  # share of the different dates that must be of one format, for the others to be mistyped


class AmbiguousDates(Exception):
    """The dates of these rows do not determine their format; other rows may."""


@dataclass
class DateFormats:
    """The date formats found so far, by field: those that fit every text seen. `final`: no further rows will come, so
    that dates which still allow several readings are an error."""

    fitting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settled: dict[str, tuple[str, ...]] = field(default_factory=dict)  # though a few texts are not of the format
    final: bool = True


@dataclass(frozen=True)
class DateField:
    """A field of dates and its rule. `where` is its place in the TOML; what is learnt of its format is kept in
    `known`."""

    name: str
    rule: Rule
    time_zone: str
    where: str
    known: DateFormats

    def times(self, texts: pa.DictionaryArray) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
        """The formats that the texts are read by; for each row, its time, NaT where there is none; and the rows whose
        text cannot be read."""
        codes = np.asarray(texts.indices)
        distinct = texts.dictionary
        used = np.zeros(len(distinct), bool)
        used[codes] = True
        seen = distinct.filter(pa.array(used)).to_numpy(zero_copy_only=False)
        times = np.full(len(distinct), dates.NEVER)
        formats, times[used] = self._parsed(seen)
        wrong = (np.isnat(times) & np.asarray(pc.not_equal(distinct, "")))[codes]
        return formats, np.asarray(times[codes]), wrong

    def faults(
        self, texts: pa.DictionaryArray, formats: Sequence[str], wrong: np.ndarray
    ) -> list[tuple[str, np.ndarray]]:
        """The rows whose text cannot be read, by what is wrong with it: see `dates.faults`."""
        codes = np.asarray(texts.indices)
        bad = np.unique(codes[wrong])
        kinds = dates.faults(texts.dictionary.take(pa.array(bad)).to_pylist(), formats, self.time_zone)
        return [
            (kind, np.isin(codes, [code for code, its in zip(bad, kinds, strict=True) if its == kind]))
            for kind in sorted(set(kinds))
        ]

    def _parsed(self, texts: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """The formats that these texts are read by, and the times; one format that is known is not determined again."""
        known = self.known.fitting.get(self.name, ())
        if not self.rule.formats and len(known) == 1:
            times = dates.parse(texts, known, self.time_zone)
            if not (np.isnat(times) & (texts != "")).any():
                return known, times
        formats = self.rule.formats or self.known.settled.get(self.name) or self.formats(texts)
        return formats, dates.parse(texts, formats, self.time_zone)

    def formats(self, texts: np.ndarray) -> tuple[str, ...]:
        """The format of the dates, by these texts and those of the blocks before; none where all are "".

        AmbiguousDates where several fit or none, and more rows may come; DataError where `known` is final.
        """
        filled = [t for t in texts if t]
        if not filled:
            return ()
        readings = dates.readings(filled, self.time_zone, self.known.fitting.get(self.name, dates.FORMATS))
        if len(readings) == 1:
            self.known.fitting[self.name] = readings[0]
            return readings[0][:1]
        if not self.known.final:
            raise AmbiguousDates(self.name)
        if not readings:
            fits = dates.mostly(filled, self.time_zone, NEARLY_ALL)
            readings = dates.readings(np.array(filled, dtype=object)[fits], self.time_zone)
            if len(readings) == 1:
                self.known.settled[self.name] = readings[0][:1]
                return readings[0][:1]
        column = ", ".join(self.rule.columns)
        examples = [repr(t[:40]) for t in filled[:5]]
        if not readings:
            raise DataError(
                N_("the dates of column “{column}” have no single known format", column=column),
                where=self.where,
                examples=examples,
                hint=N_('Name it: format = "%d/%m/%Y %H:%M".'),
            )
        formats = [r[0] for r in readings]
        raise DataError(
            N_(
                "the dates of column “{column}” can be read in several ways: {formats}",
                column=column,
                formats=", ".join(map(repr, formats)),
            ),
            where=self.where,
            examples=examples,
            hint=N_('Say which: format = "{format}".', format=formats[0]),
        )


def from_zones(times: np.ndarray, zones: pa.DictionaryArray, time_zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Times that are local to the zones given with them, in `time_zone`; and the rows whose zone is unknown."""
    codes = np.asarray(zones.indices)
    unknown = np.zeros(len(times), bool)
    moved = times.copy()
    for code in np.unique(codes):
        written = zones.dictionary[int(code)].as_py()
        zone = zone_named(written)
        mine = codes == code
        if zone:
            moved[mine] = dates.in_zone(times[mine], zone, time_zone)
        elif written:
            unknown |= mine
    return moved, unknown
