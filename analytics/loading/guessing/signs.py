"""Which sign divides decimals in a file's numbers and which one groups, by what the numbers show."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.guessing.evidence import spaced
from analytics.loading.reading.columns import CODED_TEXT
from analytics.loading.reading.rows import Rows
from analytics.loading.written.money import bare

MOSTLY = 0.8  # share of a column's texts that must look like numbers
SOME = 0.02
FEW_TEXTS = 500  # by which it is judged whether a column may hold numbers
_NUMBER = r"^[+-]?\d[\d.,' ]*$"
_DECIMAL = {",": r"^[+-]?\d{1,3}(?:[. ']?\d{3})*,\d{1,2}$", ".": r"^[+-]?\d{1,3}(?:[, ']?\d{2,3})*\.\d{1,2}$"}
# Groups that are no decimals: two of them, or decimals after one. In India groups have two digits.
_GROUPS = {
    ",": {
        ".": r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+|\.\d{3})$",
        " ": r"^[+-]?\d{1,3}(?: \d{3})+(?:,\d+)?$",
        "'": r"^[+-]?\d{1,3}(?:'\d{3})+(?:,\d+)?$",
    },
    ".": {
        ",": r"^[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?$",
        " ": r"^[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?$",
        "'": r"^[+-]?\d{1,3}(?:'\d{3})+(?:\.\d+)?$",
    },
}


def signs(rows: Rows) -> tuple[str, str]:
    """The decimal sign and the sign between groups, empty where there are none.

    A comma is the decimal sign where most numbers of a column end in one or two digits after it; where commas stand
    between the values too, only if no number ends so after a point. 12.900 is taken as it stands: see `three_decimals`.
    """
    numbers = [texts for name in rows.table.column_names if (texts := _numbers(rows, name)) is not None]
    decimal = "."
    if _greatest(numbers, ",", _DECIMAL[","]) > 0.5:
        points = any(_share(texts, _DECIMAL["."]) > SOME for texts in numbers)
        decimal = "," if rows.source.separator != "," or not points else "."
    found = {sign: _greatest(numbers, sign, p) for sign, p in _GROUPS[decimal].items()}
    best = max(found, key=lambda sign: found[sign])
    return decimal, best if found[best] > (0 if decimal == "," else SOME) else ""


def _greatest(columns: list[pa.Array], sign: str, pattern: str) -> float:
    """The greatest share of a column's texts that match a pattern with a sign, which few texts have."""
    return max((_share(t, pattern) for t in columns if pc.any(pc.match_substring(t, sign)).as_py()), default=0.0)


def three_decimals(rows: Rows, name: str) -> bool:
    """Whether every fraction of a column has three digits, most of them ending in 0, as prices of 12.900 pesos have."""
    texts = _numbers(rows, name)
    if texts is None or rows.source.decimal != ".":
        return False
    with_point = texts.filter(pc.match_substring_regex(texts, r"\."))
    like_groups = _share(with_point, r"^[+-]?[1-9]\d{0,2}\.\d{3}$")
    return bool(len(with_point) > 1 and like_groups == 1 and _share(with_point, r"0$") >= MOSTLY)


def _numbers(rows: Rows, name: str) -> pa.Array | None:
    """The texts of a column without their currencies, where most look like numbers."""
    column = rows.table.column(name)
    if column.type != CODED_TEXT:
        return None
    texts = column.combine_chunks().dictionary
    few = _bare(spaced(texts, FEW_TEXTS))
    if len(texts) > FEW_TEXTS and _share(few, _NUMBER) < MOSTLY / 2:
        return None  # of many texts: the others are not rewritten one by one
    texts = _bare(texts)
    return texts if len(texts) and _share(texts, _NUMBER) >= MOSTLY else None


def _bare(texts: pa.Array) -> pa.Array:
    """The texts without their currencies, and without those that are empty then."""
    found = texts if _share(texts, _NUMBER) == 1 else bare(texts)
    return found.filter(pc.not_equal(found, ""))


def _share(texts: pa.Array, pattern: str) -> float:
    return (
        float(pc.mean(pc.match_substring_regex(texts, pattern).cast(pa.int8())).as_py() or 0.0) if len(texts) else 0.0
    )
