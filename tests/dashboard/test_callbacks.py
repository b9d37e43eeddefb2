"""The callbacks as a browser calls them: good bodies get answers, hostile ones do no harm and learn nothing."""

from __future__ import annotations

import json
import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from dash import Dash
from dash.exceptions import PreventUpdate
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plotly.io.json import to_json_plotly

from analytics.engines.common import lists
from analytics.errors import RequestError, StoresightError, UnknownName
from dashboard.answers import side_by_side
from dashboard.page import handler, routes
from dashboard.page.dialog import DialogRequest
from dashboard.pages import PAGES
from tests.calls import ROUTE, callback, page_of, page_request
from tests.processes import PATIENCE
from tests.samples import examples

CALLBACKS = "/_dash-update-component"
OVERVIEW = "http://localhost/overview?data=demo&range=all"


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Errors that a test provokes are not printed."""
    caplog.set_level(logging.CRITICAL + 1)


def chart_request(web: FlaskClient, chart: str, href: str) -> dict[str, Any]:
    """The request for one chart of a page that is shown."""
    path = urlsplit(href).path
    page = shown(web, f"http://localhost{path}?data=demo&range=all")
    return page_request(href, chart, page=page, bar_shown=True)


def shown(web: FlaskClient, href: str) -> str:
    return _shown(web.application, href)


@lru_cache
def _shown(server: Flask, href: str) -> str:
    post = server.test_client().post
    return page_of(lambda raw: post(ROUTE, data=raw, content_type="application/json").data, href)


def post(client: FlaskClient, given: Any) -> Any:
    """A page request, posted."""
    return client.post(ROUTE, json=given)


def call(app: Dash, name: str, *values: Any) -> str:
    """What a callback of Dash answers to these values, as JSON."""
    with app.server.test_request_context(ROUTE, method="POST"):
        return json.dumps(json.loads(to_json_plotly(callback(app, name)(*values))))


def harmless_call(app: Dash, name: str, *values: Any) -> None:
    """The callback answers, changes nothing or refuses in words, and shows nothing of its inside."""
    try:
        shown = call(app, name, *values)
    except PreventUpdate:
        return
    except StoresightError as error:
        shown = str(error)
    shows_no_inside(shown)


def told(client: FlaskClient, given: dict[str, Any]) -> dict[str, Any]:
    """The answer to a page request."""
    answer = post(client, given)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return dict(json.loads(answer.data))


def card_of(client: FlaskClient, chart: str, href: str) -> dict[str, Any]:
    return dict(told(client, chart_request(client, chart, href))["cards"][chart])


def event(client: FlaskClient, given: Any, href: str = OVERVIEW, *charts: str) -> dict[str, Any]:
    return told(client, page_request(href, *charts, action=given, page=shown(client, OVERVIEW), bar_shown=True, n=7))


# --- good bodies
@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
@pytest.mark.no_cover
def test_every_chart_of_every_page_is_drawn(real_app: Dash, web: FlaskClient, page: Any) -> None:
    for screen in page.screens:
        for chart in screen.charts:
            found = card_of(web, chart.name, f"http://localhost{screen.path}?data=demo&range=last_12m&compare=year")
            fine = ("ok", "absent", "waiting", *(["empty"] if chart.name == "slow_movers" else []))  # none is slow
            assert found["state"] in fine, (chart.name, found)


def test_a_chart_of_another_page_is_left_alone(web: FlaskClient) -> None:
    assert told(web, chart_request(web, "growth_over_time", OVERVIEW))["cards"] == {}


def test_a_page_that_is_opened_brings_its_cards_frames_and_the_first_cards(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "AT_ONCE", PATIENCE)  # every card of the first answer, however slow the machine is
    href = OVERVIEW.replace("range=all", "range=2024-02-01..2024-06-01")  # of which no other test has asked for texts
    first = told(web, page_request(href))
    assert list(first["cards"])[:2] == ["headline", "kpis"]
    assert "insights_overview" not in first["cards"], "texts about the others come afterwards"
    assert set(first["cards"]) == {c.name for c in PAGES[0].charts if c.role != "insights"}
    assert "href" not in first, "an address that one came by is left as it is"
    assert {"nav", "bar", "foot", "versions"} <= set(first)
    assert 'data-chart="needs_action"' in first["body"]
    again = told(web, page_request(href, "top_places", page=first["page"], bar_shown=True))
    assert set(again) == {"n", "page", "cards"}, "everything around the cards stays"


def test_the_index_page_holds_the_answer_to_its_address(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "AT_ONCE", PATIENCE)  # every card of the first answer, however slow the machine is
    page = web.get("/overview?data=demo&range=all&city=%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E")
    text = page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "private, no-store"
    held = text.split('<script type="application/json" id="first-answer">')[1].split("</script>")[0]
    assert "<" not in held
    assert "&" not in held
    first, same = json.loads(held), told(web, page_request(OVERVIEW + "&city=</script><script>alert(1)</script>"))
    assert "alert(1)" in json.dumps(first), "the text is there, and cannot end the element"
    assert "<script>alert" not in text
    assert first["page"] == same["page"]
    assert first["cards"]["kpis"] == same["cards"]["kpis"]
    for part in ("nav", "bar", "foot", "body"):
        assert part not in first
        assert same[part] in text, part


@pytest.mark.long
def test_the_breadcrumb_of_a_map_names_what_it_draws(web: FlaskClient) -> None:
    def level(query: str) -> str:
        trail = card_of(web, "revenue_map", f"http://localhost/geography?data=demo&range=all{query}")["trail"]
        return str(trail.split(' class="crumb now"')[1].split("<")[0].rpartition(">")[2])

    assert level("") == "Country"
    assert level("&country=US") == "Region", "all in one country: its states"


def test_what_a_card_shows_already_is_not_told_again(web: FlaskClient) -> None:
    whole = chart_request(web, "top_places", OVERVIEW)
    first = told(web, whole)["cards"]["top_places"]
    whole["cards"] = {"top_places": first["digest"]}
    assert told(web, whole)["cards"] == {"top_places": {}}
    whole["href"] += "&city=Boston"
    assert told(web, whole)["cards"]["top_places"]["digest"] != first["digest"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("href", "lands"),
    [
        ("http://localhost/products?data=demo&range=all#stock_cover", "/products/stock"),  # as before there were tabs
        ("http://localhost/customers?data=demo&range=all#growth_over_time", "/trends"),
        ("http://localhost/trends?data=demo&range=all#revenue_over_time", None),  # there, although it is elsewhere too
        ("http://localhost/trends?data=demo&range=all#nothing", None),
        ("http://localhost/trends?data=demo&range=all#insights", None),  # a chart without a card
    ],
)
def test_a_link_to_a_chart_opens_its_tab(web: FlaskClient, href: str, lands: str | None) -> None:
    found = told(web, page_request(href))
    assert ("href" in found, found.get("href", "").partition("?")[0]) == (lands is not None, lands or "")
    chart = href.partition("#")[2]
    assert (f'data-chart="{chart}"' in found["body"]) == ("nothing" not in href and "insights" not in chart)


@pytest.mark.long
def test_words_about_the_others_come_with_a_page_that_is_opened_where_nobody_waits_for_them(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(path: str) -> dict[str, Any]:
        return dict(told(web, page_request(f"http://localhost{path}?data=demo&range=2024-03-01..2024-05-01"))["cards"])

    monkeypatch.setattr(handler, "AT_ONCE", PATIENCE)
    assert "insights_trends" in opened("/trends"), "at the top, while there is time: what stands below would move"
    assert "insights_overview" not in opened("/overview")
    card_of(web, "insights_overview", "http://localhost/overview?data=demo&range=2024-03-01..2024-05-01")
    assert opened("/overview")["insights_overview"]["state"] == "ok", "it is kept"
    monkeypatch.setattr(handler, "AT_ONCE", -1)
    assert "insights_overview" in opened("/overview")
    assert "insights_products" not in opened("/products")


@pytest.mark.long
@pytest.mark.no_cover
def test_words_about_the_others_come_when_they_are_asked_for_alone(web: FlaskClient) -> None:
    assert card_of(web, "insights_overview", OVERVIEW)["state"] == "ok"


def test_a_slow_card_does_not_hold_up_those_that_are_ready(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "AT_ONCE", -1)
    charts = [c.name for c in PAGES[0].charts]
    whole = page_request(OVERVIEW, *charts, page=shown(web, OVERVIEW), bar_shown=True)
    assert list(told(web, whole)["cards"]) == charts[:1], "one at least: a client that asks again comes to its end"


CLICK = {"kind": "mark", "chart": "top_places", "values": ["US/MA/Boston"]}


def test_a_click_gives_the_address_to_go_to_and_the_cards_there(web: FlaskClient) -> None:
    found = event(web, CLICK, OVERVIEW, "top_products", "top_places")
    assert found["href"] == "/overview?data=demo&place=US%2FMA%2FBoston"
    assert found["n"] == 7
    assert "Place: Boston" in found["bar"]
    assert "nav" not in found, "its links follow the address in the browser"
    there = OVERVIEW.replace("range=all", "place=US/MA/Boston")
    assert found["cards"]["top_products"] == card_of(web, "top_products", there)
    again = event(web, CLICK, "http://localhost/trends?data=demo&place=US%2FMA%2FBoston")
    assert again["href"] == "/trends?data=demo&range=all"


def test_what_nobody_has_clicked_yet_is_answered_as_the_click_would_be_and_for_a_mark_alone(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page_request(OVERVIEW, "kpis", page=shown(web, OVERVIEW), bar_shown=True, action=CLICK)
    assert told(web, whole | {"early": True}) == told(web, whole)
    for action in (None, {"kind": "clear"}, {"kind": "range", "value": "all"}, {"kind": ["mark"]}):
        assert post(web, whole | {"early": True, "action": action}).status_code == 204
    inside = []

    def busy(*given: Any) -> Any:
        inside.append(post(web, whole | {"early": True}).status_code)
        return handler.answer(*given)

    monkeypatch.setattr(routes, "answer", busy)
    told(web, whole)
    assert inside == [204], "others wait for theirs"


def test_another_data_set_opens_with_its_own_view(sources: Path, web: FlaskClient) -> None:
    there = "http://localhost/overview?data=bytronix&range=2019-03-01..2019-04-01"
    found = event(web, {"kind": "data", "value": "demo"}, there)
    assert found["href"] == "/overview?data=demo&range=last_month"
    assert "toast" not in found


@pytest.mark.long
def test_another_data_set_says_which_filters_it_does_not_have(sources: Path, web: FlaskClient) -> None:
    there = (
        "http://localhost/overview?data=bytronix&city=Boston&city=Atlantis&city=!Dallas&product=AAA+Batteries+(4-pack)"
    )
    found = event(web, {"kind": "data", "value": "demo"}, there)
    assert found["href"] == "/overview?data=demo&range=last_month&city=Boston&city=%21Dallas"
    assert "does not have it: City: Atlantis; Product: AAA Batteries (4-pack)." in found["toast"]
    same = event(web, {"kind": "data", "value": "bytronix"}, there)
    assert "toast" not in same
    chosen = [sorted(parse_qsl(urlsplit(href).query)) for href in (same["href"], there)]
    assert chosen[0] == chosen[1], "the data set that is open stays as it is"


def test_a_refused_event_says_why_and_goes_nowhere(web: FlaskClient) -> None:
    found = event(web, CLICK | {"chart": "top_place"}, OVERVIEW, "top_places")
    assert "href" not in found
    assert found["cards"]["top_places"]["state"] == "ok", "the cards are still those of the address"
    assert "Did you mean" in found["toast"]
    assert "[7]" in found["toast"], "the same words twice are still news"


def test_the_version_is_polled(real_app: Dash, web: FlaskClient) -> None:
    first = json.loads(call(real_app, "poll", 1, None))
    assert "demo=" in first
    with pytest.raises(PreventUpdate):
        call(real_app, "poll", 2, first)


def test_an_empty_selection_says_what_to_clear(real_app: Dash, web: FlaskClient) -> None:
    found = card_of(web, "top_products", f"{OVERVIEW}&city=Atlantis")
    assert found["state"] == "empty"
    assert "Atlantis" in found["box"]
    assert "Clear a filter" in found["box"]


def test_nothing_among_orders_is_not_no_orders(real_app: Dash, web: FlaskClient) -> None:
    """The demo company's lines have no charges, so no cause of a difference has lines."""
    found = card_of(web, "cause_lines", OVERVIEW.replace("overview", "reconciliation") + "&o.cause_lines.cause=tips")
    assert found["state"] == "empty"
    assert "orders" in found["box"]
    assert ". This cause changes none of the lines." in found["box"], "the reason of this card"
    assert "Widen the range" not in found["box"]


def test_where_all_orders_are_too_large_for_baskets_no_card_says_that_they_hold_one_product(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_IN_A_BASKET", 0)
    href = OVERVIEW.replace("overview", "basket").replace("range=all", "range=2025-03-05..2025-03-17")
    found = card_of(web, "basket_pairs", href)
    assert found["state"] == "empty"
    assert "orders with more than 0 products are left out" in found["box"]
    assert "No order contains" not in found["box"]
    assert not found["notes"], "said once"


def test_a_curve_without_marks_says_that_it_filters_nothing(real_app: Dash, web: FlaskClient) -> None:
    def emits(page: str, chart: str) -> list[str]:
        return list(card_of(web, chart, OVERVIEW.replace("overview", page))["emits"])

    assert emits("customers", "customer_pareto") == []
    assert emits("customers", "customer_ranking") == ["customer"]


def test_menus(real_app: Dash, web: FlaskClient) -> None:
    def opened(name: str, search: str = "") -> str:
        return call(real_app, "menu", {"name": name, "href": OVERVIEW, "n": 1}, search)

    assert "Quillmere" in opened("data")
    assert "Last 12 months" in opened("range")
    assert all(words in opened("range") for words in ("Q4 2025", "the last complete day", "Days in America/New York"))
    assert "not in the data" in opened("compare"), "nothing lies before all time"
    assert "by week" in opened("grain")
    assert "rows read" in opened("quality")
    assert "/reconciliation?" in opened("page"), "which the bar of a phone has no room for"
    assert "Boston" in opened("filter:city", "bost")
    assert "Boston" not in opened("filter:city", "zzzz")
    assert "Nothing matches" in opened("filter:city", "zzzz")
    assert "CSV" in opened("card:top_places")
    assert "Average order value" in opened("option:top_places.metric")


def test_the_lines_dialog_shows_and_takes_away_the_columns_that_are_ticked(real_app: Dash, web: FlaskClient) -> None:
    asked = {"kind": "dialog", "show": "lines", "chart": "top_places", "href": OVERVIEW, "n": 1}
    every = call(real_app, "dialog", asked)
    assert "Columns" in every
    assert "/lines.xlsx?" in every
    few = call(real_app, "dialog", asked | {"columns": ["amount", "order_id"]})
    assert "Columns: 2 of " in few
    assert "columns=order_id%2Camount" in few, "both files have these columns"
    assert "All columns" in few
    one = call(real_app, "dialog", asked | {"columns": ["amount"]})
    assert '"columns":["amount"]' in one.replace("\\", "").replace(" ", ""), "the last column stays"
    assert "Did you mean" in call(real_app, "dialog", asked | {"columns": ["amounts"]})
    with pytest.raises(RequestError, match="must be a list"):
        DialogRequest.read(asked | {"columns": "amount"})


def test_dialogs(real_app: Dash, web: FlaskClient) -> None:
    for show, words in (("table", "US/MA/Boston"), ("how", "place")):
        asked = {"kind": "dialog", "show": show, "chart": "top_places", "href": OVERVIEW, "n": 1}
        assert words in call(real_app, "dialog", asked)


# --- a chart that breaks
def test_an_error_stays_in_its_card_and_has_an_id(
    real_app: Dash, web: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret/path.py")

    monkeypatch.setattr(side_by_side, "describe", broken)
    found = card_of(web, "top_places", OVERVIEW)
    text = found["box"]
    assert found["state"] == "failed"
    assert "secret" not in json.dumps(found)
    assert "Error id" in text
    ident = text.partition("Error id ")[2][:8]
    assert ident in caplog.text, "the log can be searched for it"
    monkeypatch.undo()
    assert card_of(web, "top_places", OVERVIEW)["state"] == "ok"


# --- hostile bodies
HOSTILE = [
    None,
    True,
    0,
    -1.5,
    "",
    "x",
    "\ud800",
    "a\0b",
    [],
    {},
    [[]],
    {"a": []},
    ["url"],
    10**30,
    "?" * 20_000,
    {"name": {}},
    {"name": "filter:"},
]


LINES = {"show": "lines", "chart": "top_places", "href": OVERVIEW}
GOOD: dict[str, tuple[Any, ...]] = {
    "menu": ({"name": "filter:city", "href": OVERVIEW}, "a"),
    "dialog": ({"show": "table", "chart": "top_places", "href": OVERVIEW},),
    "rows": ({"startRow": 0, "endRow": 5, "sortModel": [], "filterModel": {}}, LINES),
    "poll": (1, ""),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_values_are_answered(real_app: Dash, name: str) -> None:
    assert call(real_app, name, *GOOD[name])


@pytest.mark.sampled(10)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize("name", GOOD)
def test_wrong_types_anywhere_leak_nothing(real_app: Dash, name: str, value: Any) -> None:
    for i, good in enumerate(GOOD[name]):
        harmless_call(real_app, name, *GOOD[name][:i], value, *GOOD[name][i + 1 :])
        for key in good if isinstance(good, dict) else ():
            harmless_call(real_app, name, *GOOD[name][:i], good | {key: value}, *GOOD[name][i + 1 :])


def test_values_that_are_too_few_or_cannot_be_written_are_refused(real_app: Dash) -> None:
    nested: list[Any] = []
    for _ in range(300):
        nested = [nested]
    for values in ((), (1,), (1, "", ""), (2**70, ""), (1, nested), (1, "a\ud83d")):
        with pytest.raises(RequestError, match="a callback's values must be"):
            call(real_app, "poll", *values)


@pytest.mark.sampled(3)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("part", ["n", "href", "action", "page", "bar_shown", "cards"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
def test_wrong_parts_of_a_question_leak_nothing(web: FlaskClient, value: Any, part: str) -> None:
    whole = chart_request(web, "kpis", OVERVIEW)
    harmless(post(web, whole | {part: value}))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
def test_wrong_digests_leak_nothing(web: FlaskClient, value: Any) -> None:
    whole = chart_request(web, "kpis", OVERVIEW)
    harmless(post(web, whole | {"cards": {"kpis": value}}))


WRONG = ({"n": None}, {"n": True}, {"n": -1}, {"n": 2**53}, {"n": "1"}, {"href": 1}, {"action": "x"}, {"page": None})


@pytest.mark.parametrize("wrong", [*WRONG, {"cards": []}, {"cards": {"kpis": 1}}], ids=repr)
def test_a_question_that_is_none_is_refused(web: FlaskClient, wrong: dict[str, Any]) -> None:
    whole = chart_request(web, "kpis", OVERVIEW)
    refused(post(web, whole | wrong))


def refused(answer: Any) -> None:
    """400 with a sentence."""
    harmless(answer)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith((".", "?"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{}",
        b'{"output":"x.y"}',
        b'{"output":"menu-body.children","inputs":[]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda r: repr(r[:20]),
)
def test_bodies_that_are_none_are_refused(web: FlaskClient, raw: bytes) -> None:
    for route in (ROUTE, CALLBACKS):
        refused(web.post(route, data=raw, content_type="application/json"))
        harmless(web.post(route, data=raw))


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff", "a\\ud83d"])
def test_halves_of_characters_are_refused(real_app: Dash, web: FlaskClient, text: str) -> None:
    raw = json.dumps(page_request(OVERVIEW)).replace(OVERVIEW, f"{OVERVIEW}&city={text}")
    refused(web.post(ROUTE, data=raw, content_type="application/json"))
    href = json.loads(f'"{OVERVIEW}&city={text}"')
    for name in ("menu", "dialog"):
        with pytest.raises(RequestError, match="whole characters"):
            call(real_app, name, GOOD[name][0] | {"href": href}, *GOOD[name][1:])


@pytest.mark.parametrize("href", ["//[", "http://[::1", "//a]b", "//\u2100.com/"])
def test_what_is_no_address_is_refused(real_app: Dash, web: FlaskClient, href: str) -> None:
    refused(post(web, page_request(href)))
    with pytest.raises(RequestError, match="is not an address"):
        call(real_app, "menu", GOOD["menu"][0] | {"href": href}, *GOOD["menu"][1:])
    assert "is not an address" in str(call(real_app, "dialog", GOOD["dialog"][0] | {"href": href}))


@pytest.mark.parametrize("name", ["no_such_chart", "", "kpis\x00", "x" * 5000])
def test_an_unknown_chart_is_refused(real_app: Dash, web: FlaskClient, name: str) -> None:
    refused(post(web, page_request(OVERVIEW, name)))
    asked = {"show": "table", "chart": name, "href": OVERVIEW}
    for callback_name, values in (("dialog", (asked,)), ("rows", (GOOD["rows"][0], asked))):
        with pytest.raises((UnknownName, RequestError)):
            call(real_app, callback_name, *values)


def test_a_huge_body_is_refused_unread(web: FlaskClient) -> None:
    for route in (ROUTE, CALLBACKS):
        assert web.post(route, data=b" " * (1024 * 1024 + 1), content_type="application/json").status_code == 413


KEYS = st.sampled_from(("kind", "chart", "values", "value", "field", "n", "name", "show"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.long
@pytest.mark.usefixtures("quiet")
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(JSON)
def test_any_event_any_menu_any_dialog(real_app: Dash, web: FlaskClient, value: Any) -> None:
    harmless(post(web, value))
    harmless(post(web, page_request("http://localhost/overview?data=demo", page=shown(web, OVERVIEW), action=value)))
    harmless_call(real_app, "menu", {"name": value, "href": OVERVIEW}, "")
    harmless_call(real_app, "dialog", value)


PARTS = ("output", "outputs", "inputs", "state", "changedPropIds")


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON | st.dictionaries(st.sampled_from(PARTS), JSON | st.sampled_from(["menu-body.children", "..a.b...c.d.."])))
def test_any_body_is_refused(web: FlaskClient, value: Any) -> None:
    """That of a callback begins with the name of one: nothing else is read."""
    refused(web.post(CALLBACKS, data=json.dumps(value), content_type="application/json"))


def harmless(answer: Any) -> None:
    """No inside is shown, and the next request is served."""
    text = answer.get_data(as_text=True)
    assert answer.status_code < 500, text[:500]
    shows_no_inside(text)


def shows_no_inside(text: str) -> None:
    for inside in ("Traceback", 'File "', '.py"', "site-packages", "analytics.", "KeyError", "TypeError"):
        assert inside not in text, text[:500]
    assert len(text) < 200_000


def test_after_all_that_the_page_still_answers(real_app: Dash, web: FlaskClient) -> None:
    assert card_of(web, "kpis", OVERVIEW)["state"] == "ok"
    assert web.get("/", buffered=True).status_code == 200


def test_a_chosen_year_has_a_way_back_and_the_whole_data_need_none(web: FlaskClient) -> None:
    def trail(span: str) -> str:
        told = card_of(web, "revenue_over_time", f"http://localhost/overview?data=demo&range={span}")["trail"]
        return " ".join(re.sub(r"<[^>]+>", " ", told).split())

    assert trail("2025-01-01..2026-01-01") == "All time 2025"
    assert trail("2025-04-01..2025-07-01") == "All time 2025 Q2 2025"
    assert trail("2025-06-01..2025-07-01") == "All time 2025 Q2 2025 June 2025"
    assert trail("all") == ""
