"""Every chart's data by URL: CSV, JSON and the chart's own frame agree; wrong requests are refused with advice."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from analytics import store as stores
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import EngineError, NotEnoughData, NotInData, StoresightError
from analytics.profile import Profile
from analytics.questions.ledger import BELOW, CHARGES
from analytics.questions.reconciliation import FIELD_OF
from analytics.selection import Resolved, Selection
from dashboard.answers.goals import Goals
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR
from dashboard.chart import Chart, Option
from dashboard.page.tables import column_unit
from dashboard.pages import CHARTS
from dashboard.web.csv_text import to_csv
from tests.analytics import companies
from tests.dashboard.conftest import NoCache, routes
from tests.samples import crossed, examples

pytestmark = pytest.mark.slow

WITH_A_TARGET = ("target", "progress", "needed_per_day", "chance")  # columns where a target belongs to the range
CHARGED = {"discounts", *CHARGES, *BELOW, "after_fees", *FIELD_OF.values()}  # money that the demo does not have
SELECTIONS = (
    "data=demo&range=all", "data=demo&range=last_90d&compare=previous",
    "data=demo&range=ytd&compare=year&channel=Direct", "data=demo&range=last_30d&grain=day&product=nothing+of+the+kind",
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> FlaskClient:
    """The data routes over a company whose names want to be formulas, and whose ids look like numbers."""
    rows = companies.nasty()
    names = {"iPhone": "=1+1", "TV": "+49 30", "Kabel/2m": "-2 °C", "~": "@home", "Ladegerät": 'a "b",\nc'}
    rows.lines["product"] = rows.lines["product"].map(names)
    rows.lines["order_id"] = rows.lines["order_id"].map(lambda i: f"000{i}")
    stores.write(tmp_path, rows)
    server = routes(Service(tmp_path, NoCache()))
    return server.test_client()


def got(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data) if answer.mimetype == "application/json" else answer.get_data(as_text=True)


def refused(client: FlaskClient, path: str, status: int = 400) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.get_data(as_text=True)[:300])
    assert answer.mimetype == "application/json"
    return str(json.loads(answer.data)["error"])


# --- the list
@pytest.mark.long
@pytest.mark.no_cover
def test_the_list_names_every_chart_with_what_it_takes(web: FlaskClient) -> None:
    listed = {chart["name"]: chart for chart in got(web, "/data/")}
    assert list(listed) == list(CHARTS)
    for name, chart in CHARTS.items():
        entry = listed[name]
        assert all(entry[k] for k in ("title", "question", "how")), name
        assert entry["needs"] == sorted(chart.needs)
        assert [o["name"] for o in entry["options"]] == [f"{name}.{o.name}" for o in chart.options]
        assert entry["csv"] == f"/data/{name}.csv"
        answer = got(web, f"/data/{name}.json?data=demo&range=last_12m&compare=year&limit=0")
        given = [c for c in entry["columns"] if c in answer["columns"] or c["name"] not in CHARGED]
        own = [c for c in answer["columns"] if c in entry["columns"] or c["name"] not in WITH_A_TARGET]
        assert given == own, name
    metric = next(o for o in listed["top_places"]["options"] if o["name"] == "top_places.metric")
    assert metric["default"] == "revenue"
    assert metric["choices"]["aov"] == "Average order value"


def test_a_default_can_be_chosen() -> None:
    for chart in CHARTS.values():
        for option in chart.options:
            free = isinstance(option.choices, str) or option.number
            assert free or option.default in option.choices, f"{chart.name}.{option.name}"


def test_every_column_of_numbers_has_a_unit_or_none_by_intent(demo: ColumnarEngine) -> None:
    counted = {"days", "period_days", "year", "month", "quarter", "hour", "weekday", "value", "base", "delta"}
    for name in (
        "revenue_over_time",
        "top_places",
        "growth_over_time",
        "seasonality",
        "orders_by_hour",
        "year_over_year",
    ):
        chart = CHARTS[name]
        now = demo.resolve(Selection("demo"))
        frame = chart.compute(demo, now, chart.read_options({})).frame
        bare = [c for c in frame.select_dtypes("number").columns if not column_unit(c, chart) and c not in counted]
        assert bare == [], name


# --- one frame, three forms
def asked(chart: Chart, engine: ColumnarEngine, now: Resolved) -> Answer | StoresightError:
    """The chart's answer from the engine itself, or its refusal."""
    options = chart.read_options({})
    own = chart.within(now, options, engine.schema)
    goals = Goals(OPERATOR, lambda data: (), lambda name, fit, engine, patience: fit())
    targets = {"targets": goals.of_chart(chart, own, engine, None)} if chart.targets else {}
    try:
        return chart.compute(engine, own, options, **targets)
    except (NotInData, NotEnoughData) as refusal:
        return refusal


@pytest.mark.sampled(600)
@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize(("name", "query"), crossed(CHARTS, SELECTIONS, 1))
def test_csv_json_and_the_frame_are_the_same(web: FlaskClient, demo: ColumnarEngine, name: str, query: str) -> None:
    chart = CHARTS[name]
    if chart.missing(demo.schema):
        pytest.skip(f"{name} needs {chart.missing(demo.schema)}")
    if "product=" in query:
        assert "nothing of the kind" in refused(web, f"/data/{name}.csv?{query}")
        return
    now = demo.resolve(Selection.from_query(query)[0])
    answer_or_error = asked(chart, demo, now)
    if isinstance(answer_or_error, StoresightError):
        status = 404 if isinstance(answer_or_error, NotInData) else 422
        assert refused(web, f"/data/{name}.csv?{query}", status) == str(answer_or_error)
        return
    frame = answer_or_error.frame
    text, answer = got(web, f"/data/{name}.csv?{query}"), got(web, f"/data/{name}.json?{query}")
    assert text == to_csv(frame)
    assert answer["range"] == str(now.span)
    assert answer["grain"] == now.grain
    assert [c["name"] for c in answer["columns"]] == list(frame.columns)
    assert len(answer["rows"]) == len(frame)
    texts = {c: "str" for c in frame.columns if frame[c].dtype.kind not in "fiub"}
    read = pd.read_csv(
        io.StringIO(text),
        dtype=texts,
        keep_default_na=False,
        na_values={c: [""] for c in frame.columns if c not in texts},
    )
    for column in frame.columns:
        values = [row[column] for row in answer["rows"]]
        if column in texts:
            assert read[column].tolist() == frame[column].astype(str).tolist() == [str(v) for v in values], column
        else:
            expected = frame[column].astype("float64").tolist()
            assert read[column].astype("float64").tolist() == pytest.approx(expected, rel=1e-14, nan_ok=True), column
            assert [float("nan") if v is None else v for v in values] == pytest.approx(
                expected, rel=1e-14, nan_ok=True
            ), column


def test_limit_gives_the_first_rows_and_no_limit_all(web: FlaskClient) -> None:
    every = got(web, "/data/top_products.csv?data=demo").splitlines()
    assert len(every) > 12, "a picture's ten bars are not a limit for the data"
    assert got(web, "/data/top_products.csv?data=demo&limit=3").splitlines() == every[:4]
    assert got(web, "/data/top_products.csv?limit=0&data=demo").splitlines() == every[:1]
    assert len(got(web, "/data/top_products.json?data=demo&limit=3")["rows"]) == 3
    assert got(web, "/data/top_products.csv?data=demo&limit=10000000").splitlines() == every


@pytest.mark.parametrize(
    "limit", ["", "-1", "x", "1.5", "1e3", "²", "٣", "10000001", "9" * 5000, "0" * 10, "+1", "%2B1"]
)
def test_a_limit_that_is_none_is_refused(web: FlaskClient, limit: str) -> None:
    assert "limit must be a whole number" in refused(web, f"/data/kpis.csv?data=demo&limit={limit}")


# --- refusals
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/data/top_placs.csv", "Did you mean 'top_places'"),
        ("/data/kpis.xml", "unknown form 'xml'"),
        ("/data/kpis", "unknown form"),
        ("/data/.csv", "unknown chart ''"),
        ("/data/kpis.csv?data=dem", "Did you mean 'demo'"),
        ("/data/kpis.csv?data=demo&citty=Boston", "Did you mean 'city'"),
        ("/data/kpis.csv?data=demo&city=Bostn", "Did you mean 'Boston'"),
        ("/data/kpis.csv?data=demo&city=!Bostn", "Did you mean 'Boston'"),
        ("/data/kpis.csv?data=demo&with=city:Bostn", "Did you mean 'Boston'"),
        ("/data/kpis.csv?data=demo&with=Boston", "unknown field 'Boston'"),
        ("/data/kpis.csv?data=demo&amount=3", "unknown field 'amount'"),
        ("/data/kpis.csv?data=demo&hour=25", "unknown value of hour '25'"),
        ("/data/kpis.csv?data=demo&range=soon", "Expected 2019-03-01..2019-06-01"),
        ("/data/kpis.csv?data=demo&range=2020-02-30..2020-03-01", "does not exist"),
        ("/data/kpis.csv?data=demo&range=2020-03-01..2020-03-01", "ends before it begins"),
        ("/data/kpis.csv?data=demo&compare=yaer", "Did you mean 'year'"),
        ("/data/kpis.csv?data=demo&grain=moth", "Did you mean 'month'"),
        ("/data/top_places.csv?data=demo&top_places.metric=revenues", "Did you mean 'revenue'"),
        ("/data/top_places.csv?data=demo&top_places.metrics=revenue", "Did you mean 'metric'"),
        ("/data/top_places.csv?data=demo&top_placs.metric=orders", "Did you mean 'top_places'"),
        ("/data/kpis.csv?data=demo&city=a%00b", "zero byte"),
    ],
)
def test_what_is_not_known_is_refused_with_a_suggestion(web: FlaskClient, path: str, words: str) -> None:
    assert words in refused(web, path)


def test_other_refusals_have_their_own_status(web: FlaskClient, shop: FlaskClient) -> None:
    assert "needs sessions" not in refused(web, "/data/kpis.csv?data=demo&city=" + "x" * 301, 413)
    refused(web, "/data/kpis.csv?data=demo&" + "&".join(f"city=x{i}" for i in range(3000)), 413)
    assert "quality" not in refused(web, "/quality/nope.json")
    assert web.post("/data/kpis.csv").status_code == 405
    assert web.get("/data/a/b.csv").status_code == 404


@pytest.mark.parametrize(
    ("error", "status"), [(NotEnoughData("3 orders are too few."), 422), (EngineError("not by this engine."), 501)]
)
def test_a_method_that_refuses_is_no_internal_error(
    shop: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def compute(*_: object, **__: object) -> Answer:
        raise error

    monkeypatch.setitem(CHARTS, "kpis", replace(CHARTS["kpis"], compute=compute))
    assert refused(shop, "/data/kpis.csv?data=toy", status) == str(error)


def test_a_chart_whose_fields_the_data_lack_is_404_and_says_which(tmp_path: Path) -> None:
    rows = companies.bare()
    stores.write(tmp_path, rows)
    server = routes(Service(tmp_path, NoCache()))
    assert "needs Place, which Toy does not have" in refused(server.test_client(), "/data/top_places.csv?data=toy", 404)


def test_without_data_it_is_503_and_says_what_to_do(tmp_path: Path) -> None:
    server = routes(Service(tmp_path, NoCache()))
    assert "ingest" in refused(server.test_client(), "/data/kpis.csv", 503)


# --- cells
def test_names_that_look_like_formulas_are_texts_and_csv_quotes_what_it_must(shop: FlaskClient) -> None:
    text = got(shop, "/data/top_products.csv?data=toy")
    read = pd.read_csv(io.StringIO(text))
    assert set(read["product"]) == {"'=1+1", "'+49 30", "'-2 °C", "'@home", 'a "b",\nc'}
    plain = {row["product"] for row in got(shop, "/data/top_products.json?data=toy")["rows"]}
    assert plain == {"=1+1", "+49 30", "-2 °C", "@home", 'a "b",\nc'}, "JSON is no spreadsheet"
    refunds = got(shop, "/data/kpis.csv?data=toy&order_id=00015")
    assert "revenue,-59.97," in refunds, "a negative number stays a number"


def test_csv_of_ids_keeps_their_zeros() -> None:
    frame = pd.DataFrame({"order_id": ["0009", "1e5"], "revenue": [0.1 + 0.2, float("nan")], "orders": [2**53 + 1, 0]})
    assert to_csv(frame) == "order_id,revenue,orders\n0009,0.3,9007199254740993\n1e5,,0\n"


def test_the_file_of_an_empty_list_says_why(web: FlaskClient) -> None:
    found = web.get("/export/churn_risk.xlsx?data=demo&range=all&churn_risk.who=new").data
    about = load_workbook(io.BytesIO(found))["About"]
    told = {row[0]: str(row[1]) for row in about.iter_rows(values_only=True)}
    assert "The range begins with the data" in told["Nothing here: Customers at risk"]


def test_order_lines_come_whole(shop: FlaskClient, toy: ColumnarEngine) -> None:
    text = got(shop, "/lines.csv?data=toy")
    read = pd.read_csv(io.StringIO(text), dtype={"order_id": "str"})
    assert len(read) == len(companies.nasty().lines)
    assert set(read["order_id"]) >= {"0009", "00010"}
    assert read["amount"].sum() == pytest.approx(companies.nasty().lines["amount"].sum())


def test_the_quality_report(shop: FlaskClient) -> None:
    assert set(got(shop, "/quality/toy.json")) >= {"rows_read", "rows_kept", "findings"}


def test_a_choice_may_be_any_value_of_a_dimension() -> None:
    assert Option("product", "Product", "product").read("anything", "x") == "anything"


# --- whatever else comes
PARTS = st.sampled_from([
    "data=demo", "data=toy", "data=..", "range=all", "range=9999-12-30..9999-12-31", "range=0001-01-01..9999-12-31",
    "range=last_7d", "grain=hour", "grain=day", "compare=year", "limit=2", "limit=", "with=", "with=product:", "with=:",
    "product=!", "product=!!x", "city=", "place=US", "place=/", "place=~", "hour=x", "hour=24", "weekday=-1", "month=2",
    "first_order_month=2019-13", "top_places.metric=aov", "kpis.=", ".=", "a.b=c", "%", "%ff=%fe", "=", "&&&",
    "city=%ED%A0%80", "customer=", "order_id=x", "rfm_segment=x", "value_tier=High",
])  # fmt: skip


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([f"{c}.{form}" for c in CHARTS for form in ("csv", "json")]) | st.text(max_size=12),
    parts=st.lists(PARTS | st.text(st.characters(codec="utf-8"), max_size=12), max_size=4),
)
def test_no_url_is_an_internal_error(web: FlaskClient, name: str, parts: list[str]) -> None:
    query = "&".join(parts).encode("utf-8", "replace").decode("latin-1")  # as a web server hands over what came
    answer = web.get(f"/data/{quote(name, safe='')}", environ_overrides={"QUERY_STRING": query})
    assert answer.status_code < 500, answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("grain", ["hour", "day"])
def test_the_finest_grain_over_everything_answers(web: FlaskClient, grain: str) -> None:
    rows = got(web, f"/data/orders_over_time.csv?data=demo&range=all&grain={grain}").splitlines()
    assert len(rows) - 1 == 731 * (24 if grain == "hour" else 1)


def test_profiles_do_not_leak_between_data_sets(tmp_path: Path) -> None:
    one, other = companies.nasty(), companies.one_row()
    other.profile = Profile("other", "Other")
    stores.write(tmp_path, one)
    stores.write(tmp_path, other)
    server = routes(Service(tmp_path, NoCache()))
    assert got(server.test_client(), "/data/kpis.csv?data=other") != got(
        server.test_client(), "/data/kpis.csv?data=toy"
    )
