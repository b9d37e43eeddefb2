"""The chart of unusual days: seven days that are unusual only together are drawn over all of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from analytics.answer import Answer
from dashboard.context import Context
from dashboard.figures.topics.outlook import anomalies
from dashboard.text.formats import formats


def test_seven_days_together_are_a_line_over_seven_days_and_no_mark_inside_the_band() -> None:
    days = pd.date_range("2024-03-01", periods=12).strftime("%Y-%m-%d").to_numpy(object)
    frame = pd.DataFrame({"period": days, "revenue": 100.0, "expected": 90.0, "lower": 50.0, "upper": 150.0})
    frame["state"] = np.where(np.isin(np.arange(12), [8, 11]), "alert", "ok")
    frame["days"] = np.where(np.arange(12) == 8, 7.0, 1.0)
    frame["total"] = 700.0
    frame["usual"] = 500.0
    context = cast(Context, SimpleNamespace(formats=formats("USD", "en-US")))
    figure = anomalies(Answer(frame), context)
    drawn: dict[str, dict[str, Any]] = {t.get("name", ""): t for t in figure["data"]}
    begin, end = (np.datetime64(day, "h") for day in figure["layout"]["xaxis"]["range"])
    assert begin < np.datetime64(days[0]) < end, "a note on the first day does not lie on the labels of the other axis"
    assert drawn["Unusual day"]["x"] == [days[11]]
    run = drawn["Unusual week"]
    assert [day for day, value in zip(run["x"], run["y"], strict=True) if value is not None] == days[2:9].tolist()
    assert "$700" in run["hovertext"][2]
    assert run["hovertext"][2] == run["hovertext"][8]
