"""Forecast, unusual days, alerts and bridges as questions of a selection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.calendar import Calendar
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData, UnknownName
from analytics.insights import needs_action
from analytics.insights.company import Company
from analytics.insights.kinds.changes.groups import lapsing
from analytics.insights.kinds.portrait.customers import at_risk
from analytics.questions import outlook
from analytics.questions.customers import concentration, prospects, segments
from analytics.selection import Selection
from analytics.store import in_memory
from analytics.store import open as open_store
from tests.analytics.companies import Tables, frame

YEAR = "range=last_12m&compare=year"


@pytest.fixture(scope="module")
def demo(store: Path) -> ColumnarEngine:
    """The demonstration company at a fiftieth of its size."""
    return ColumnarEngine(open_store(store, "demo"))


@pytest.fixture(scope="module")
def bytronix(store: Path, sources: Path) -> ColumnarEngine:
    return ColumnarEngine(open_store(store, "bytronix"))


def asked(engine: ColumnarEngine, query: str = YEAR) -> tuple[ColumnarEngine, object]:
    return engine, engine.resolve(Selection.from_query(query)[0])


def lines_of(engine: ColumnarEngine, query: str) -> pd.DataFrame:
    selection = engine.resolve(Selection.from_query(query)[0])
    columns = ["order_id", "ordered_at", "product", "quantity", "amount", "customer"]
    return engine.lines(selection, columns, [], 0, 10_000_000).rows


def test_daily_is_every_day_of_the_history_summed(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    series = outlook.daily(engine, selection, "revenue")
    lines = lines_of(demo, "range=all")
    naive = lines.groupby(lines["ordered_at"].dt.normalize())["amount"].sum()
    assert series.index[0] == pd.Timestamp(str(demo.bounds.start))
    assert len(series) == (demo.bounds.complete.end - demo.bounds.start).astype(int)
    np.testing.assert_allclose(series.reindex(naive.index).to_numpy(), naive.to_numpy(), atol=0.005)


def test_a_forecast_begins_where_the_history_ends(demo: ColumnarEngine) -> None:
    try:
        answer = outlook.forecast(*asked(demo), {})
    except NotEnoughData as refusal:
        pytest.skip(f"the small demonstration is refused a forecast: {refusal}")
    kinds = answer.frame.groupby("kind")["period"].agg(["min", "max"])
    first = np.datetime64(kinds.loc["forecast", "min"])
    grain = str(answer.more["grain"]["grain"].iloc[0])
    assert first == Calendar().next(np.datetime64(kinds.loc["history", "max"], "D"), grain)
    known = answer.frame["kind"] == "history"
    assert answer.frame.loc[known, "lower_80"].isna().all()
    ahead = answer.frame[~known].dropna(subset=["lower_80", "lower_95"])
    assert (ahead["lower_95"] <= ahead["lower_80"]).all()
    assert (ahead["upper_80"] <= ahead["upper_95"]).all()


def test_december_is_not_extrapolated(bytronix: ColumnarEngine) -> None:
    answer = outlook.forecast(*asked(bytronix, "range=last_12m"), {})
    ahead = answer.frame.loc[answer.frame["kind"] == "forecast", "revenue"]
    december = answer.frame.loc[answer.frame["period"].str.startswith("2019-12"), "revenue"].mean()
    assert ahead.mean() < 0.85 * december
    assert any("December" in note for note in answer.notes)


def test_the_units_of_one_product_are_those_of_its_filter(bytronix: ColumnarEngine) -> None:
    engine, whole = asked(bytronix, "range=all&product=Wired Headphones&city=Boston&city=Dallas")
    chosen = outlook.forecast(engine, whole, {"metric": "units", "product": "iPhone"})
    filter_ = "range=all&product=iPhone&city=Boston&city=Dallas"
    filtered = outlook.forecast(*asked(bytronix, filter_), {"metric": "units"})
    pd.testing.assert_frame_equal(chosen.frame, filtered.frame)
    assert chosen.notes == ("iPhone.", *filtered.notes)
    with pytest.raises(UnknownName, match="Did you mean 'iPhone'"):
        outlook.forecast(engine, whole, {"product": "iPhon"})


def test_an_empty_selection_forecasts_nothing(demo: ColumnarEngine) -> None:
    assert outlook.forecast(*asked(demo, "product=nothing"), {}).empty
    assert outlook.anomalies(*asked(demo, "product=nothing"), {}).empty


def test_where_hardly_a_day_has_an_order_none_is_unusual() -> None:
    days = [f"2024-{m:02}-{d}" for m in range(1, 13) for d in ("03", "17")]
    columns = {"order_id": days, "ordered_at": days, "product": "tea", "quantity": 1.0, "amount": 5.0}
    engine = ColumnarEngine(in_memory(Tables(frame(pd.DataFrame(columns).to_dict("records")))))
    with pytest.raises(NotEnoughData, match="Only 24 of 350 days have an order"):
        outlook.anomalies(*asked(engine, "range=all"), {})


@pytest.mark.long
def test_unusual_days_are_those_of_the_range(demo: ColumnarEngine) -> None:
    answer = outlook.anomalies(*asked(demo, "range=last_90d"), {})
    assert len(answer.frame) == 90
    assert set(answer.frame["state"]) <= {"ok", "alert", "learning", "holiday", "unknown"}
    judged = answer.frame["state"].isin(["ok", "alert"]).sum()
    assert 0 < judged < 90
    assert f"{judged} judged days" in answer.notes[0]
    assert f"{90 - judged} days could not be judged." in answer.notes


@pytest.mark.parametrize("method", ["factors", "prices"])
def test_the_steps_of_the_bridge_sum_to_the_change(demo: ColumnarEngine, method: str) -> None:
    frame = outlook.revenue_bridge(*asked(demo), {"method": method}).frame.set_index("step")["revenue"]
    now = lines_of(demo, "range=last_12m")["amount"].sum()
    before = lines_of(demo, "range=2024-01-01..2025-01-01")["amount"].sum()
    assert frame["now"] == pytest.approx(now, abs=0.005)
    assert frame["base"] == pytest.approx(before, abs=0.005)
    assert frame.drop(["base", "now"]).sum() == pytest.approx(now - before, abs=0.01)


def test_without_a_comparison_there_is_no_bridge(demo: ColumnarEngine) -> None:
    for question in (outlook.revenue_bridge, outlook.order_value_bridge):
        with pytest.raises(NotEnoughData, match="comparison"):
            question(*asked(demo, "range=all"), {})


def test_mix_and_rate_sum_to_the_change_of_the_order_value(demo: ColumnarEngine) -> None:
    frame = outlook.order_value_bridge(*asked(demo), {"by": "region"}).frame
    engine, selection = asked(demo)
    now = engine.aggregate([], ["aov"], selection)["aov"].iloc[0]
    before = engine.aggregate([], ["aov"], selection.before)["aov"].iloc[0]
    assert frame["change"].sum() == pytest.approx(now - before, abs=1e-6)
    np.testing.assert_allclose(frame["mix"] + frame["rate"], frame["change"], atol=1e-9)


@pytest.mark.long
def test_alert_rules_are_tried_on_the_past(demo: ColumnarEngine, bytronix: ColumnarEngine) -> None:
    frame = outlook.alerts(*asked(demo), {}).frame
    assert list(frame["rule"]) == [rule["name"] for rule in demo.profile.alerts]
    assert set(frame["firing_now"]) <= {"yes", "no"}
    falls = outlook.alerts(*asked(bytronix, "range=last_12m"), {}).frame.iloc[0]
    # June −18.23 % is the one fall of a month in 2019 beyond 16.7 %: July to September fell by less.
    assert falls["fired"] == 1


def test_data_without_rules_say_so(store: Path, sources: Path) -> None:
    engine = ColumnarEngine(open_store(store, "atliq"))
    with pytest.raises(NotInData, match="alert rules"):
        outlook.alerts(*asked(engine, ""), {})


# --- prospects


def test_prospects_cover_every_buyer_and_keep_within_bounds(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    people, _ = prospects.prospects(engine, selection)
    lines = lines_of(demo, "range=all")
    assert len(people) == lines.loc[(lines["customer"] != "") & (lines["amount"] >= 0), "customer"].nunique()
    assert people["likely_to_buy"].between(0, 100).all()
    assert (people["value"] >= 0).all()
    np.testing.assert_allclose(people["likely_to_buy"] + people["churn_risk"], 100)


def test_the_good_customers_whom_the_overview_calls_lapsing_are_those_that_its_link_lists(demo: ColumnarEngine) -> None:
    now = demo.resolve(Selection("demo", "2025-12-01..2026-01-01"))
    claim = next(iter(lapsing(Company(demo, now))))
    query, _ = Selection.from_query(claim.proof.query)
    listed = prospects.churn_risk(demo, demo.resolve(query), dict(query.options_of("churn_risk"))).frame
    assert len(listed) == claim.evidence["customers"].value > 0
    assert claim.evidence["spent"].value == pytest.approx(listed["monetary"].sum()), "what they spent, as exported"
    assert 0 < claim.gap <= claim.evidence["spent"].value
    whole = demo.resolve(Selection("demo", "all"))
    assert prospects.churn_risk(demo, whole, {"who": "new"}).frame.empty, "nothing lies before"


def test_where_silence_costs_nothing_the_notes_say_so_and_those_who_are_lapsing_are_listed(
    demo: ColumnarEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = demo.resolve(Selection("demo", "2025-12-01..2026-01-01"))
    whole = demo.resolve(Selection("demo", "all"))
    lapsing_now = prospects.churn_risk(demo, now, {"who": "new"}).frame["customer"]
    people, _ = prospects.people_ahead(demo, now)
    lapsed = int((people["late"] & (people["r"] < 4)).sum())
    assert lapsed > len(lapsing_now) > 0
    with monkeypatch.context() as patched:
        patched.setattr(prospects, "_with_stake", lambda people: people.assign(at_stake=0.0, on_schedule=0.0))
        found = prospects.churn_risk(demo, now, {})
        assert set(found.frame["customer"]) == set(lapsing_now)
        assert found.notes[0].startswith(f"{lapsed} of {len(people):,} customers have lapsed")
        assert found.notes[1] == prospects.NO_LOSS
        assert found.notes[2].startswith(
            f"Listed instead are {len(lapsing_now)} good customers who have begun to lapse"
        )
        nobody = prospects.churn_risk(demo, whole, {})
        assert nobody.frame.empty
        assert nobody.why == prospects.NO_LOSS, "nobody came to lapse, and that is not the reason"
        expected = prospects.prospects

        def on_time(*asked: object) -> object:
            values, fitted = expected(*asked)  # type: ignore[arg-type]
            return values.assign(late=False), fitted

        patched.setattr(prospects, "prospects", on_time)
        punctual = prospects.churn_risk(demo, now, {})
        assert punctual.notes[0].startswith("No customer has lapsed")
        assert punctual.notes[1].startswith("Listed instead")
    assert prospects.churn_risk(demo, whole, {"who": "new"}).why.startswith("The range begins with the data")
    assert not prospects.churn_risk(demo, whole, {}).frame.empty, "who has lapsed is listed over the whole range"


def test_the_overview_asks_for_no_action_where_the_list_says_that_silence_costs_nothing(
    bytronix: ColumnarEngine,
) -> None:
    now = bytronix.resolve(Selection("bytronix", "last_month"))
    listed = prospects.churn_risk(bytronix, now, {"who": "new"})
    assert len(listed.frame) > 1000
    assert prospects.NO_LOSS in listed.notes
    assert lapsing(Company(bytronix, now)) == []
    assert "lapsing" not in set(needs_action(bytronix, now).frame["kind"])


def test_nothing_is_to_be_done_about_silence_that_costs_nothing(
    demo: ColumnarEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, whole = (demo.resolve(Selection("demo", days)) for days in ("2025-12-01..2026-01-01", "all"))
    assert at_risk(Company(demo, whole))[0].advice == "at_risk.do"
    monkeypatch.setattr(prospects, "_with_stake", lambda people: people.assign(at_stake=0.0, on_schedule=0.0))
    assert lapsing(Company(demo, now)) == []
    assert at_risk(Company(demo, whole))[0].advice == ()
    monkeypatch.setattr(prospects, "_with_stake", lambda people: people)  # the rehearsal failed: nothing is known
    assert lapsing(Company(demo, now)) == []


def test_values_by_segment_sum_to_those_of_the_customers(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    listed, _ = prospects.people_ahead(engine, selection)
    for by in ("rfm_segment", "value_tier", "channel"):
        grouped = prospects.clv_by_segment(engine, selection, {"by": by}).frame
        assert grouped["customers"].sum() == len(listed)
        assert grouped["value"].sum() == pytest.approx(listed["value"].sum())
    late = prospects.churn_risk(engine, selection, {}).frame
    assert late["to_win"].is_monotonic_decreasing, "and not those first who will never come back"
    assert (late["to_win"] <= late["at_stake"]).all()
    assert late["at_stake"].sum() == pytest.approx(listed["at_stake"].sum())
    assert (late["at_stake"] > 0).all(), "only customers who are late are listed"


def test_who_is_slipping_away_has_the_names_that_the_data_give(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    listed = prospects.churn_risk(engine, selection, {}).frame
    everybody = engine.resolve(Selection.from_query("range=all")[0])
    lines = engine.lines(everybody, ["customer", "customer_name"], [], 0, 10_000_000).rows.astype(str)
    name_of = dict(zip(lines["customer"], lines["customer_name"], strict=True))
    assert listed["customer_name"].tolist() == [name_of[c] for c in listed["customer"]]
    assert (listed["customer_name"] != "").any()


def test_filters_choose_customers_and_never_refit(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    everyone = prospects.churn_risk(engine, selection, {}).frame.set_index("customer")["value"]
    some = prospects.churn_risk(*asked(demo, f"{YEAR}&country=US"), {}).frame.set_index("customer")["value"]
    assert 0 < len(some) < len(everyone)
    pd.testing.assert_series_equal(everyone.reindex(some.index), some)


def test_the_action_plan_counts_every_customer_once(demo: ColumnarEngine) -> None:
    engine, selection = asked(demo)
    plan = prospects.action_plan(engine, selection, {}).frame
    assert plan["customers"].sum() == len(prospects.people_ahead(engine, selection)[0])
    assert plan["rfm_segment"].is_unique


def test_few_customers_get_a_plan_without_expectations(store: Path, sources: Path) -> None:
    engine = ColumnarEngine(open_store(store, "atliq"))
    answer = prospects.action_plan(*asked(engine, ""), {})
    assert answer.frame["customers"].sum() == 17
    assert "value" not in answer.frame
    assert any("No expected values" in note for note in answer.notes)


def test_what_hangs_on_the_largest(store: Path, sources: Path) -> None:
    engine = ColumnarEngine(open_store(store, "atliq"))
    answer = concentration.concentration(*asked(engine, ""), {})
    shares = answer.frame.set_index("n")["lost_share"]
    assert shares[1] == pytest.approx(31.65, abs=0.005)  # report 3: Cus006
    assert shares[3] == pytest.approx(68.5, abs=0.05)  # report 3: the top three


def test_moves_between_segments_count_everybody_at_either_moment(demo: ColumnarEngine) -> None:
    frame = segments.rfm_migration(*asked(demo), {}).frame
    first = lines_of(demo, "range=2024-01-01..2025-01-01")
    second = lines_of(demo, "range=2025-01-01..2026-01-01")
    bought = [set(x.loc[(x["customer"] != "") & (x["amount"] >= 0), "customer"]) for x in (first, second)]
    assert frame["customers"].sum() == len(bought[0] | bought[1])
    assert frame.loc[frame["moved"] == "gone", "customers"].sum() == len(bought[0] - bought[1])


def test_the_note_on_moves_writes_its_amount_as_money(demo: ColumnarEngine) -> None:
    answer = segments.rfm_migration(*asked(demo), {})
    left = answer.frame[answer.frame["moved"].isin(["down", "gone"])]
    assert f"fell or left had spent ${left['monetary_then'].sum():,.0f};" in answer.notes[1]
