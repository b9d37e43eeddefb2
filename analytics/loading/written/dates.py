"""Dates written as text or as a number: parsed by a declared format, or by the one format that fits all values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.loading.spec import FIRST_YEAR, LAST_YEAR
from analytics.loading.written import fixed_dates
from analytics.loading.written.date_texts import usual

NEVER = np.datetime64("NaT", "us")
EARLIEST, LATEST = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR + 1}-01-01")

_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%m.%d.%Y",
    "%m/%d/%y", "%d/%m/%y", "%m-%d-%y", "%d-%m-%y", "%d.%m.%y", "%y-%m-%d",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%b %d %Y", "%b-%d-%y", "%b-%d-%Y",
    "%d %b %y", "%Y %b %d",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f")
_ZONED = (" %H:%M %z", " %H:%M:%S %z", " %I:%M %p %z", " %I:%M:%S %p %z")
_ISO_TIMES = ("T%H:%M:%S", "T%H:%M", "T%H:%M:%S.%f", "T%H:%M:%S%z", "T%H:%M:%S.%f%z", " %H:%M:%S%z", " %H:%M%z")
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%b-%Y", "%Y %b")
# Numbers that stand for times: since when they count, how many microseconds one is, and the least and the greatest that
# are taken as a time. Those of Excel are days in the writer's own zone, from 1950 to 2199.
COUNTED = {
    "excel": ("1899-12-30", 86_400_000_000, 18_264.0, 109_574.0),
    "unix": ("1970-01-01", 1_000_000, 1e8, 1e10),
    "unix_ms": ("1970-01-01", 1_000, 1e11, 1e13),
    "unix_us": ("1970-01-01", 1, 1e14, 1e16),
}
FORMATS = (
    *(d + t for d in _DAYS for t in _TIMES),
    *("%Y-%m-%d" + t for t in _ISO_TIMES),
    *(d + t for d in _DAYS for t in _ZONED),
    *_MONTHS,
    *COUNTED,
)


def parse(texts: Sequence[str] | np.ndarray | pd.Index, formats: Iterable[str], time_zone: str) -> np.ndarray:
    """Each text by the first format that fits it: datetime64[us] without a zone, in `time_zone`; NaT where none fits.

    A format is tried on a text as it stands, and then as `date_texts.usual` rewrites it. A text with an offset (%z) is
    moved to `time_zone`, as are the counted times of COUNTED. Days before 1900 or after 2199 are NaT: such a year is a
    typing error.
    """
    result = _of_any_year(texts, tuple(formats), time_zone)
    result[(result < EARLIEST) | (result >= LATEST)] = NEVER
    return result


def parse_by_each(
    texts: Sequence[str] | np.ndarray | pd.Index, formats: Iterable[str], time_zone: str
) -> dict[str, np.ndarray]:
    """The same by each format alone; texts are rewritten once."""
    written = _Written(pd.Series(texts, dtype="str"), time_zone)
    found = {fmt: written.read((fmt,)) for fmt in formats}
    for times in found.values():
        times[(times < EARLIEST) | (times >= LATEST)] = NEVER
    return found


def _of_any_year(texts: Sequence[str] | np.ndarray | pd.Index, formats: tuple[str, ...], time_zone: str) -> np.ndarray:
    return _Written(pd.Series(texts, dtype="str"), time_zone).read(formats)


class _Written:
    """Texts, and those that a format did not read as `date_texts.usual` rewrites them."""

    def __init__(self, values: pd.Series, time_zone: str) -> None:
        self._values, self._time_zone = values, time_zone
        self._filled = (values != "").to_numpy()
        self._rewritten = np.full(len(values), None, object)
        self._known = np.zeros(len(values), bool)  # which are rewritten

    def read(self, formats: tuple[str, ...]) -> np.ndarray:
        """Times of any year by the first of the formats that fits."""
        result = np.full(len(self._values), NEVER)
        _fill(result, self._values, formats, self._time_zone)
        unread = np.isnat(result) & self._filled
        if unread.any():
            new = unread & ~self._known
            if new.any():
                texts = usual(pa.array(self._values[new], pa.string()), self._time_zone)
                self._rewritten[new] = texts.to_numpy(zero_copy_only=False)
                self._known |= new
            found = np.full(int(unread.sum()), NEVER)
            _fill(found, pd.Series(self._rewritten[unread], dtype="str"), formats, self._time_zone)
            result[unread] = found
        return result


def faults(texts: Sequence[str] | np.ndarray, formats: Iterable[str], time_zone: str) -> list[str]:
    """Why each of these texts, which `parse` cannot read, is no date: "year" of one that lies outside the years that
    are taken, "day" of one that is written as a date but whose day or time does not exist, else "format".

    >>> faults(["31.02.2024", "01.02.2204", "soon"], ["%d.%m.%Y"], "UTC")
    ['day', 'year', 'format']
    """
    formats = tuple(formats)
    outside = ~np.isnat(_of_any_year(texts, formats, time_zone))
    rewritten = usual(pa.array(texts, pa.string()), time_zone).to_pylist()
    found = []
    for text, plain, far in zip(texts, rewritten, outside, strict=True):
        shaped = any(_shape(f).fullmatch(t) for f in formats for t in (text.strip(), plain))
        if far:
            found.append("year")
        else:
            found.append("day" if shaped else "format")
    return found


def _fill(result: np.ndarray, values: pd.Series, formats: Iterable[str], time_zone: str) -> None:
    """Put the times that formats read into the places of `result` that have none."""
    for fmt in formats:
        unread = np.isnat(result) & (values != "").to_numpy()
        if not unread.any():
            return
        read = _counted if fmt in COUNTED else _by_format
        result[unread] = read(values[unread], fmt, time_zone)


def _by_format(values: pd.Series, fmt: str, time_zone: str) -> np.ndarray:
    zoned = "%z" in fmt
    result = fixed_dates.read(pa.array(values, pa.string()), fmt)
    rest = np.isnat(result)
    if rest.any():
        found = pd.to_datetime(values[rest], format=fmt, errors="coerce", utc=zoned)
        result[rest] = (found.dt.tz_localize(None) if zoned else found).to_numpy().astype("datetime64[us]")
    return in_zone(result, "UTC", time_zone) if zoned else result


def _counted(values: pd.Series, fmt: str, time_zone: str) -> np.ndarray:
    """Times that are written as a number: Excel's days in the writer's own zone, or the seconds of Unix in UTC."""
    origin, unit, least, most = COUNTED[fmt]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy("float64")
    known = (numbers >= least) & (numbers < most)
    since = np.round(np.where(known, numbers, 0.0) * unit / 1e6) * 1e6  # whole seconds
    times = np.datetime64(origin, "us") + since.astype("timedelta64[us]")
    return np.where(known, times if fmt == "excel" else in_zone(times, "UTC", time_zone), NEVER)


def in_zone(times: np.ndarray, zone: str, time_zone: str) -> np.ndarray:
    """Local times of one zone as those of another. An hour that comes twice is taken as the first, and one that the
    clocks leave out moves forward."""
    series = pd.Series(times)
    first = np.ones(len(series), bool)
    moved = series.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").dt.tz_convert(time_zone)
    return moved.dt.tz_localize(None).to_numpy().astype("datetime64[us]")


_SHAPES = {"Y": r"\d{4}", "y": r"\d{2}", "f": r"\d{1,9}", "z": ".+", "b": r"[^\W\d]+\.?", "B": r"[^\W\d]+", "p": r"\w+"}


@cache
def _shape(fmt: str) -> re.Pattern[str]:
    """A pattern that every text of this format matches; testing it is cheaper than parsing."""
    if fmt in COUNTED:
        return re.compile(r"\d{5,16}(?:\.\d+)?")
    parts = re.split("%(.)", fmt)
    codes = (_SHAPES.get(code, r"\d{1,2}") if at % 2 else re.escape(code) for at, code in enumerate(parts))
    return re.compile("".join(codes))


def shaped_like(texts: Sequence[str] | np.ndarray, share: float = 1.0, time_zone: str = "UTC") -> list[str]:
    """The formats whose pattern at least this share of the texts have, as they stand or as `date_texts.usual` rewrites
    them. It is a necessary condition that costs little."""
    written = [t.strip() for t in texts]
    rewritten = usual(pa.array(texts, pa.string()), time_zone).to_pylist()
    pairs = list(zip(written, rewritten, strict=True))
    needed = share * len(pairs)
    return [f for f in FORMATS if sum(any(map(_shape(f).fullmatch, pair)) for pair in pairs) >= needed]


def mostly(texts: Sequence[str] | np.ndarray, time_zone: str, share: float) -> np.ndarray:
    """Which texts can be read by the format that reads most of them; none where that is less than this share.

    Where one of a thousand dates is mistyped, the others still show their format.
    """
    values = np.asarray(texts, dtype=object)
    few = values[np.linspace(0, len(values) - 1, min(60, len(values))).astype(int)]
    shaped = shaped_like(few, share / 2, time_zone)
    read = [~np.isnat(times) for times in parse_by_each(values, shaped, time_zone).values()]
    best = max(read, key=lambda fits: int(fits.sum()), default=np.zeros(len(values), bool))
    return best if best.sum() >= share * len(values) else np.zeros(len(values), bool)


def fitting(texts: Sequence[str] | np.ndarray, time_zone: str = "UTC", known: Iterable[str] = FORMATS) -> list[str]:
    """The formats that fit all texts that are not empty; more than one only where the texts allow different readings.

    Of formats that read the same dates from these texts the first is returned.
    """
    return [formats[0] for formats in readings(texts, time_zone, known)]


def readings(
    texts: Sequence[str] | np.ndarray, time_zone: str = "UTC", known: Iterable[str] = FORMATS
) -> list[tuple[str, ...]]:
    """The formats that fit all texts that are not empty, grouped by the dates that they read from them, to the second.

    "03/04/2024" alone gives two groups; with "31/12/2024" there is one, with the day first.
    """
    values = pd.Series([t for t in texts if t], dtype="str").drop_duplicates(ignore_index=True)
    if values.empty:
        return []
    sample = values.iloc[:20].to_numpy()
    written = (sample[0].strip(), usual(pa.array(sample[:1], pa.string()), time_zone)[0].as_py())
    found: dict[bytes, list[tuple[int, str]]] = {}  # by the seconds they read: formats, the most exact first
    shaped = [fmt for fmt in known if any(_shape(fmt).fullmatch(text) for text in written)]
    fits = [fmt for fmt, times in parse_by_each(sample, shaped, time_zone).items() if not np.isnat(times).any()]
    for fmt, times in parse_by_each(values.to_numpy(), fits, time_zone).items():
        if not np.isnat(times).any():
            seconds = times.astype("datetime64[s]")
            fraction = int((times - seconds).astype("int64").sum())
            found.setdefault(seconds.tobytes(), []).append((-fraction, fmt))
    return [tuple(fmt for _, fmt in sorted(formats, key=itemgetter(0))) for formats in found.values()]
