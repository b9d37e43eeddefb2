"""Files that are joined to rows by a key: which of their rows each key leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading.lines.values import as_text, joined_key
from analytics.loading.reading.columns import coded
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Join

MOST_SINGLE = 100  # rows of a joined file that are refunds of one order: each takes a pass over the lines


@dataclass
class JoinedFiles:
    """The files that are joined to some rows, by their names: for each row of ours, the position of the row in the file
    that its key leads to, −1 where there is none. Of a file of which each row counts it is one of the key's rows."""

    _led: dict[str, tuple[Rows, np.ndarray]] = field(default_factory=dict)
    _repeats: dict[str, _Repeats] = field(default_factory=dict)

    def add(self, join: Join, other: Rows, keys: pa.DictionaryArray, where: str) -> np.ndarray:
        """Join `other` to our rows by our `keys`. The positions of our rows whose key it lacks, of those that have one;
        none where each of its rows counts. DataError where a key leads to several rows and the TOML does not allow
        that."""
        theirs = as_text(joined_key([other.column(c, where) for _, c in join.on]))
        if join.repeated_keys == "each":
            self._add_each(join, other, keys, theirs, where)
            return np.empty(0, int)
        ordered = pd.Series(theirs.to_pandas())
        repeated = ordered.duplicated(keep="last" if join.repeated_keys == "last" else "first").to_numpy()
        if repeated.any() and join.repeated_keys == "error":
            rows = np.flatnonzero(repeated)
            raise other.error(
                N_("{rows:row repeats|rows repeat} a key", rows=len(rows)),
                rows,
                where,
                N_('A key leads to one row. Correct the file, or declare repeated_keys = "first" or "sum".'),
            )
        found = pc.index_in(keys.dictionary, theirs.filter(pa.array(~repeated)))
        at = np.asarray(pc.fill_null(found, -1)).astype("int64")[np.asarray(keys.indices)]
        self._led[join.name] = (other.where(~repeated), at)
        has_key = np.asarray(pc.not_equal(keys.dictionary, ""))[np.asarray(keys.indices)]
        return np.flatnonzero((at < 0) & has_key)

    def _add_each(self, join: Join, other: Rows, keys: pa.DictionaryArray, theirs: pa.Array, where: str) -> None:
        """Join a file of which each row counts."""
        repeats = _Repeats.of(other, keys, theirs)
        if repeats.most > MOST_SINGLE:
            raise other.error(
                N_(
                    "{count} rows have one key; at most {most} can be refunds of one order",
                    count=repeats.most,
                    most=MOST_SINGLE,
                ),
                repeats.of_most,
                where,
                N_('Check that the key is that of the order, or add the rows up: repeated_keys = "sum".'),
            )
        self._repeats[join.name] = repeats
        self._led[join.name] = (other, repeats.at(0))

    def single_rows(self) -> Iterator[None]:
        """Once for each row that a key has in the files of which each row counts: their columns are then those of that
        row, and missing where a key has fewer."""
        for at in range(max((found.most for found in self._repeats.values()), default=0)):
            self._led |= {name: (found.rows, found.at(at)) for name, found in self._repeats.items()}
            yield

    def led_to(self, join: str) -> np.ndarray:
        """Which rows of a file our keys lead to."""
        if join in self._repeats:
            return self._repeats[join].used
        other, at = self._led[join]
        used = np.zeros(len(other), bool)
        used[at[at >= 0]] = True
        return used

    def column(self, name: str, where: str) -> pa.Array | None:
        """The column `<join>.<column>` for each of our rows; None where no file has that name. SourceError where the
        file has no such column."""
        prefix, _, rest = name.partition(".")
        if not rest or prefix not in self._led:
            return None
        other, at = self._led[prefix]
        taken = other.column(rest, where).take(pa.array(at, mask=at < 0))
        return coded(taken) if pa.types.is_dictionary(taken.type) else taken

    def columns(self) -> list[str]:
        """The names of all columns, each with that of its file before it."""
        return [f"{join}.{column}" for join, (other, _) in self._led.items() for column in other.table.column_names]


@dataclass(frozen=True)
class _Repeats:
    """A joined file of which each row counts. `key` is the number of each of our rows' key among theirs, −1 where it is
    none of them; `theirs` that of each of their rows; `order` holds their rows by key; the rows of a key begin at
    `first` in it, and are `count`."""

    rows: Rows
    key: np.ndarray
    theirs: np.ndarray
    order: np.ndarray
    first: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, other: Rows, ours: pa.DictionaryArray, theirs: pa.Array) -> _Repeats:
        """The rows of `other`, whose keys are `theirs`, that `ours` lead to."""
        codes, distinct = pd.factorize(theirs.to_pandas())
        found = pc.index_in(ours.dictionary, pa.array(distinct, pa.string()))
        key = np.asarray(pc.fill_null(found, -1)).astype("int64")[np.asarray(ours.indices)]
        count = np.bincount(codes, minlength=len(distinct))
        return cls(other, key, codes, np.argsort(codes, kind="stable"), np.cumsum(count) - count, count)

    @property
    def most(self) -> int:
        """How many rows a key that we have has at most."""
        return int(self.count[self.key[self.key >= 0]].max(initial=0))

    @property
    def of_most(self) -> np.ndarray:
        """Their rows of that key."""
        ours = self.key[self.key >= 0]
        return np.flatnonzero(self.theirs == ours[self.count[ours].argmax()])

    @property
    def used(self) -> np.ndarray:
        """Which of their rows our keys lead to."""
        return np.isin(self.theirs, self.key)

    def at(self, number: int) -> np.ndarray:
        """For each of our rows, the position of the row with this number, from 0, of those of its key; −1 where there
        is none."""
        known = self.key >= 0
        known[known] = self.count[self.key[known]] > number
        found = np.full(len(self.key), -1)
        found[known] = self.order[self.first[self.key[known]] + number]
        return found
