"""Order lines into coded columns: each field once at its level, categories as small integers, money as whole minor
units.

Orders are sorted by time (ties as they came) and the lines of an order lie together, as they came. An order has one
moment, its lines' earliest, and one customer, the first one known; a field that breaks its level is kept at a finer
one. What was so decided is noticed in the quality report."""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.errors import DataError
from analytics.quality import Quality
from analytics.runtime.heap import give_back
from analytics.runtime.parallel import prefetch
from analytics.schema import FIELDS, HIERARCHIES, MISSING, REQUIRED, Level, place_path
from analytics.store.dictionary import Dictionary
from analytics.store.layout import Columns, Facts, StoredField
from analytics.store.lines import FrameLines, Lines, by_appearance, by_word

SCALES = (1, 10, 100, 1_000, 10_000)
DAY = 86_400_000_000  # microseconds
PIECE = 1 << 20
_KEYS = ("order_id", "ordered_at", "customer")
MANY = 100_000  # words of a field that are laid down as soon as they are known


def coded(
    given: pd.DataFrame | Lines, quality: Quality, arrays: MutableMapping[str, np.ndarray] | None = None
) -> Columns:
    """The columns of canonical order lines, put into `arrays` one after the other.

    DataError where a required column is missing or an amount, a quantity or a date is blank."""
    lines: Lines = FrameLines(given) if isinstance(given, pd.DataFrame) else given
    _check(lines)
    result = Columns({} if arrays is None else arrays, {}, {}, Facts(len(lines), 0))
    with ThreadPoolExecutor(1) as beside:
        people = beside.submit(lambda: by_word(*lines.texts("customer"))) if "customer" in lines else None
        starts, rows = _sorted_lines(lines, result, quality)
    give_back()
    owner = np.repeat(np.arange(len(starts), dtype="int32"), np.diff(np.append(starts, len(lines))))
    result.lines["order"] = owner
    result.orders["start"] = np.append(starts, len(lines)).astype("int64")
    customer = _customers(people.result() if people else None, rows, starts, result, quality)
    give_back()
    have = [n for n, f in FIELDS.items() if n in lines and not f.derived and n not in _KEYS]
    for name, about, values, texts in prefetch(_field(n, lines, rows) for n in have):
        if texts is not None:
            _put_texts(name, texts, result)
        _put_values(name, about, values, starts, owner, customer, result, quality)
    _places(result, owner, customer)
    sale = lines.values("sale")
    if not sale.all():
        result.lines["sale"] = _moved(sale, rows)
    return replace(result, facts=_facts(result, all_sale=bool(sale.all())))


def _facts(columns: Columns, all_sale: bool) -> Facts:
    at = columns.orders["at"]
    first_day = int(at[0] // DAY) if len(at) else 0
    return Facts(
        lines=len(columns.lines["order"]),
        orders=len(at),
        customers=len(columns.dictionaries["customer"]) - 1 if "customer" in columns.dictionaries else 0,
        first_day=first_day,
        days=int(at[-1] // DAY) - first_day + 1 if len(at) else 0,
        timed=bool((at % DAY).any()),
        all_sale=all_sale,
    )


def _moved(values: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    return values if rows is None else values[rows]


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


def _sorted_lines(lines: Lines, result: Columns, quality: Quality) -> tuple[np.ndarray, np.ndarray | None]:
    """First line of each order, and the lines' new order (None where they stand so already)."""
    number, texts = by_appearance(*lines.texts("order_id"))
    at = lines.values("ordered_at").view("int64")
    rows = None if _rises(number) else np.argsort(number, kind="stable")
    grouped = number if rows is None else number[rows]
    starts = np.flatnonzero(np.diff(grouped, prepend=-1))
    moments = at if rows is None else at[rows]
    first = np.minimum.reduceat(moments, starts) if len(starts) else moments
    if len(starts):
        uneven = int((np.maximum.reduceat(moments, starts) != first).sum())
        quality.add(
            "order_of_several_moments", "orders whose lines differ in time: the earliest counts", "noticed", uneven
        )
    if not _rises(first):
        order = np.argsort(first, kind="stable")
        sizes = np.diff(np.append(starts, len(number)))[order]
        place = starts[order]
        starts = np.cumsum(sizes) - sizes
        moved = np.repeat(place - starts, sizes) + np.arange(len(number))
        rows = moved if rows is None else rows[moved]
        first = first[order]
        texts = texts.take(pa.array(order))
    day = first // DAY - (first[0] // DAY if len(first) else 0)
    result.orders["at"] = first
    result.orders["day"] = day.astype(small(int(day[-1]) + 1 if len(day) else 0))
    result.orders["hour"] = (first % DAY // (DAY // 24)).astype("uint8")
    _put_texts("order_id", texts, result, ordered=False)
    result.fields["order_id"] = StoredField("order")
    result.fields["ordered_at"] = StoredField("order")
    return starts, rows


def _put_texts(name: str, texts: pa.Array, result: Columns, ordered: bool = True) -> None:
    """Keep the dictionary of a field; a large one goes where the arrays go, so that it need not stay in memory."""
    dictionary = Dictionary.of(texts, ordered=ordered)
    if len(dictionary) > MANY and not isinstance(result.arrays, dict):
        result.put_dictionary(name, dictionary)
        dictionary = result.read_dictionary(name, ordered)
    result.dictionaries[name] = dictionary


def _rises(values: np.ndarray) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def small(size: int) -> str:
    """The smallest integer type for codes below `size`."""
    return "uint8" if size <= 1 << 8 else "uint16" if size <= 1 << 16 else "int32"


def categories(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes and words of a column of text; words that occur only, sorted; blanks are ''."""
    codes, words = by_word(*FrameLines(column.to_frame("text")).texts("text"))
    return codes.astype(small(len(words))), words.to_numpy(zero_copy_only=False)


def _customers(
    given: tuple[np.ndarray, pa.Array] | None,
    rows: np.ndarray | None,
    starts: np.ndarray,
    result: Columns,
    quality: Quality,
) -> np.ndarray | None:
    """Customer of each order, 0 where it is unknown, out of codes and words of the lines; None for data without
    customers."""
    if given is None:
        return None
    codes, words = given
    if not len(words) or words[0].as_py() != MISSING:  # it sorts first, and 0 is kept for it
        codes, words = codes + np.int32(1), pa.concat_arrays([pa.array([MISSING], pa.large_string()), words])
    codes = _moved(codes, rows)
    chosen = codes[starts]
    torn = np.unique(
        np.searchsorted(
            starts, np.flatnonzero(codes != np.repeat(chosen, np.diff(np.append(starts, len(codes))))), "right"
        )
        - 1
    )
    several = 0
    for order in torn:
        mine = codes[starts[order] : starts[order + 1] if order + 1 < len(starts) else len(codes)]
        mine = mine[mine > 0]
        chosen[order] = mine[0]
        several += len(set(mine.tolist())) > 1
    quality.add(
        "order_of_several_customers", "orders whose lines name several customers: the first counts", "noticed", several
    )
    _put_texts("customer", words, result)
    result.fields["customer"] = StoredField("order")
    result.orders["customer"] = chosen.astype(small(len(words)))
    return chosen


def _field(name: str, lines: Lines, rows: np.ndarray | None) -> tuple[str, StoredField, np.ndarray, pa.Array | None]:
    """A field's name, how it is kept (at the level of a line so far), its value or code for each line in stored order,
    its dictionary."""
    kind = FIELDS[name].kind
    if kind in ("category", "id"):
        codes, words = by_word(*lines.texts(name))
        return name, StoredField("line"), _moved(codes.astype(small(len(words))), rows), words
    values = _moved(lines.values(name), rows)
    if kind == "time":
        return name, StoredField("line"), values, None
    values, scale = exact(values)
    return name, StoredField("line", scale, whole=scale == 1), narrow(values), None


def _put_values(
    name: str,
    about: StoredField,
    values: np.ndarray,
    starts: np.ndarray,
    owner: np.ndarray,
    customer: np.ndarray | None,
    result: Columns,
    quality: Quality,
) -> None:
    """A field's values at the coarsest level at which they are constant."""
    level, stored = _settled(
        FIELDS[name].level, values, starts, owner, customer, len(result.dictionaries.get("customer", ()))
    )
    if level != FIELDS[name].level and not (FIELDS[name].level == "customer" and customer is None):
        quality.add(
            f"varies_{name}",
            f"{FIELDS[name].label.lower()} varies within a {FIELDS[name].level}: kept by {level}",
            "noticed",
            1,
        )
    result.at_level(level)[name] = stored
    result.fields[name] = replace(about, level=level)


def _settled(
    level: Level, values: np.ndarray, starts: np.ndarray, owner: np.ndarray, customer: np.ndarray | None, customers: int
) -> tuple[Level, np.ndarray]:
    """The coarsest level, from `level` down, at which the values are constant, and the values there. `customers`: how
    many there are, the unknown one included."""
    if level == "line":
        return "line", values
    by_order = values[starts]
    if not _same(values, by_order[owner]):
        return "line", values
    if level == "customer" and customer is not None:
        by_customer = np.zeros(customers, values.dtype)
        by_customer[customer[::-1]] = by_order[::-1]
        if _same(by_order, by_customer[customer]):
            return "customer", by_customer
    return "order", by_order


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    equal = a == b
    return (
        bool(equal.all())
        if a.dtype.kind in "iub"
        else bool((equal | (np.isnat(a) & np.isnat(b) if a.dtype.kind == "M" else np.isnan(a) & np.isnan(b))).all())
    )


def exact(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Values as whole multiples of 1/scale, with the scale; unchanged with 0 where no scale up to 10,000 holds them all
    or sums may overflow."""
    blank = np.isnan(values)
    known = values[~blank] if blank.any() else values
    probe = known[:: max(1, len(known) // 5_000)]
    for scale in SCALES:
        if _whole(probe, scale) and all(_whole(part, scale) for part in _pieces(known)):
            whole = values * scale
            np.rint(whole, out=whole)
            whole += 0.0  # no minus zero
            return (whole, scale) if sum(np.nansum(np.abs(part)) for part in _pieces(whole)) < 2**53 else (values, 0)
    return values, 0


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    """Parts that are looked at without a second array as large as the first."""
    return (values[at : at + PIECE] for at in range(0, len(values), PIECE))


def _whole(values: np.ndarray, scale: int) -> bool:
    scaled = values * scale
    return bool((np.abs(np.rint(scaled) - scaled) <= 1e-13 * scale * np.maximum(1.0, np.abs(values))).all())


def narrow(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the smallest integer type that holds them; others unchanged."""
    if not len(values) or any((~np.isfinite(part) | (part != np.rint(part))).any() for part in _pieces(values)):
        return values
    low, high = values.min(), values.max()
    for kind in ("int8", "int16", "int32"):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def _at_orders(name: str, result: Columns, customer: np.ndarray | None) -> np.ndarray:
    """Codes of an order- or customer-level field for each order."""
    if result.fields[name].level == "customer" and customer is not None:
        return result.customers[name][customer]
    return result.orders[name]


def _numbered(keys: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys (below `size`) that occur, ascending, and the number of each among them."""
    if size > max(MANY, len(keys)):
        return np.unique(keys, return_inverse=True)
    seen = np.zeros(size, bool)
    seen[keys] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[keys]


def _places(result: Columns, owner: np.ndarray, customer: np.ndarray | None) -> None:
    """`place`, the path of those of country, region and city that the data have."""
    parts = [n for n in HIERARCHIES["place"] if n in result.fields]
    if not parts:
        return
    level: Level = "line" if any(result.fields[n].level == "line" for n in parts) else "order"
    key = np.zeros(1, "int64")
    for n in parts:
        if result.fields[n].level == "line":
            codes = result.lines[n]
        else:
            codes = _at_orders(n, result, customer)
            codes = codes[owner] if level == "line" else codes
        key = key * len(result.dictionaries[n]) + codes
    found, codes = _numbered(key, math.prod(len(result.dictionaries[n]) for n in parts))
    named: list[np.ndarray] = []
    for n in reversed(parts):
        named.insert(0, result.dictionaries[n].take(found % len(result.dictionaries[n])))
        found = found // len(result.dictionaries[n])
    paths = np.array([place_path(p) if any(p) else MISSING for p in zip(*named, strict=True)], dtype=object)
    order = np.argsort(paths, kind="stable") if len(paths) else np.empty(0, "int64")
    rank = np.empty(len(paths), dtype=small(len(paths)))
    rank[order] = np.arange(len(paths))
    result.dictionaries["place"] = Dictionary.of(paths[order])
    result.at_level(level)["place"] = rank[codes]
    result.fields["place"] = StoredField(level, parts=tuple(parts))
