"""A version that continues the files of the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analytics.quality import Quality
from analytics.store import writing
from analytics.store.additions.aligned import aligned
from analytics.store.additions.joined import Joined, NotAdditive, in_text_order, one_after_another
from analytics.store.array_files import ArrayFiles
from analytics.store.coding import coded
from analytics.store.dataset import StoredDataset
from analytics.store.layout import Columns, Facts, HighWaterMark, ReadFiles
from analytics.store.numbers import CHUNK, code_type, narrow, row_type
from analytics.store.summaries import CELLS, positive, summarise_part
from analytics.store.versions import current_version


def add(
    root: Path,
    base: StoredDataset,
    tables: writing.Tables,
    *,
    read: ReadFiles | None = None,
    high_water: HighWaterMark | None = None,
) -> str:
    """Add lines to the current version, which is `base`; the version that has both. `tables`: the newer lines, with the
    quality report and the profile of all. `read`: the files that all of them are from; `high_water`: how far a database
    was read.

    NotAdditive where not only the ends of columns would change, and nothing is changed then. Errors as of `write`."""

    def fill(folder: Path) -> str:
        if current_version(root, base.name) != base.version or tables.profile.engine.kind != "embedded":
            raise NotAdditive("another version is current, or another engine reads a file of its own")
        quality = Quality.from_dict(tables.quality.to_dict())
        noticed = Quality()
        newer = coded(tables.lines, noticed, fields=tables.profile.fields)
        for finding in noticed.findings:
            if finding.reason.startswith("order_of_several_"):  # others say at which level fields are kept
                quality.add(finding.reason, finding.label, finding.effect, finding.rows)
        with ArrayFiles(folder) as arrays:
            columns = _Addition.of(base, newer, arrays).columns()
            return writing.put_rest(folder, columns, arrays, tables, quality, high_water, read)

    return writing.published(root, base.name, fill)


@dataclass(frozen=True)
class _Addition:
    """Stored lines, newer ones in their form, and the dictionaries of both."""

    base: StoredDataset
    part: Columns
    joined: Mapping[str, Joined]
    arrays: ArrayFiles

    @classmethod
    def of(cls, base: StoredDataset, newer: Columns, arrays: ArrayFiles) -> _Addition:
        joined = {
            name: (in_text_order if old.ordered else one_after_another)(old, newer.dictionaries[name])
            for name, old in base.dictionaries.items()
            if name in newer.dictionaries
        }
        if len(joined) < len(base.dictionaries):
            raise NotAdditive("the newer lines have other fields")
        part = aligned(base, newer, joined)
        summarise_part(part)
        return cls(base, part, joined, arrays)

    def columns(self) -> Columns:
        """All columns, written."""
        found = Columns(self.arrays, {}, dict(self.base.fields), self._facts())
        for name, old in self.base.dictionaries.items():
            found.dictionaries[name] = old if not old.ordered else self.joined[name].dictionary
            self._dictionary(name)
        for key in self.base.arrays:
            role, _, name = key.partition(".")
            if role in ("line", "order", "sum", "copy", "held"):
                self._column(key, name, found.facts)
            elif role == "customer":
                self._put(key, self.base.arrays[key], self.part.arrays[key])
            elif role == "parent":
                self._put(key, self.base.arrays[key], self._parents(name))
            elif role == "cube":
                self._cube(key, name.partition(".")[0], found.facts)
        return found

    def _facts(self) -> Facts:
        old, new = self.base.facts, self.part.facts
        both = set(positive(self.part))
        return replace(
            old,
            lines=old.lines + new.lines,
            orders=old.orders + new.orders,
            customers=new.customers,
            days=new.first_day - old.first_day + new.days,
            timed=old.timed or new.timed,
            buyers=self._buyers(),
            positive=tuple(m for m in old.positive if m in both),
            high_water=None,
        )

    def _buyers(self) -> int:
        if "customer" not in self.joined:
            return 0
        seen = np.zeros(self.part.facts.customers + 1, bool)
        for columns, codes_of in ((self.base, self.joined["customer"].of_old), (self.part, None)):
            bought = np.zeros(len(seen), bool)
            customer = columns.orders["customer"]
            bought[customer if self.base.facts.all_sale else customer[columns.orders["sale"]]] = True
            codes = np.flatnonzero(bought)
            seen[codes if codes_of is None else codes_of[codes]] = True
        return int(np.count_nonzero(seen[1:]))

    def _column(self, key: str, name: str, facts: Facts) -> None:
        """A column of lines or orders with that of the newer ones after it."""
        old, lines, orders = self.base.arrays[key], self.base.facts.lines, self.base.facts.orders
        if key not in self.part.arrays:
            if key.startswith(("copy.", "held.")):
                return  # there are too many values now
            raise NotAdditive(f"the newer lines have no {key}")
        new = self.part.arrays[key]
        if key == "line.order":
            self._continue(key, old, new + np.int32(orders), "int32")
        elif key == "order.start":
            self._continue(key, old, new[1:].astype("int64") + lines, row_type(facts.lines))
        elif key == "order.day":
            begin = self.part.facts.first_day - self.base.facts.first_day
            self._continue(key, old, new.astype("int64") + begin, code_type(facts.days))
        elif key.startswith("held."):
            moved = self.joined[name].of_old
            old = old if moved is None else _moved_bits(old, moved, new.dtype)
            self._continue(key, old, new, new.dtype.str)
        elif name in self.joined and not key.startswith("sum."):
            self._continue(key, old, new, code_type(len(self.joined[name].dictionary)), self.joined[name].of_old)
        else:
            self._continue(key, old, new, np.result_type(old, new).str)

    def _continue(self, key: str, old: np.ndarray, new: np.ndarray, kind: str, codes: np.ndarray | None = None) -> None:
        """Old values with new ones after them: in the old file where the old ones stay as they are."""
        if codes is None and old.dtype == np.dtype(kind) and old is self.base.arrays.get(key):
            self.arrays.continued(key, self.base.folder / f"{key}.npy", old.nbytes, new.astype(kind), self.base.version)
            return
        found = np.empty(len(old) + len(new), kind)
        if codes is None:
            found[: len(old)] = old
        else:
            np.take(codes.astype(kind), old, out=found[: len(old)], mode="clip")
        found[len(old) :] = new
        self.arrays[key] = found

    def _put(self, key: str, old: np.ndarray, now: np.ndarray) -> None:
        """A column that is written as a whole, or stays."""
        if old.dtype == now.dtype and np.array_equal(old, now):
            self._continue(key, old, now[:0], now.dtype.str)
        else:
            self.arrays[key] = now

    def _dictionary(self, name: str) -> None:
        old, joined = self.base.dictionaries[name], self.joined[name]
        key = f"dictionary.{name}"
        if old.ordered and joined.fresh.any():
            self.arrays[f"{key}.text"] = joined.dictionary.text
            self.arrays[f"{key}.ends"] = joined.dictionary.ends
            return
        more = joined.dictionary if not old.ordered else None
        text = more.text if more else old.text[:0]
        ends = more.ends[1:] + old.ends[-1] if more else old.ends[:0]
        self._continue(f"{key}.text", old.text, text, "uint8")
        self._continue(f"{key}.ends", old.ends, ends, "int64")

    def _parents(self, name: str) -> np.ndarray:
        """The parent's code for each code of the finer field, which the newer lines must not contradict."""
        finer = self.base.fields[name].parent_of
        child, parent = self.joined[finer], self.joined[name]
        table = np.zeros(len(child.dictionary), code_type(len(parent.dictionary)))
        old = parent.old_codes(self.base.parents[name])
        table[slice(0, len(old)) if child.of_old is None else child.of_old] = old
        codes, parents = self.part.values(finer), self.part.values(name)
        new = np.zeros(len(table), bool)
        new[child.of_new[child.fresh]] = True
        table[codes[new[codes]]] = parents[new[codes]]
        if not (table[codes] == parents).all():
            raise NotAdditive(f"{finer} no longer decides {name}")
        return table

    def _cube(self, key: str, name: str, facts: Facts) -> None:
        """Sums by day and value, those of the newer days added."""
        old, new = self.base.arrays[key], self.part.arrays.get(key)
        size = len(self.joined[name].dictionary) if name in self.joined else old.shape[1]
        if facts.days * size > CELLS:
            return
        if new is None:
            raise NotAdditive(f"the newer lines have no {key}")
        sums = np.zeros((facts.days, size))
        moved = self.joined[name].of_old if name in self.joined else None
        sums[: len(old), slice(0, old.shape[1]) if moved is None else moved] = old
        sums[facts.days - len(new) :] += new
        self.arrays[key] = narrow(sums.ravel()).reshape(sums.shape)


def _moved_bits(held: np.ndarray, codes: np.ndarray, kind: np.dtype[Any]) -> np.ndarray:
    """Numbers whose bits say which codes an order has, in the new codes."""
    found = np.zeros(len(held), kind)
    for at in range(0, len(held), CHUNK):
        part = held[at : at + CHUNK].astype("uint64")
        for old, new in enumerate(codes.tolist()):
            has = (part >> np.uint64(old)) & np.uint64(1)
            found[at : at + CHUNK] |= (has << np.uint64(new)).astype(kind)
    return found
