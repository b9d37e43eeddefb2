"""CSV and Excel say what the chart says; every control and option survives the URL."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.language import in_language
from analytics.metrics import METRICS
from analytics.ranges import COMPARISONS, PRESETS
from analytics.schema import FIELDS
from analytics.selection import GRAIN_LABELS, Clause, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import OPERATOR
from dashboard.chart import Chart
from dashboard.page.tables import column_label, column_unit
from dashboard.pages import CHARTS, PAGES, screen_of
from dashboard.text.columns import BEFORE, HEADINGS
from dashboard.text.selections import selection_facts
from dashboard.web.csv_text import safe_text
from dashboard.web.exports import workbook_of
from dashboard.web.workbook import OTHER_PLACES, PLACES
from tests.analytics import companies
from tests.dashboard.conftest import Memory, NoCache, routes

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

QUERY = "data=demo&range=last_12m&compare=year&channel=Direct"
STRANGE = {"iPhone": "=1+1", "TV": "+49 30", "Kabel/2m": "-2 °C", "~": "@home"}


@pytest.fixture(scope="module")
def shared(store: Path) -> Service:
    return Service(store, Memory())


@pytest.fixture(scope="module")
def service(shared: Service) -> ViewerService:
    return shared.for_viewer(OPERATOR)


@pytest.fixture(scope="module")
def client(shared: Service) -> FlaskClient:
    return routes(shared).test_client()


def sheet_rows(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def book(client: FlaskClient, path: str) -> dict[str, list[list[object]]]:
    """The sheets of a workbook by name, as rows of values."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return {s.title: sheet_rows(s) for s in load_workbook(io.BytesIO(answer.data)).worksheets}


@pytest.mark.sampled(240)
@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart.name)
def test_csv_and_excel_equal_the_chart(
    chart: Chart, client: FlaskClient, service: ViewerService, demo: ColumnarEngine
) -> None:
    selection = Selection.from_query(QUERY)[0]
    now = demo.resolve(selection)
    try:
        answer = service.answer(chart, now, {}, demo, within=True)
    except (NotInData, NotEnoughData) as refusal:
        pytest.skip(str(refusal))
    frame = answer.frame
    sheets = book(client, f"/export/{chart.name}.xlsx?{QUERY}")
    assert next(iter(sheets)) == "About"
    assert len(sheets) == 2
    head, *rows = list(sheets.values())[1]
    shown: dict[str, str] = {}
    if chart.kind == "grid" and len(frame):
        drawn = chart.draw(answer, service.context(chart, now, {}, demo))
        shown = {column["field"]: column["headerName"] for column in drawn["columnDefs"]}
    assert head == [shown.get(c, column_label(c)) for c in frame.columns]
    assert len(rows) == len(frame)
    text = client.get(f"/data/{chart.name}.csv?{QUERY}").get_data(as_text=True)
    written = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert list(written.columns) == list(frame.columns)
    for i, name in enumerate(frame.columns):
        cells = [row[i] for row in rows]
        if frame[name].dtype.kind in "fiu":
            exact = [float("nan") if v is None else float(v) for v in frame[name]]
            places = PLACES.get(column_unit(name, chart), OTHER_PLACES)
            rounded = list(np.round(exact, places))
            assert [float("nan") if v is None else v for v in cells] == pytest.approx(rounded, rel=1e-14, nan_ok=True)
            csv = [float(v) if v else float("nan") for v in written[name]]
            assert csv == pytest.approx(exact, rel=1e-14, nan_ok=True)
        elif frame[name].dtype.kind != "b":
            texts = [None if pd.isna(v) or v == "" else safe_text(str(v)) for v in frame[name]]
            assert [v if v is None else str(v) for v in cells] == texts, name
            assert [v or None for v in written[name]] == texts, name
    about = sheets["About"]
    told = {str(row[0]): row[1] for row in about}
    for label, words in [*selection_facts(now, demo), ("Link", None)]:
        assert label in told
        assert words is None or told[label] == words
    assert all(words is not None and str(words).strip() for words in told.values())
    path = getattr(screen_of(chart.name), "path", "/overview")
    assert told["Link"] == f"http://localhost{path}?{selection.to_query()}"
    assert chart.question in str(told[chart.title])
    assert all(note in str(told[chart.title]) for note in answer.notes)


@pytest.mark.sampled(7)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_one_workbook_with_a_sheet_a_chart(page: object, client: FlaskClient, demo: ColumnarEngine) -> None:
    charts = [c for c in page.charts if not c.missing(demo.schema)]  # type: ignore[attr-defined]
    answer = client.get(f"/export/page-{page.name}.xlsx?{QUERY}")  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    sheets = {s.title: sheet_rows(s) for s in load_workbook(io.BytesIO(answer.data)).worksheets}
    assert next(iter(sheets)) == "About"
    told = {str(row[0]): str(row[1]) for row in sheets["About"]}
    untold = [label for label in told if label.startswith("Not here: ")]
    assert len(sheets) == len(charts) + 1 - len(untold)
    for chart in charts:
        assert (chart.title in told) != (f"Not here: {chart.title}" in told), chart.name


def test_formulas_are_escaped_and_ids_stay_texts(tmp_path: Path) -> None:
    rows = companies.nasty()
    rows.lines["product"] = rows.lines["product"].map(lambda p: STRANGE.get(p, p))
    rows.lines["customer"] = rows.lines["customer"].map(lambda c: c and f"00{len(c)}")
    stores.write(tmp_path, rows)
    client = routes(Service(tmp_path, NoCache())).test_client()
    name = stores.names(tmp_path)[0]
    _, *products = book(client, f"/export/revenue_by_product.xlsx?data={name}")["Revenue by product"]
    found = {str(row[0]) for row in products}
    assert {f"'{p}" for p in STRANGE.values()} <= found
    assert not any(p.startswith(("=", "+", "-", "@")) for p in found)
    csv = client.get(f"/data/revenue_by_product.csv?data={name}").get_data(as_text=True)
    assert not any(line.startswith(("=", "+", "-", "@")) for line in csv.splitlines())
    lines = client.get(f"/lines.csv?data={name}").get_data(as_text=True)
    assert not any(cell.startswith(("=", "+", "@")) for line in lines.splitlines() for cell in line.split(","))
    _, *customers = book(client, f"/export/customer_ranking.xlsx?data={name}")["Best customers"]
    assert all(isinstance(row[0], str) and row[0].startswith("00") for row in customers)


# --- the URL
def test_every_control_goes_through_the_url() -> None:
    for value in PRESETS:
        for compare in COMPARISONS:
            for grain in GRAIN_LABELS:
                made = Selection("demo", value, compare, grain)
                assert Selection.from_query(made.to_query()) == (made, ())


def test_every_option_of_every_chart_goes_through_the_url() -> None:
    for chart in CHARTS.values():
        for option in chart.options:
            values = ["Ünïcode & more=1"] if isinstance(option.choices, str) else [*option.choices]
            for value in values:
                made = Selection("demo", options=((f"{chart.name}.{option.name}", value),))
                back, dropped = Selection.from_query(made.to_query())
                assert dropped == ()
                assert chart.read_options(back.options_of(chart.name)) == chart.read_options({option.name: value})


@pytest.mark.parametrize("seed", range(20))
def test_a_link_with_everything_is_the_same_view(seed: int, demo: ColumnarEngine) -> None:
    draw = random.Random(seed)
    chosen = tuple(
        (f"{chart.name}.{option.name}", draw.choice(list(option.choices)) if option.choices else "12.50")
        for chart in CHARTS.values()
        for option in chart.options
        if not isinstance(option.choices, str)
    )
    made = Selection("demo", draw.choice(list(PRESETS)), draw.choice(list(COMPARISONS)), "month", (), chosen[:20])
    for field in draw.sample([d.name for d in demo.schema.dimensions], 5):
        values, _ = demo.values(field, "", demo.resolve(Selection("demo")), 20)
        value = draw.choice([str(v) for v in values["value"]])
        made = made.with_clause(Clause(field, (value,)) if draw.random() < 0.6 else Clause(field, (), (value,)))
    back, dropped = Selection.from_query(made.to_query())
    assert dropped == ()
    assert demo.resolve(back).key == demo.resolve(made).key
    assert back.to_query() == made.to_query()
    assert json.dumps(dict(back.options)) == json.dumps(dict(made.options))


def test_every_column_has_a_heading_of_its_own_in_words() -> None:
    for chart in CHARTS.values():
        assert {c for c in chart.columns if c not in FIELDS and c not in METRICS} <= set(HEADINGS) | {
            BEFORE + m for m in METRICS
        }, chart.name
        heads = [str(column_label(c)) for c in chart.columns]
        assert sorted(heads) == sorted(set(heads)), chart.name


def test_sheets_and_headings_are_in_the_readers_language(service: ViewerService, demo: ColumnarEngine) -> None:
    page = next(s for p in PAGES for s in p.screens if s.name == "products-pricing")

    def written(code: str) -> dict[str, list[list[object]]]:
        with in_language(code):
            made = workbook_of(service, page, page.name, Selection("demo"), demo, "")
        return {s.title: sheet_rows(s) for s in load_workbook(io.BytesIO(made)).worksheets}

    german, english = written("de"), written("en")
    assert len(german) == len(english) > 2
    assert set(german) & set(english) == set()
    for ours, theirs in zip(list(german.values())[1:], list(english.values())[1:], strict=True):
        same = {a for a, b in zip(ours[0], theirs[0], strict=True) if a == b}
        assert same <= {"Name", "Index", "Median", "Minimum", "Maximum"}, "what is the same in both"
