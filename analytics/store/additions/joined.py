"""Two dictionaries made one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.store.dictionary import Dictionary


class NotAdditive(Exception):
    """Lines that cannot be added to what is stored without changing more than its end: why."""


@dataclass(frozen=True)
class Joined:
    """The texts of two dictionaries, each once.

    of_old, of_new: the code of each code of either; None where the codes of the old one stay.
    fresh: the texts of the new one that the old one lacks. dictionary: the old one itself where there are none."""

    of_old: np.ndarray | None
    of_new: np.ndarray
    fresh: np.ndarray
    dictionary: Dictionary

    def old_codes(self, codes: np.ndarray) -> np.ndarray:
        """Codes of the old dictionary in the joined one."""
        return codes if self.of_old is None else self.of_old[codes]


def in_text_order(old: Dictionary, new: Dictionary) -> Joined:
    """Both in order of text: "a", "c" and "b", "c" give "a", "b", "c", of_old 0, 2 and of_new 1, 2."""
    texts = new.arrow
    at = _places(old.arrow, texts)
    known = _known(old.arrow, texts, at)
    fresh = ~known
    if not fresh.any():
        return Joined(None, at, fresh, old)
    before = np.zeros(len(old) + 1, "int64")
    np.add.at(before, at[fresh], 1)
    of_old = np.arange(len(old)) + np.cumsum(before)[: len(old)]
    of_new = np.empty(len(new), "int64")
    of_new[fresh] = at[fresh] + np.arange(np.count_nonzero(fresh))
    of_new[known] = of_old[at[known]]
    dictionary = Dictionary.of(_woven(old.arrow, texts.filter(pa.array(fresh)), at[fresh]))
    return Joined(of_old if len(old) and of_old[-1] >= len(old) else None, of_new, fresh, dictionary)


def one_after_another(old: Dictionary, new: Dictionary) -> Joined:
    """The new texts, none of which is among the old ones, after them. NotAdditive where one is."""
    if np.asarray(pc.is_in(old.arrow, new.arrow)).any():
        raise NotAdditive("an order that is stored has new lines")
    of_new = np.arange(len(old), len(old) + len(new))
    return Joined(None, of_new, np.ones(len(new), bool), new)


def _places(old: pa.Array, texts: pa.Array) -> np.ndarray:
    """How many of the old texts, which rise, are below each text: bisection of all texts at a time."""
    low, high = np.zeros(len(texts), "int64"), np.full(len(texts), len(old))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        probe = old.take(pa.array(np.minimum(middle, len(old) - 1)))
        below = np.asarray(pc.less(probe, texts))
        low = np.where(open_ & below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def _known(old: pa.Array, texts: pa.Array, at: np.ndarray) -> np.ndarray:
    """Which texts are among the old ones, from their places."""
    if not len(old):
        return np.zeros(len(texts), bool)
    there = old.take(pa.array(np.minimum(at, len(old) - 1)))
    return np.asarray(pc.equal(there, texts)) & (at < len(old))


def _woven(old: pa.Array, fresh: pa.Array, at: np.ndarray) -> pa.Array:
    """The old texts with each fresh one before the old one at its place."""
    runs: list[pa.Array] = []
    done = 0
    for i, place in enumerate(at.tolist()):
        if place > done:
            runs.append(old.slice(done, place - done))
            done = place
        runs.append(fresh.slice(i, 1))
    return pa.concat_arrays([*runs, old.slice(done)])
