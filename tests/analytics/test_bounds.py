"""The days that data cover: declared ones count where nobody ordered, a running day is never complete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.engines.common.bounds import bounds_of
from analytics.profile import Profile
from analytics.questions import trends
from analytics.questions.overview import kpis
from analytics.selection import Selection
from tests.analytics.companies import Tables
from tests.analytics.engines import EngineKind
from tests.analytics.odd_shapes import line, tables


def shop(**declared: str) -> Tables:
    """Orders on each day from 3 January 2018 to 30 December 2019; nobody orders on New Year's Eve or New Year."""
    days = pd.date_range("2018-01-03", "2019-12-30")
    rows = [line(n, f"{day:%F} 12:00", 10.0 if day.year == 2018 else 12.0) for n, day in enumerate(days)]
    rows = [row for row in rows if row["ordered_at"][5:10] not in ("12-31", "01-01", "01-02")]
    made = tables(rows)
    return replace(made, profile=replace(made.profile, **declared))


def test_a_declared_end_after_the_last_order_completes_the_year(kind: EngineKind) -> None:
    engine = kind.of(shop(data_from="2018-01-01", data_until="2019-12-31"))
    now = engine.resolve(Selection("odd", "last_year", "year"))
    assert (str(now.span), str(now.base)) == ("2019-01-01..2020-01-01", "2018-01-01..2019-01-01")
    found = kpis(engine, now, {}).frame.set_index("metric")
    assert found.loc["revenue", "value"] == 362 * 12.0
    assert found.loc["revenue", "base"] == 362 * 10.0
    years = trends.growth_over_time(engine, engine.resolve(Selection("odd")).by("year"), {}).frame
    assert years["growth"].iloc[-1] == pytest.approx(20.0)
    assert years["days"].tolist() == years["period_days"].tolist() == [365, 365]
    months = engine.aggregate(["period"], ["orders", "days"], now.by("month"))
    assert months["days"].sum() == 365
    assert len(engine.aggregate(["period"], ["orders"], now.by("day"))) == 365


def test_without_a_declaration_the_data_end_with_the_last_order(kind: EngineKind) -> None:
    engine = kind.of(shop())
    assert str(engine.bounds.span) == "2018-01-03..2019-12-31"
    assert str(engine.resolve(Selection("odd", "last_year")).requested) == "2018-01-01..2019-01-01"


def test_a_day_is_running_while_the_sources_are_refreshed() -> None:
    first, last = np.datetime64("2026-01-05"), np.datetime64("2026-03-02")
    profile = Profile("odd", "Odd", refresh="15m", time_zone="America/New_York")
    evening = "2026-03-03T02:00:00+00:00"  # 2 March, nine in the evening in New York
    running = bounds_of(first, last, profile, evening)
    assert (str(running.until), str(running.end)) == ("2026-03-02", "2026-03-03")
    next_day = bounds_of(first, last, profile, "2026-03-03T06:00:00+00:00")
    assert str(next_day.until) == "2026-03-03"
    assert str(bounds_of(first, last, replace(profile, refresh=""), evening).until) == "2026-03-03"
    declared = bounds_of(first, last, replace(profile, data_until="2026-12-31"), evening)
    assert str(declared.until) == "2026-03-02", "what is declared beyond the load is not known either"
    first_day = bounds_of(last, last, profile, evening)
    assert (first_day.complete.days, first_day.span.days) == (0, 1)
