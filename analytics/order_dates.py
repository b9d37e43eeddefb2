"""One date an order: `ordered_at` belongs to the order, a line's own date is when it was posted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.quality import Quality
from analytics.sources import Rows


def settle(lines: pd.DataFrame, rows: Rows, quality: Quality) -> pd.DataFrame:
    """The lines with one ordered_at an order: the earliest of its sale lines, or of all its lines where none is a sale.

    A line dated otherwise keeps its date as posted_at (which then stands on every line) and is counted as changed.
    An empty posted_at becomes the order's date. `rows` are the source rows of the lines. Empty lines come back as
    they are.
    """
    if lines.empty:
        return lines
    own = lines["ordered_at"]
    earliest = own.groupby(lines["order_id"], sort=False).transform("min")
    if not earliest.equals(own):
        of_sales = own.where(lines["sale"]).groupby(lines["order_id"], sort=False).transform("min")
        ordered = of_sales.fillna(earliest)
        moved = np.flatnonzero((ordered != own).to_numpy())
        label = (
            "lines dated otherwise than their order: the order has the earliest date, the line keeps its own as posted"
        )
        quality.add("order_with_two_dates", label, "changed", len(moved), rows.examples(moved[:5]))
        lines = lines.assign(ordered_at=ordered)
        if "posted_at" not in lines:
            return lines.assign(posted_at=own)
    if "posted_at" in lines:
        lines = lines.assign(posted_at=lines["posted_at"].fillna(lines["ordered_at"]))
    return lines
