"""Models of customers print how they fared on the customers at hand, never on another data set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.questions.customers import prospects
from analytics.questions.customers.models import learn, models_of
from analytics.selection import Selection
from tests.analytics.odd_shapes import line, tables
from tests.analytics.told import insights


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_models_print_the_rehearsal_of_their_own_data(rate: float) -> None:
    rng = np.random.default_rng(4)
    rows: list[dict[str, object]] = []
    for n in range(400):
        at = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(rng.integers(0, 300)))
        every = float(rng.gamma(2, 30 / rate))
        while at < pd.Timestamp("2023-06-30"):
            rows.append(line(f"{n}-{len(rows)}", f"{at:%F}", float(rng.gamma(4, 10)), customer=f"C{n}"))
            if rng.random() < 0.15:
                break
            at += pd.Timedelta(days=1 + int(rng.exponential(every)))
    engine = ColumnarEngine(store.in_memory(tables(rows)))
    now = engine.resolve(Selection("odd"))
    (said,) = prospects.rehearsal(models_of(learn(engine, now)))
    cut = np.datetime64(now.span.last) - np.timedelta64(13, "W")
    days = pd.DataFrame({"who": [r["customer"] for r in rows], "day": [str(r["ordered_at"])[:10] for r in rows]})
    known = set(days.loc[days["day"] <= str(cut), "who"])
    came = days[(days["day"] > str(cut)) & days["who"].isin(known)].drop_duplicates()
    assert said.endswith(f"purchases predicted, {len(came):,} made.")
    caveats = [i.caveat() for i in insights(engine, now) if i.kind in ("churn", "segment_value")]
    assert caveats
    assert all(f"predicted, {len(came):,} made." in caveat for caveat in caveats)
