"""What the rows themselves say of columns where names leave it open: pieces, lines or orders, sales or none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.guessing.appearance import Appearance
from analytics.loading.guessing.synonyms import plain
from analytics.loading.lines.values import as_coded, as_numbers
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.shaping.filling import is_blank
from analytics.loading.written import money
from analytics.loading.written.date_texts import usual

_NO_SALES = """
cancelled canceled cancelado cancelada annullato annule annulee storniert abgebrochen geannuleerd anulowane
voided void failed fail declined expired rejected
"""
NO_SALES = frozenset(_NO_SALES.split())
_NOBODY = """
0 guest gast invite invitado anonymous unknown walkin cashcustomer nocustomer
"""
NOBODY = frozenset(_NOBODY.split())
MOST_STATES = 30  # distinct values of a column that says what a row is
SURE = 0.98  # share of rows or orders on which a relation must hold
LEAST_ROWS = 5  # that show something, for it to count
CENT = 0.0151  # at most this is rounding
# Zones that files are written in, those of most sellers first.
ZONES = (
    "America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver", "Europe/London", "Europe/Berlin",
    "Europe/Athens", "Australia/Sydney", "Australia/Brisbane", "Australia/Perth", "Asia/Kolkata", "Asia/Tokyo",
    "Asia/Shanghai", "Asia/Singapore", "Asia/Dubai", "America/Sao_Paulo", "America/Halifax", "Pacific/Auckland",
    "Africa/Johannesburg", "Europe/Moscow",
)  # fmt: skip
HOME_ZONES = {  # of currencies, the one with most shops first
    "AED": ("Asia/Dubai",), "AUD": ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"),
    "BRL": ("America/Sao_Paulo",), "CAD": ("America/Toronto", "America/Vancouver", "America/Halifax"),
    "CHF": ("Europe/Zurich",), "CNY": ("Asia/Shanghai",), "CZK": ("Europe/Prague",), "DKK": ("Europe/Copenhagen",),
    "EUR": ("Europe/Berlin", "Europe/Athens", "Europe/Dublin"), "GBP": ("Europe/London",), "HUF": ("Europe/Budapest",),
    "INR": ("Asia/Kolkata",), "JPY": ("Asia/Tokyo",), "NOK": ("Europe/Oslo",), "NZD": ("Pacific/Auckland",),
    "PLN": ("Europe/Warsaw",), "RON": ("Europe/Bucharest",), "SEK": ("Europe/Stockholm",), "SGD": ("Asia/Singapore",),
    "USD": ZONES[:4], "ZAR": ("Africa/Johannesburg",),
}  # fmt: skip
HOLDS = 0.9  # share of the times whose offsets the zone of the currency has, to be preferred to a fixed offset


def numbers(rows: Rows, name: str) -> np.ndarray:
    """A column as numbers, NaN where there is none."""
    return as_numbers(rows.table.column(name), rows.source.decimal, rows.source.thousands)[0]


def codes(rows: Rows, name: str) -> np.ndarray:
    """A number for each value of a column, equal for equal ones."""
    text = as_coded(rows.table.column(name))
    return np.asarray(np.asarray(text.dictionary.dictionary_encode().indices)[np.asarray(text.indices)])


def blank(rows: Rows, name: str) -> np.ndarray:
    """Which rows have no value in a column."""
    return is_blank(as_coded(rows.table.column(name)))


def is_of_line(rows: Rows, price: str, quantity: str, product: str) -> bool | None:
    """Whether a price is that of the whole line rather than of one piece; None where the rows do not show it.

    Products have few prices: of the price as it stands and the price over the quantity, the one that takes fewer values
    within the products is the price of a piece.
    """
    value, count = numbers(rows, price), numbers(rows, quantity)
    known = (value > 0) & (count > 0)
    if (known & (count > 1)).sum() < LEAST_ROWS:
        return None
    frame = pd.DataFrame({"product": codes(rows, product), "piece": value.round(2), "line": (value / count).round(2)})
    distinct = frame[known].groupby("product")[["piece", "line"]].nunique()
    as_piece, as_line = distinct["piece"].sum(), distinct["line"].sum()
    if as_line < 0.7 * as_piece:
        return True
    return False if as_piece < 0.7 * as_line else None


def is_of_order(rows: Rows, column: str, order: str) -> bool:
    """Whether a number is the order's: it stands on its first row only, or the same on each, and orders differ."""
    value, owner = numbers(rows, column), codes(rows, order)
    frame = pd.DataFrame({"owner": owner, "value": value})
    grouped = frame.groupby("owner")["value"]
    several = grouped.size() > 1
    if several.sum() < LEAST_ROWS:
        return False
    same = (grouped.nunique() <= 1)[several]
    return bool(same.mean() >= SURE and frame["value"].nunique() > 1 and _lines_differ(rows, owner, several))


def _lines_differ(rows: Rows, owner: np.ndarray, several: pd.Series) -> bool:
    """Whether the lines of orders differ in any other number: else all lines of an order are equal, and say nothing."""
    for name in rows.table.column_names:
        value = numbers(rows, name)
        if np.isnan(value).all():
            continue
        differ = pd.Series(value).groupby(owner).nunique()[several] > 1
        if differ.mean() > 0.3:
            return True
    return False


def sums_up(total: np.ndarray, base: np.ndarray, parts: Mapping[str, np.ndarray]) -> tuple[str, ...] | None:
    """The fewest parts that, added to `base`, make `total` to the cent wherever it is known and above zero; None where
    none do, or too few rows show it.

    Totals 10.80 and 5.40, base 10 and 5, and a part "tax" of 0.80 and 0.40 give ("tax",).
    """
    known = (total > 0) & ~np.isnan(base)
    if known.sum() < LEAST_ROWS:
        return None
    for count in range(len(parts) + 1):
        for names in combinations(parts, count):
            made = base + sum((np.nan_to_num(parts[name]) for name in names), np.zeros(len(base)))
            if (abs(made - total)[known] < CENT).mean() >= SURE:
                return names
    return None


def by_order(rows: Rows, values: np.ndarray, order: str, once: bool) -> np.ndarray:
    """Values of rows as those of each order: their sum, or the one that stands there `once` or on each row."""
    grouped = pd.Series(values).groupby(codes(rows, order))
    return np.asarray(grouped.max() if once else grouped.sum(min_count=1), float)


def is_one_value(rows: Rows, values: np.ndarray, order: str) -> bool:
    """Whether the rows of an order have one value, or only its first row has any."""
    grouped = pd.Series(values).groupby(codes(rows, order))
    return bool((grouped.nunique() <= 1).mean() >= SURE)


def filled_down(rows: Rows, order: str, used: Iterable[str]) -> list[str]:
    """The columns that stand on the first row of an order only, by the columns that fields use."""
    missing = blank(rows, order)
    if missing.any() and not missing[0]:
        follows = missing
    else:
        owner = codes(rows, order)
        follows = np.append(False, (owner[1:] == owner[:-1])) & ~missing
    if follows.sum() < LEAST_ROWS:
        return []
    found = []
    for name in used:
        empty = blank(rows, name)
        if empty[follows].all() and not empty[~follows].all():
            found.append(name)
    return found


def no_sales(rows: Rows) -> dict[str, list[str]]:
    """The values that say of a row that nothing was sold, by column."""
    found: dict[str, list[str]] = {}
    for name in rows.table.column_names:
        column = rows.table.column(name)
        if column.type != CODED_TEXT:
            continue
        texts = pc.unique(as_coded(column).cast(pa.string())).to_pylist()
        wanted = [t for t in texts if plain(t) in NO_SALES] if len(texts) <= MOST_STATES else []
        if wanted:
            found[name] = sorted(wanted)
    return found


def totals(rows: Rows, order: str, amount: str, named: Sequence[str]) -> list[str]:
    """The values of the order's column on rows at the end that repeat the sum of all others and name nothing."""
    value = numbers(rows, amount)
    if len(value) < LEAST_ROWS or np.isnan(value[-1]):
        return []
    sums_up = abs(np.nansum(value[:-1]) - value[-1]) < 0.0051
    if not sums_up or not any(blank(rows, name)[-1] for name in named):
        return []
    return [str(as_coded(rows.table.column(order))[len(value) - 1].as_py())]


def heads_last_row(rows: Rows) -> str:
    """The first column whose value on the last row is a word that stands nowhere else, such as "Total"; "" for none."""
    for name in rows.table.column_names:
        column = rows.table.column(name)
        if column.type == CODED_TEXT and not blank(rows, name)[-1]:
            last = codes(rows, name)
            word = str(as_coded(column)[len(last) - 1].as_py())
            if (last == last[-1]).sum() == 1 and word.strip().isalpha():
                return str(name)
    return ""


def nobody(rows: Rows, customer: str) -> list[str]:
    """The texts in a customer's column that name nobody."""
    texts = as_coded(rows.table.column(customer)).dictionary.to_pylist()
    return sorted(t for t in texts if plain(t) in NOBODY)


def begins_again(rows: Rows, order: str, date: str) -> bool:
    """Whether order numbers begin again: most that come several times stand on several dates."""
    days = as_coded(rows.table.column(date)).cast(pa.string()).to_pandas().str[:10]
    grouped = pd.Series(days.to_numpy()).groupby(codes(rows, order))
    several = grouped.size() > 1
    return bool(several.sum() >= LEAST_ROWS // 2 + 1 and (grouped.nunique()[several] > 1).mean() > 0.5)


def stated_currencies(rows: Rows, name: str) -> list[str]:
    """The ISO codes of the currencies in a column of currencies, the most frequent first."""
    text = as_coded(rows.table.column(name))
    return _by_frequency(text, money.codes_of(text.dictionary))


def written_currencies(rows: Rows, name: str) -> list[str]:
    """The ISO codes of the currencies given with the numbers of a column, the most frequent first."""
    column = rows.table.column(name)
    if column.type != CODED_TEXT:
        return []
    text = as_coded(column)
    return _by_frequency(text, money.currencies(text.dictionary))


def _by_frequency(text: pa.DictionaryArray, meant: pa.Array) -> list[str]:
    counted: Counter[str] = Counter()
    for meaning, rows in zip(meant.to_pylist(), np.bincount(text.indices, minlength=len(meant)), strict=True):
        counted[meaning] += int(rows)
    counted -= Counter()  # without those that no row has
    return [currency for currency, _ in counted.most_common() if re.fullmatch("[A-Z]{3}", currency)]


def currency_above(files: Iterable[Appearance]) -> list[str]:
    """The currency that notes above the headers name, as "All amounts in USD, unless specified" does; none where they
    name several."""
    notes = "\n".join(cell for found in files for row in found.rows[: found.header] for cell in row)
    named = re.findall(r"\b(?:in|en|em) ([A-Z]{3}|[Ee]uros?)\b", notes)
    codes = money.codes_of(pa.array(named, pa.string()), other="").to_pylist()
    found = sorted({code for code in codes if code})
    return found if len(found) == 1 else []


def spaced(texts: pa.Array, most: int) -> pa.Array:
    """At most this number of texts, taken at equal distances."""
    return texts if len(texts) <= most else texts.take(pa.array(np.linspace(0, len(texts) - 1, most).astype("int64")))


def zone_of(rows: Rows, date: str, currencies: Sequence[str] = ()) -> str:
    """The zone whose clock shows the offsets of a column of times, through summer and winter; "" where times have no
    offset. Zones of the shop's currencies come first: where no zone has all offsets, theirs that has nearly all. A
    fixed offset of UTC is the last resort."""
    column = rows.table.column(date)
    if column.type != CODED_TEXT:
        return ""
    texts = usual(spaced(as_coded(column).dictionary, 3000), "UTC").to_pylist()
    offsets = {t[:-6]: t[-5:] for t in texts if re.search(r" [+-]\d{4}$", t)}
    if not offsets:
        return ""
    chosen = [list(offsets)[int(i)] for i in np.linspace(0, len(offsets) - 1, min(300, len(offsets)))]
    hours = {offsets[t] for t in chosen}
    if hours == {"+0000"}:
        return "UTC"
    moments = pd.to_datetime(
        pd.Series([f"{t} {offsets[t]}" for t in chosen]), utc=True, errors="coerce", format="mixed"
    )
    given = pd.Series([offsets[t] for t in chosen])
    homes = [zone for code in currencies[:1] for zone in HOME_ZONES.get(code, ())]
    fits = {zone: (moments.dt.tz_convert(zone).dt.strftime("%z") == given).mean() for zone in (*homes, *ZONES)}
    whole = [zone for zone, share in fits.items() if share == 1.0]
    if found := [*whole, *(zone for zone in homes if fits[zone] >= HOLDS)]:
        return found[0]
    only = min(hours)
    west = "+" if only[0] == "-" else "-"
    return f"Etc/GMT{west}{int(only[1:3])}" if len(hours) == 1 and only.endswith("00") else ""
