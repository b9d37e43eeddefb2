"""Order lines into coded columns: each field once at its level, text as small integers, money as whole minor units.

Orders are sorted by time (ties keep their order), and the lines of an order lie together. An order has one time, the
earliest of its lines, and one customer, the first known one; a field that varies within its level is kept at a finer
one. What was decided in this way is noted in the quality report."""

from __future__ import annotations

import math
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.errors import DataError
from analytics.language import N_
from analytics.quality import Quality
from analytics.runtime.heap import give_back
from analytics.runtime.parallel import prefetch
from analytics.schema import HIERARCHIES, MISSING, REQUIRED, Field, Fields, Level, place_path
from analytics.store.dictionary import Dictionary
from analytics.store.layout import Columns, Facts, StoredField
from analytics.store.lines import FrameLines, Lines, in_order_of_appearance, in_text_order
from analytics.store.numbers import CHUNK, SECOND, code_type, row_type, small_times, taken, units

DAY = 86_400_000_000  # microseconds
HOUR = DAY // 24
AT_ONCE = 30_000_000  # lines up to which orders and customers are worked on at the same time, for their memory
LARGE = 100_000  # a dictionary with more texts is written immediately, to free its memory
_KEYS = ("order_id", "ordered_at", "customer")
CANONICAL = Fields()
# By the level at which a field should be constant, and that at which it is.
VARIES = {
    ("customer", "order"): N_("{field} varies within a customer: kept by order"),
    ("customer", "line"): N_("{field} varies within a customer: kept by line"),
    ("order", "line"): N_("{field} varies within an order: kept by line"),
}


@dataclass(frozen=True)
class _Rows:
    """How lines belong to orders, and orders to customers.

    moved: the given line at each stored place; None where lines stay where they are.
    starts: the first line of each order; owner: the order of each line, both in stored order.
    customer: the customer of each order, 0 where unknown; None for data without customers. customers: how many there
        are, the unknown one included."""

    moved: np.ndarray | None
    starts: np.ndarray
    owner: np.ndarray
    customer: np.ndarray | None = None
    customers: int = 0

    def stored(self, values: np.ndarray) -> np.ndarray:
        """Values of the given lines in stored order."""
        return values if self.moved is None else taken(values, self.moved)

    def lines_of(self, order: int) -> slice:
        """Where the lines of an order stand."""
        last = order + 1 == len(self.starts)
        return slice(int(self.starts[order]), len(self.owner) if last else int(self.starts[order + 1]))


def coded(
    given: pd.DataFrame | Lines,
    quality: Quality,
    arrays: MutableMapping[str, np.ndarray] | None = None,
    fields: Fields = CANONICAL,
) -> Columns:
    """The columns of order lines, put into `arrays` one after the other. `fields`: those that the data set may have.

    DataError where a required column is missing or an amount, a quantity or a date is blank."""
    lines: Lines = FrameLines(given) if isinstance(given, pd.DataFrame) else given
    _check(lines)
    columns = Columns({} if arrays is None else arrays, {}, {}, Facts(len(lines), 0))

    def sorted_customers() -> tuple[np.ndarray, pa.Array]:
        return in_text_order(*lines.texts("customer"))

    with ThreadPoolExecutor(1) as thread:
        at_once = "customer" in lines and len(lines) <= AT_ONCE
        people = thread.submit(sorted_customers) if at_once else None
        rows = _put_orders(lines, columns, quality)
    give_back()
    if "customer" in lines:
        found = people.result() if people else sorted_customers()
        customer = _put_customers(lines.texts("customer")[0], *found, rows, columns, quality)
        del found, people
        rows = replace(rows, customer=customer, customers=len(columns.dictionaries["customer"]))
    give_back()
    have = [n for n, f in fields.items() if n in lines and not f.derived and n not in _KEYS]
    for name, about, values, texts in prefetch(_coded_field(fields[n], lines, rows) for n in have):
        if texts is not None:
            _put_dictionary(name, texts, columns)
        _put_values(fields[name], about, values, rows, columns, quality)
    _put_places(columns, rows)
    sale = lines.values("sale")
    if not sale.all():
        columns.lines["sale"] = rows.stored(sale)
    return replace(columns, facts=_facts(columns, rows, all_sale=bool(sale.all())))


def _facts(columns: Columns, rows: _Rows, all_sale: bool) -> Facts:
    at = columns.orders["at"]
    ends = columns.order_times(slice(0, None, max(1, len(at) - 1))).astype("datetime64[D]").astype("int64")
    return Facts(
        lines=len(rows.owner),
        orders=len(at),
        customers=max(0, rows.customers - 1),
        first_day=int(ends[0]) if len(at) else 0,
        days=int(ends[-1] - ends[0]) + 1 if len(at) else 0,
        timed=bool((at % (DAY // SECOND if at.dtype == np.uint32 else DAY)).any()),
        all_sale=all_sale,
    )


def _check(lines: Lines) -> None:
    for name in (*REQUIRED, "sale"):
        if name not in lines:
            raise DataError(
                f"the order lines have no column {name!r}.", where="order lines", hint=f"They have: {', '.join(lines)}."
            )
    for name in ("ordered_at", "amount", "quantity"):
        values = lines.values(name)
        blank = np.isnat(values) if name == "ordered_at" else ~np.isfinite(values)
        if blank.any():
            raise DataError(
                f"{int(blank.sum()):,} lines have no {name}; the first is line {int(blank.argmax())}.",
                where=f"column {name!r}",
            )


# --- orders and customers
def _put_orders(lines: Lines, columns: Columns, quality: Quality) -> _Rows:
    """Sort lines by order and orders by time; keep the times and ids of orders."""
    number, ids = in_order_of_appearance(*lines.texts("order_id"))
    moved = None if _rises(number) else np.argsort(number, kind="stable")
    grouped = number if moved is None else number[moved]
    starts = _starts(grouped)
    times = lines.values("ordered_at").view("int64")
    times = times if moved is None else times[moved]
    at = _order_times(times, starts, grouped, quality)
    owner = grouped  # orders are numbered as they appear
    if not _rises(at):
        order = np.argsort(at, kind="stable")
        sizes = np.diff(_with_end(starts, len(number)))[order]
        before = starts[order]
        starts = np.cumsum(sizes, dtype=starts.dtype) - sizes
        within = np.repeat(before - starts, sizes)
        within += np.arange(len(number), dtype=within.dtype)
        moved = within if moved is None else taken(moved, within)
        at = at[order]
        ids = ids.take(pa.array(order))
        owner = np.repeat(np.arange(len(starts), dtype="int32"), sizes)
    columns.orders["at"] = small_times(at)
    columns.orders["day"], columns.orders["hour"] = _days_and_hours(at)
    columns.orders["start"] = _with_end(starts, len(number))
    columns.lines["order"] = owner
    _put_dictionary("order_id", ids, columns, ordered=False)
    columns.fields["order_id"] = StoredField("order")
    columns.fields["ordered_at"] = StoredField("order")
    return _Rows(moved, starts, owner)


def _with_end(starts: np.ndarray, end: int) -> np.ndarray:
    return np.append(starts, np.array([end], starts.dtype))


def _starts(grouped: np.ndarray) -> np.ndarray:
    """Where each run of equal numbers begins."""
    kind = row_type(len(grouped))
    found = [np.zeros(min(1, len(grouped)), kind)]
    for at in range(0, len(grouped), CHUNK):
        part = grouped[at : at + CHUNK + 1]
        found.append((at + 1 + np.flatnonzero(part[1:] != part[:-1])).astype(kind))
    return np.concatenate(found)


def _days_and_hours(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The day of each order's time, counted from the first, and its hour. Times rise."""
    first = int(at[0] // DAY) if len(at) else 0
    day = np.empty(len(at), code_type(int(at[-1] // DAY) - first + 1 if len(at) else 0))
    hour = np.empty(len(at), "uint8")
    for begin in range(0, len(at), CHUNK):
        part = at[begin : begin + CHUNK]
        day[begin : begin + CHUNK] = part // DAY - first
        hour[begin : begin + CHUNK] = part % DAY // HOUR
    return day, hour


def _order_times(times: np.ndarray, starts: np.ndarray, owner: np.ndarray, quality: Quality) -> np.ndarray:
    """The time of each order: the earliest of its lines."""
    first = times[starts]
    chunks = (slice(at, at + CHUNK) for at in range(0, len(times), CHUNK))
    if all((first[owner[part]] == times[part]).all() for part in chunks):
        return np.asarray(first)
    first = np.minimum.reduceat(times, starts)
    uneven = int(np.count_nonzero(np.maximum.reduceat(times, starts) != first))
    quality.add(
        "order_of_several_moments", N_("orders whose lines differ in time: the earliest counts"), "noticed", uneven
    )
    return first


def _rises(values: np.ndarray) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def _put_customers(
    codes: np.ndarray, code_of: np.ndarray, names: pa.Array, rows: _Rows, columns: Columns, quality: Quality
) -> np.ndarray:
    """The customer of each order, 0 where unknown, from the codes of the lines, the stored code of each, and the names
    of these."""
    if not len(names) or names[0].as_py() != MISSING:  # "" sorts first: code 0 is the unknown customer
        code_of = code_of + np.int32(1)
        names = pa.concat_arrays([pa.array([MISSING], pa.large_string()), names])
    codes = rows.stored(codes)
    chosen = taken(code_of, taken(codes, rows.starts))
    several = 0
    for order in _uneven(codes, code_of, chosen, rows.owner).tolist():
        known = code_of[codes[rows.lines_of(order)]]
        known = known[known > 0]
        chosen[order] = known[0]
        several += len(set(known.tolist())) > 1
    quality.add(
        "order_of_several_customers",
        N_("orders whose lines name several customers: the first counts"),
        "noticed",
        several,
    )
    _put_dictionary("customer", names, columns)
    columns.fields["customer"] = StoredField("order")
    columns.orders["customer"] = chosen.astype(code_type(len(names)), copy=False)
    return chosen


def _uneven(codes: np.ndarray, code_of: np.ndarray, chosen: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The orders some of whose lines have another code than the one chosen."""
    found = [np.empty(0, "int64")]
    for at in range(0, len(codes), CHUNK):
        of_lines = owner[at : at + CHUNK]
        found.append(of_lines[code_of[codes[at : at + CHUNK]] != chosen[of_lines]])
    return np.unique(np.concatenate(found))


# --- fields
def _put_dictionary(name: str, texts: pa.Array, columns: Columns, ordered: bool = True) -> None:
    """Keep the dictionary of a field; a large one goes where the arrays go, so that it need not stay in memory."""
    dictionary = Dictionary.of(texts, ordered=ordered)
    if len(dictionary) > LARGE and not isinstance(columns.arrays, dict):
        columns.put_dictionary(name, dictionary)
        dictionary = columns.read_dictionary(name, ordered)
    columns.dictionaries[name] = dictionary


def _coded_field(field: Field, lines: Lines, rows: _Rows) -> tuple[str, StoredField, np.ndarray, pa.Array | None]:
    """A field's name, how it is kept (by line so far), its value or code for each stored line, and its texts."""
    name = field.name
    if field.kind in ("category", "id"):
        codes, texts = lines.texts(name)
        code_of, texts = in_text_order(codes, texts)
        return name, StoredField("line"), taken(code_of.astype(code_type(len(texts))), rows.stored(codes)), texts
    values = rows.stored(lines.values(name))
    if field.kind == "time":
        return name, StoredField("line"), values, None
    values, scale = units(values)
    return name, StoredField("line", scale, whole=scale == 1), values, None


def _put_values(
    field: Field, about: StoredField, values: np.ndarray, rows: _Rows, columns: Columns, quality: Quality
) -> None:
    """Keep a field's values at the coarsest level, from the field's own down, at which they are constant."""
    name = field.name
    level, stored = _coarsest(field.level, values, rows)
    if level != field.level and not (field.level == "customer" and rows.customer is None):
        label = N_(VARIES[field.level, level], field=field.label)
        quality.add(f"varies_{name}", label, "noticed", 1)
    columns.at_level(level)[name] = stored
    columns.fields[name] = replace(about, level=level)


def _coarsest(level: Level, values: np.ndarray, rows: _Rows) -> tuple[Level, np.ndarray]:
    """The coarsest level, from `level` down, at which the values of lines are constant, and the values there."""
    if level == "line":
        return "line", values
    by_order = taken(values, rows.starts)
    if not _same(values, by_order, rows.owner):
        return "line", values
    if level == "customer" and rows.customer is not None:
        by_customer = np.zeros(rows.customers, values.dtype)
        by_customer[rows.customer[::-1]] = by_order[::-1]
        if _same(by_order, by_customer, rows.customer):
            return "customer", by_customer
    return "order", by_order


def _same(values: np.ndarray, coarser: np.ndarray, owner: np.ndarray) -> bool:
    """Whether each value is that of its owner among the coarser ones; blanks equal blanks."""
    blank = np.isnat if values.dtype.kind == "M" else np.isnan
    for at in range(0, len(values), CHUNK):
        a, b = values[at : at + CHUNK], coarser[owner[at : at + CHUNK]]
        equal = a == b
        if values.dtype.kind not in "iub":
            equal |= blank(a) & blank(b)
        if not equal.all():
            return False
    return True


# --- places
def _put_places(columns: Columns, rows: _Rows) -> None:
    """Keep `place`, the path of those of country, region and city that the data have."""
    parts = [n for n in HIERARCHIES["place"] if n in columns.fields]
    if not parts:
        return
    level: Level = "line" if any(columns.fields[n].level == "line" for n in parts) else "order"
    size = math.prod(len(columns.dictionaries[n]) for n in parts)
    key = np.zeros(1, row_type(size))
    for n in parts:
        key = key * key.dtype.type(len(columns.dictionaries[n])) + _codes_at(level, n, columns, rows)
    found, codes = _numbered(key, size)
    names: list[np.ndarray] = []
    for n in reversed(parts):
        names.insert(0, columns.dictionaries[n].take(found % len(columns.dictionaries[n])))
        found = found // len(columns.dictionaries[n])
    paths = np.array([place_path(p) if any(p) else MISSING for p in zip(*names, strict=True)], dtype=object)
    order = np.argsort(paths, kind="stable") if len(paths) else np.empty(0, "int64")
    rank = np.empty(len(paths), dtype=code_type(len(paths)))
    rank[order] = np.arange(len(paths))
    columns.dictionaries["place"] = Dictionary.of(paths[order])
    columns.at_level(level)["place"] = taken(rank, codes)
    columns.fields["place"] = StoredField(level, parts=tuple(parts))


def _codes_at(level: Level, name: str, columns: Columns, rows: _Rows) -> np.ndarray:
    """The codes of a field for each line, or for each order where the field is not kept by line."""
    codes = columns.values(name)
    if columns.fields[name].level == "line":
        return codes
    if columns.fields[name].level == "customer" and rows.customer is not None:
        codes = taken(codes, rows.customer)
    return taken(codes, rows.owner) if level == "line" else codes


def _numbered(keys: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys (below `size`) that occur, ascending, and the number of each key among them."""
    if size > max(LARGE, len(keys)):
        return np.unique(keys, return_inverse=True)
    seen = np.zeros(size, bool)
    for at in range(0, len(keys), CHUNK):
        seen[keys[at : at + CHUNK]] = True
    found = np.flatnonzero(seen)
    number = np.cumsum(seen, dtype="int32") - np.int32(1)
    return found, taken(number.astype(code_type(len(found)), copy=False), keys)
