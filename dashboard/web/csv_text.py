"""CSV: numbers in full, blanks empty, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from analytics.engines.base import Engine
from analytics.selection import Resolved
from dashboard.page.lines import line_columns

ROWS_AT_ONCE = 20_000  # of order lines: about 60 MB while they are written

# A formula begins with one of these signs, also in their full width, which some spreadsheets narrow. Where a comma is
# the decimal sign, cells are parted by semicolons (or tabs): what follows one may begin a cell.
_SIGN = "[=+\\-@＝＋－＠]"
_RISKY = re.compile(f"^[\t\r]|(?:^|[;\t\r\n]){_SIGN}")
_AFTER = re.compile(f"([;\t\r\n])(?={_SIGN})")


def safe_text(value: Any) -> Any:
    """A text that a spreadsheet would read as a formula, with an apostrophe before that; everything else as it is.

    `=1+1` becomes `'=1+1`, and `a;=1+1` becomes `a;'=1+1`."""
    if not isinstance(value, str) or not _RISKY.search(value):
        return value
    begins = "'" if _RISKY.match(value) else ""
    return begins + _AFTER.sub(r"\1'", value)


def to_csv(frame: pd.DataFrame) -> str:
    """The frame with its header. Numbers have fifteen significant digits, which leaves out binary noise and nothing
    else; blanks stay empty; formulas are texts."""
    texts = {c: _safe(frame[c]) for c in frame.columns if frame[c].dtype.kind not in "fiubM"}
    return str(frame.assign(**texts).to_csv(index=False, lineterminator="\n", float_format="%.15g"))


def line_parts(
    engine: Engine, selection: Resolved, columns: Sequence[str], sort: Sequence[tuple[str, bool]] = ()
) -> Iterator[pd.DataFrame]:
    """All selected order lines, a part at a time, in an order as of Engine.lines; one empty part where there are
    none."""
    done = 0
    while True:
        page = engine.lines(selection, columns, sort, done, ROWS_AT_ONCE)
        yield page.rows
        done += len(page.rows)
        if done >= page.count or page.rows.empty:
            return


def lines_csv(
    engine: Engine, selection: Resolved, columns: Sequence[str] = (), sort: Sequence[tuple[str, bool]] = ()
) -> Iterator[str]:
    """These columns (all by default) of all selected order lines, a part at a time, in an order as of Engine.lines."""
    first = True
    for rows in line_parts(engine, selection, columns or line_columns(engine), sort):
        times = {c: _times(rows[c], timed="hour" in engine.schema) for c in map(str, rows) if rows[c].dtype.kind == "M"}
        text = to_csv(rows.assign(**times))
        yield text if first else text.partition("\n")[2]
        first = False


def _times(values: pd.Series, *, timed: bool) -> pd.Series:
    """Times as texts whose form does not depend on the others of a part: to the second, or finer where a time is; days
    alone where the data know no hours."""
    days_alone = not timed and bool((values.isna() | (values == values.dt.normalize())).all())
    texts: pd.Series = values.dt.strftime("%Y-%m-%d" if days_alone else "%Y-%m-%d %H:%M:%S")
    fine = values.dt.microsecond > 0
    if fine.any():
        texts[fine] = values[fine].dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    return texts


def _safe(values: pd.Series) -> pd.Series:
    """The texts of a column, each safe."""
    if not isinstance(values.dtype, pd.StringDtype):
        return values.map(safe_text)
    risky = values.str.contains(_RISKY, na=False)
    if not risky.any():
        return values
    texts = values.copy()
    texts[risky] = values[risky].map(safe_text)
    return texts
