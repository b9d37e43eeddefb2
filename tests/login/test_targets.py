"""Targets in the browser: who sees and who changes them, the import, and what the charts then show."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient
from plotly.io.json import to_json_plotly

from analytics.answer import Answer
from analytics.errors import RequestError
from analytics.questions.targets.target import Target
from analytics.ranges import parse_span
from dashboard.answers import goals
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import api_tokens, audit, users
from dashboard.company.tables import TARGETS
from dashboard.page.menus import MenuRequest, content
from dashboard.targets import files, routes
from tests.calls import page_request
from tests.dashboard.test_viewers import SECRET
from tests.login.conftest import OWN_PAGE, Company
from tests.processes import wait_until

pytestmark = pytest.mark.slow

PERIOD = "2024-05"  # the last month of the data but one
RANGE = "2024-05-01..2024-06-01"


@pytest.fixture(autouse=True)
def without_targets(company: Company) -> Iterator[None]:
    yield
    with company.state.write() as connection:
        connection.execute(TARGETS.delete())
    stored: Any = company.app.server.view_functions["targets.listed"].__self__.service.stored_targets.__self__
    stored._stamp = None  # nothing else ever deletes


@pytest.fixture(scope="module")
def root(company: Company) -> FlaskClient:
    return company.signed_in("root")


@pytest.fixture(scope="module")
def wendy(company: Company) -> FlaskClient:
    """Somebody who sees the web shop alone and may set targets."""
    (company.folder / "policies.toml").write_text(
        (company.folder / "policies.toml").read_text().replace('"export"]', '"export", "targets"]')
    )
    return company.signed_in("wendy")


def post(web: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    answer = web.post(address, data=fields, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def add(web: FlaskClient, metric: str = "revenue", value: str = "5000", period: str = PERIOD, **more: str) -> int:
    return post(web, "/targets?data=shop", metric=metric, period=period, value=value, do="add", **more)[0]


def listed(web: FlaskClient) -> list[dict[str, str]]:
    text = web.get("/data/targets.csv?data=shop").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text)))


def key_figures(web: FlaskClient, query: str = "") -> dict[str, dict[str, Any]]:
    found = json.loads(web.get(f"/data/kpis.json?data=shop&range={RANGE}{query}").data)
    return {row["metric"]: row for row in found["rows"]}


@pytest.mark.long
def test_a_target_is_set_changed_and_ended_and_its_history_stays(company: Company, root: FlaskClient) -> None:
    assert add(root, why="Board of March") == 303
    assert [(r["metric"], r["period"], r["value"]) for r in listed(root)] == [("revenue", PERIOD, "5000")]
    number = listed(root)[0]["number"]
    assert key_figures(root)["revenue"]["target"] == 5000
    assert "target" not in key_figures(root, "&channel=web")["revenue"]
    assert post(root, f"/targets/{number}", do="change", value="6000", seen="1", why="more")[0] == 303
    assert key_figures(root)["revenue"]["target"] == 6000
    status, page = post(root, f"/targets/{number}", do="change", value="7000", seen="1")
    assert status == 400
    assert "This target was changed in the meantime, by root" in page
    assert post(root, f"/targets/{number}", do="end", seen="2")[0] == 303
    assert listed(root) == []
    assert "target" not in key_figures(root)["revenue"]
    assert f'href="/targets/{number}">Revenue, May 2024' in root.get("/targets?data=shop").get_data(as_text=True)
    page = root.get(f"/targets/{number}").get_data(as_text=True)
    for text in ("Board of March", "more", "$5,000.00", "$6,000.00", "deleted", "root"):
        assert text in page
    told = [(e.action, e.what) for e in audit.entries(company.state, who="root", limit=5)]
    assert ("changed a target", f"{number}: revenue {RANGE} end") in told


@pytest.mark.long
def test_who_sets_a_target_that_there_is_already_learns_which_value_it_replaces(root: FlaskClient) -> None:
    def told(value: str, **more: str) -> str:
        form = {"metric": "revenue", "period": PERIOD, "value": value, **more}
        answer = root.post("/targets?data=shop", data=form, headers=OWN_PAGE)
        return root.get(answer.headers["Location"]).get_data(as_text=True)

    assert "Revenue, May 2024: $5,000.00 is set." in told("5k")
    again = {"metric": "revenue", "period": PERIOD, "value": "$2.5M", "why": "Board"}
    status, asked = post(root, "/targets?data=shop", **again)
    assert status == 200
    assert "Revenue, May 2024 is $5,000.00 already. Replace it with $2,500,000.00?" in asked
    assert 'name="replaces" value="5000.0"' in asked
    assert asked.count('name="value" value="$2.5M"') == 2, "in the question, and in the form that is shown again"
    assert [row["value"] for row in listed(root)] == ["5000"], "nothing is changed before"
    assert "$5,000.00 already" in post(root, "/targets?data=shop", **again, replaces="4000.0")[1], "it was another"
    assert "Revenue, May 2024: $2,500,000.00 replaces $5,000.00." in told("$2.5M", replaces="5000.0")
    assert "$2,500,000.00 replaces $5,000.00." in told("2500000"), "the same value asks nothing"
    assert 'role="status"' not in root.get("/targets?data=shop&saved=999").get_data(as_text=True)


def test_what_was_done_to_a_target_can_be_undone(root: FlaskClient) -> None:
    def undo(seen: int) -> str:
        answer = root.post(f"/targets/{number}?{there}", data={"do": "undo", "seen": str(seen)}, headers=OWN_PAGE)
        if answer.status_code != 303:
            return answer.get_data(as_text=True)
        assert answer.headers["Location"].startswith(f"/targets?{there}&")
        return root.get(answer.headers["Location"]).get_data(as_text=True)

    there = "data=shop&range=2024-05-01..2024-05-08&channel=web"

    assert add(root) == 303
    number = listed(root)[0]["number"]
    assert add(root, value="6000", replaces="5000.0") == 303
    offered = root.get(f"/targets?data=shop&saved={number}").get_data(as_text=True)
    assert 'name="seen" value="2"' in offered.partition('class="told"')[2].partition("</form>")[0]
    assert "$5,000.00 is restored." in undo(2)
    assert [row["value"] for row in listed(root)] == ["5000"]
    assert "changed in the meantime" in undo(2), "once"
    assert post(root, f"/targets/{number}", do="end", seen="3")[0] == 303
    assert listed(root) == []
    assert "$5,000.00 is deleted" in root.get(f"/targets?data=shop&saved={number}").get_data(as_text=True)
    undo(4)
    assert [row["value"] for row in listed(root)] == ["5000"]
    assert add(root, metric="orders", value="7") == 303
    new = next(row["number"] for row in listed(root) if row["metric"] == "orders")
    assert post(root, f"/targets/{new}", do="undo", seen="1")[0] == 303
    assert [row["metric"] for row in listed(root)] == ["revenue"], "a first one goes"


def test_undoing_leads_back_to_the_target_of_the_data_sets_file(
    root: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = Target("revenue", parse_span(RANGE), 4000.0)
    monkeypatch.setattr(goals, "_declared", lambda *_: (stated,))
    assert add(root, replaces="4000.0") == 303
    number = listed(root)[0]["number"]
    assert [row["value"] for row in listed(root)] == ["5000"], "it stands for that of the file"
    assert post(root, f"/targets/{number}", do="undo", seen="1")[0] == 303
    assert [(row["value"], row["number"]) for row in listed(root)] == [("4000", "0")]
    page = root.get(f"/targets?data=shop&saved={number}&undone=1").text
    assert "$4,000.00 is restored." in page
    assert "deleted target" not in page
    assert "the data set’s file counts" in root.get(f"/targets/{number}").text
    again = Target("revenue", parse_span(RANGE), 4500.0)
    monkeypatch.setattr(goals, "_declared", lambda *_: (again,))
    assert [row["value"] for row in listed(root)] == ["4500"], "no copy stands for what the file says"
    assert post(root, f"/targets/{number}", do="undo", seen="2")[0] == 303
    assert [row["value"] for row in listed(root)] == ["5000"], "what was undone comes back"
    assert post(root, f"/targets/{number}", do="undo", seen="3")[0] == 303
    assert [row["value"] for row in listed(root)] == ["4500"]
    assert post(root, f"/targets/{number}", do="change", value="0", seen="4")[0] == 400


def test_who_kept_the_address_is_not_offered_to_undo_what_somebody_else_did_since(
    root: FlaskClient, wendy: FlaskClient
) -> None:
    assert add(root, filters="channel=web") == 303
    number = listed(root)[0]["number"]
    kept = f"/targets?data=shop&saved={number}"
    assert 'value="undo"' in root.get(kept).text
    assert add(wendy, value="6000", replaces="5000.0") == 303
    assert 'value="undo"' in wendy.get(kept).text
    page = root.get(kept).text
    assert "$6,000.00 replaces $5,000.00" in page
    assert 'value="undo"' not in page


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("2.5M", ".", 2.5e6), ("250k", ".", 250e3), ("$1.25B", ".", 1.25e9), ("2.3 M", ".", 2.3e6),
        ("2,5 Mio. €", ",", 2.5e6), ("0,25", ",", 0.25), ("0.25", ",", 0.25), ("400000", ",", 4e5),
        ("1,5 Md €", ",", 1.5e9),
        ("400.000", ",", None), ("2,5M", ".", None), ("M", ".", None), ("-2M", ".", None),
        ("1e3", ".", None), ("2.M", ".", None),
        ("1,450,000", ".", 1.45e6), ("$1,650,000.00", ".", 1.65e6), ("400,000", ".", 4e5), ("1 450 000", ".", 1.45e6),
        ("1.450.000", ",", 1.45e6), ("1.650.000,50 €", ",", 1650000.5), ("1\u202f450\u202f000 €", ",", 1.45e6),
        ("1,45,000", ".", None), ("1,450.000,5", ".", None), ("1,450 000", ".", None), ("1.450.000", ".", None),
        ("1,450,000", ",", None), ("14,50", ".", None), ("1,4500", ".", None),
    ],
)  # fmt: skip
def test_a_value_is_read_as_pages_write_it(text: str, mark: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(RequestError, match="is not a number above zero"):
            files.number(text, mark)
    else:
        assert files.number(text, mark) == value


def test_links_and_forms_keep_the_data_set_and_the_dates_of_the_address(root: FlaskClient) -> None:
    there = "data=shop&amp;range=2024-05-01..2024-05-08&amp;channel=web"
    page = root.get("/targets?data=shop&range=2024-05-01..2024-05-08&channel=web").get_data(as_text=True)
    assert f'href="/trends?{there}"' in page
    assert f'action="/targets?{there}"' in page
    for address in ("/quality/shop", "/targets/1"):
        add(root)
        assert 'href="/trends?data=shop"' in root.get(address).get_data(as_text=True), address


def test_the_page_shows_how_targets_stand(root: FlaskClient) -> None:
    assert "There are no targets" in root.get("/targets?data=shop").get_data(as_text=True)
    add(root, name="Stretch <b>")
    assert "begins with a letter" not in root.get("/targets?data=shop").get_data(as_text=True)
    add(root, name="Stretch", filters="channel=web")
    page = root.get("/targets?data=shop&channel=web").get_data(as_text=True)
    assert "Revenue, May 2024 · Stretch" in page
    assert "<b>" not in page
    assert "Channel: web" in page
    assert "<script>" not in page


def card(web: FlaskClient, chart: str) -> dict[str, Any]:
    href = f"http://localhost/overview?data=shop&range={RANGE}"
    page = json.loads(web.post("/page", json=page_request(href), headers=OWN_PAGE).data)["page"]
    request = page_request(href, chart, page=page, bar_shown=True)
    found: dict[str, Any] = json.loads(web.post("/page", json=request, headers=OWN_PAGE).data)["cards"][chart]
    return found


def test_cards_and_charts_show_a_target(root: FlaskClient) -> None:
    add(root)
    kpis = card(root, "kpis")
    assert "target-bar" in kpis["body"]
    assert "Target for May 2024" in kpis["body"]
    assert kpis["unfinished"] is False
    assert "Target" in [trace.get("name") for trace in card(root, "revenue_over_time")["figure"]["data"]]


def test_who_sees_a_part_sees_only_targets_of_that_part(root: FlaskClient, wendy: FlaskClient) -> None:
    """A target for all rows would compare a part with the whole."""
    add(root)
    add(root, filters="channel=web", value="4000", name="Web")
    add(root, filters=f"channel={SECRET}+shops", value="3000", name=f"{SECRET}")
    add(root, metric="profit", filters="channel=web", value="2000")
    assert len(listed(root)) == 4
    assert [(r["name"], r["value"]) for r in listed(wendy)] == [("Web", "4000")], "and none of a hidden field"
    hidden = next(r["number"] for r in listed(root) if r["value"] == "5000")
    assert wendy.get(f"/targets/{hidden}").status_code == 400
    assert post(wendy, f"/targets/{hidden}", do="end", seen="1")[0] == 400
    assert key_figures(wendy)["revenue"]["target"] == 4000, "her own figures are those of the web"
    for address in ("/targets?data=shop", "/targets/targets.csv?data=shop", "/data/targets.json?data=shop"):
        answer = wendy.get(address)
        assert answer.status_code == 200
        assert SECRET not in answer.get_data(as_text=True), address
        assert "5000" not in answer.get_data(as_text=True), address
    assert wendy.get("/targets?data=aside").status_code == 200
    assert SECRET not in wendy.get("/targets?data=aside").get_data(as_text=True)


def test_a_limited_person_sets_targets_for_what_they_see(root: FlaskClient, wendy: FlaskClient) -> None:
    assert add(wendy, value="900") == 303
    row = listed(root)[0]
    assert (row["filters"], row["value"]) == ("channel=web", "900")
    assert [r["value"] for r in listed(wendy)] == ["900"]
    status, page = post(wendy, "/targets?data=shop", metric="profit", period=PERIOD, value="1")
    assert (status, "unknown metric" in page.lower()) == (400, True), "its field is hidden from her"
    for filters in (f"channel={SECRET}+shops", "cost=5", "latitude=1"):
        assert add(wendy, filters=filters) == 400, filters


def test_who_may_only_see_changes_nothing(company: Company, root: FlaskClient) -> None:
    rita = company.signed_in("rita")
    add(root)
    page = rita.get("/targets?data=shop").get_data(as_text=True)
    assert "May 2024" in page
    for text in ("Set the target", "Import", "Download", "Change"):
        assert text not in page
    number = re.search(r'href="/targets/(\d+)"', page)
    assert number is not None
    assert add(rita) == 403
    assert post(rita, f"/targets/{number[1]}", do="end", seen="1")[0] == 403
    assert post(rita, "/targets/import?data=shop", do="apply", text="x")[0] == 403
    assert rita.get("/targets/targets.csv?data=shop").status_code == 403
    foreign = root.post("/targets?data=shop", data={"metric": "revenue"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


WRONG = (
    {"metric": "luck"}, {"value": ""}, {"value": "0"}, {"value": "-5"}, {"value": "1e9"}, {"value": "5,00"},
    {"value": "nan"}, {"value": "9" * 40}, {"period": "soon"}, {"period": ""}, {"period": "1000-01-01..2024-01-01"},
    {"filters": "range=mtd"}, {"filters": "kpis.x=1"}, {"filters": "colour=red"}, {"filters": "channel=nothing"},
    {"name": "=1+1"}, {"name": "x" * 61}, {"why": "x" * 301}, {"first_day": "2024-05-01"},
    {"first_day": "2024-05-09", "last_day": "2024-05-01"}, {"first_day": "now", "last_day": "2024-05-01"},
    {"filters": "channel=web&channel=!web"}, {"name": "a\x00b"},
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_what_cannot_be_read_is_told_and_changes_nothing(root: FlaskClient, wrong: dict[str, str]) -> None:
    fields = {"metric": "revenue", "period": PERIOD, "value": "5000", **wrong}
    status, page = post(root, "/targets?data=shop", **fields)
    assert status == 400
    assert 'class="fault"' in page
    assert listed(root) == []


@pytest.mark.parametrize("fields", [{}, {"do": "explode", "seen": "1"}, {"do": "change", "seen": "x"}, {"do": "end"}])
def test_a_forged_change_is_refused(root: FlaskClient, fields: dict[str, str]) -> None:
    add(root)
    number = listed(root)[0]["number"]
    assert post(root, f"/targets/{number}", **fields)[0] == 400
    assert post(root, "/targets/999999", do="end", seen="1")[0] == 400
    assert post(root, "/targets/0", do="end", seen="1")[0] == 400
    assert len(listed(root)) == 1


def test_nothing_is_set_for_another_data_set_than_the_one_named(root: FlaskClient, wendy: FlaskClient) -> None:
    fields = {"metric": "revenue", "period": PERIOD, "value": "5000"}
    for web, query in ((root, ""), (root, "?data=gone"), (root, "?data=..%2f"), (wendy, "?data=aside")):
        for address in ("/targets", "/targets/import"):
            body = (
                fields if address == "/targets" else {"do": "apply", "text": "metric,period,value\nrevenue,2024-05,5"}
            )
            status, told = post(web, f"{address}{query}", **body)
            assert (status, "unknown data set" in told) == (400, True), (address, query, told[:300])
    assert listed(root) == []


def test_any_days_are_a_period(root: FlaskClient) -> None:
    assert add(root, first_day="2024-05-03", last_day="2024-05-09") == 303
    row = listed(root)[0]
    assert (row["first_day"], row["last_day"], row["period"]) == ("2024-05-03", "2024-05-09", "2024-05-03..2024-05-10")


FILE = """metric;period;value;filters;name;why
Revenue;2024-05;5000;;;plan
orders;2024-Q2;300;channel=web;Stretch;
;;;;;
aov;2024;50.5;;;"""


def preview(web: FlaskClient, text: str | bytes, query: str = "data=shop") -> tuple[int, str]:
    data = text.encode() if isinstance(text, str) else text
    sent = {"file": (io.BytesIO(data), "plan.csv")}
    answer = web.post(f"/targets/import?{query}", data=sent, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_file_is_shown_before_it_changes_anything(root: FlaskClient) -> None:
    add(root, value="4000")
    status, page = preview(root, "\ufeff" + FILE)
    assert status == 200
    assert "Set 3 targets" in page
    assert "was $4,000.00" in page
    assert len(listed(root)) == 1
    assert post(root, "/targets/import?data=shop", do="apply", text=FILE.replace("\n", "\r\n"))[0] == 303
    found = {(r["metric"], r["period"], r["value"], r["filters"], r["name"]) for r in listed(root)}
    assert found == {
        ("revenue", "2024-05", "5000", "", ""),
        ("orders", "2024-Q2", "300", "channel=web", "Stretch"),
        ("aov", "2024", "50.5", "", ""),
    }
    assert "changes nothing" in preview(root, FILE)[1]


def test_what_is_downloaded_can_be_imported_again(root: FlaskClient) -> None:
    post(root, "/targets/import?data=shop", do="apply", text=FILE)
    text = root.get("/targets/targets.csv?data=shop").get_data(as_text=True)
    assert text.splitlines()[0] == "metric,period,value,filters,name,why"
    status, page = preview(root, text)
    assert (status, "changes nothing" in page) == (200, True)


def test_wrong_lines_are_named_and_nothing_is_imported(root: FlaskClient) -> None:
    text = "metric,period,value\nrevenue,2024-05,5000\nluck,2024-05,1\nrevenue,May,1\nrevenue,2024-05,6\norders,1"
    status, page = preview(root, text)
    assert status == 200
    assert "4 lines cannot be read" in page
    for number, told in ((3, "unknown metric"), (4, "is not a period"), (5, "line 2 sets the same"), (6, "2 cells")):
        assert re.search(rf"<td>{number}</td><td[^>]*>[^<]*{told}", page, re.IGNORECASE), told
    assert "Set 1 target" not in page
    assert post(root, "/targets/import?data=shop", do="apply", text=text)[0] == 400
    assert listed(root) == []


@pytest.mark.parametrize(
    "wrong",
    ["", "metric,period\nrevenue,2024-05", "a,b\n1,2", "metric,metric,period,value\n", "metric,period,value",
     b"\xff\xfe\x00m", 'metric,period,value\n"', "metric,period,value\n" + "revenue,2024-05,1\n" * 21, "x" * 900_000,
     "x" * 300_000],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_file_of_targets_is_refused(
    root: FlaskClient, wrong: str | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_LINES", 20)
    status, page = preview(root, wrong)
    assert status == 400 or "cannot be read" in page or status == 413
    assert listed(root) == []


def test_markup_in_a_file_is_text(root: FlaskClient) -> None:
    page = preview(root, "metric,period,value\n<script>alert(1)</script>,2024-05,1\n</textarea><b>,2024,2")[1]
    assert "<script>alert" not in page
    assert "<b>" not in page


def test_a_program_reads_targets_and_sets_none(company: Company, root: FlaskClient) -> None:
    add(root)
    text = api_tokens.create(company.state, "root", "sheet", 1, user_id=users.find(company.state, "root").id)
    asked = {"Authorization": f"Bearer {text}"}
    web = company.browser()
    assert "5000" in web.get("/data/targets.csv?data=shop", headers=asked).get_data(as_text=True)
    for address in ("/targets?data=shop", "/targets/targets.csv?data=shop"):
        assert web.get(address, headers=asked).status_code == 403
    assert web.post("/targets?data=shop", data={"metric": "revenue"}, headers=asked).status_code == 403


def test_the_menu_leads_to_the_page_with_the_filters(company: Company) -> None:
    service = company.app.server.view_functions["targets.listed"].__self__.service  # type: ignore[attr-defined]
    for name in ("account", "page"):
        asked = MenuRequest(name, "http://localhost/overview?data=shop&channel=web", "")
        with company.app.server.app_context():
            menu = to_json_plotly(content(service.for_viewer(Viewer("x", EVERYTHING, title="X")), asked))
        assert "/targets?data=shop&channel=web" in menu.replace("\\u002f", "/").replace("\\u0026", "&")


def test_a_chance_that_takes_long_is_told_later(root: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and the cards do not wait for it, and nothing kept from that moment is shown once it is there."""
    begun, release = threading.Event(), threading.Event()

    def slowly(*given: Any) -> Answer:
        begun.set()
        assert release.wait(30)
        return Answer(pd.DataFrame({"sum": [1e9] * 20, "weight": [1.0] * 20}))

    monkeypatch.setattr(goals, "remaining", slowly)
    monkeypatch.setattr(routes, "PATIENCE", 0.0)
    add(root, period="2024-05-14..2024-07-01")
    page = root.get("/targets?data=shop").get_data(as_text=True)
    assert begun.wait(30)
    assert "Chance is being computed" in page
    release.set()
    wait_until(lambda: "Chance 98%" in root.get("/targets?data=shop").get_data(as_text=True), "the chance")


def test_the_form_begins_with_the_metric_whose_card_led_there(company: Company) -> None:
    web = company.signed_in("root")
    form = web.get("/targets?data=shop&targets.metric=orders").get_data(as_text=True)
    assert '<option value="orders" selected>' in form
    assert 'id="set"' in form
    odd = web.get("/targets?data=shop&targets.metric=nothing").get_data(as_text=True)
    assert '<option value="revenue" selected>' in odd


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("&range=2024-03-01..2024-04-01", "2024-03"),
        ("&range=2024-01-01..2024-04-01", "2024-Q1"),
        ("&range=2023-01-01..2024-01-01", "2023"),
        ("&range=2024-05-03..2024-05-10", "2024-05"),
        ("&range=all", "2024-05"),
    ],
)
def test_the_form_offers_the_period_that_is_shown_or_the_month_in_which_the_data_end(
    root: FlaskClient, query: str, offered: str
) -> None:
    form = root.get(f"/targets?data=shop{query}").get_data(as_text=True).partition('id="set"')[2]
    periods = form.partition('<select name="period">')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]*)" selected', periods) == [offered]
    assert '<option value="2024-08">' in periods, "others can be chosen"


def test_rows_are_chosen_on_the_page(company: Company, wendy: FlaskClient, root: FlaskClient) -> None:
    offered = root.get("/targets?data=shop&by=region&rows=channel%3Dweb").get_data(as_text=True)
    assert re.search(r'<select name="value"><option value="\w+">', offered)
    assert "Remove Channel: web" in offered
    value = "OR"
    answer = root.get(f"/targets?data=shop&by=region&rows=channel%3Dweb&value={value}")
    assert answer.status_code == 303
    page = root.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Remove Channel: web" in page
    assert "Remove Region: Oregon" in page
    for by, wrong in (("region", "Atlantis"), ("nothing", "x"), ("cost", "1")):
        refused = root.get(f"/targets?data=shop&by={by}&value={wrong}")
        assert (refused.status_code, "data-confirm" in refused.text) == (400, False), by
        (wrong_field,) = re.findall(r'data-field="(\w*)"', refused.text)
        assert f'name="{wrong_field}"' not in refused.text.partition('<form method="post"')[2], "none of another form"
    assert SECRET not in wendy.get("/targets?data=shop&by=product").get_data(as_text=True)
    hidden = wendy.get(f"/targets?data=shop&by=product&value={SECRET}")
    assert hidden.status_code == 400
