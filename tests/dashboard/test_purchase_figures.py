"""What each customer bought, drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures.topics.purchases import MOST_ROWS, _counts


def test_orders_by_year_of_the_others_and_of_all_add_up() -> None:
    """14 customers with 3 orders in 2023 and 2 in 2024 each, but the last, who came in 2024."""
    rows = [(f"c{i:02d}", year, n, 5) for i in range(13) for year, n in (("2023", 3), ("2024", 2))]
    frame = pd.DataFrame([*rows, ("c13", "2024", 2, 2)], columns=["customer", "period", "orders", "customer_orders"])
    frame["year_orders"] = frame.groupby("period")["orders"].transform("sum")
    shown = [f"c{i:02d}" for i in range(MOST_ROWS)]
    by_year = frame.drop_duplicates("period").set_index("period")["year_orders"]
    counts = _counts(frame.iloc[: 2 * MOST_ROWS], shown, by_year, ["2023", "2024"], others=True)
    assert counts[:MOST_ROWS].tolist() == [[3.0, 2.0, 5.0]] * MOST_ROWS
    assert counts[MOST_ROWS:].tolist() == [[3.0, 4.0, 7.0], [39.0, 28.0, 67.0]]
    assert np.array_equal(counts[:-1].sum(axis=0), counts[-1])
