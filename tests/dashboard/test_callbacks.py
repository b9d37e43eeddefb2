"""The callbacks as a browser calls them: good bodies get answers, hostile ones do no harm and learn nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import callbacks
from dashboard.pages import CHARTS, PAGES

OVERVIEW = "http://localhost/overview?data=demo&range=all"


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Errors that a test provokes are not printed."""
    caplog.set_level(logging.CRITICAL + 1)


def dependencies(app: Dash) -> dict[str, dict[str, Any]]:
    return {c["output"]: c for c in json.loads(app.server.test_client().get("/_dash-dependencies").data)}


def body(app: Dash, output: str, values: dict[str, Any]) -> dict[str, Any]:
    """What the browser posts for the callback whose output begins so; `values` by "id.property", absent ones null."""
    name, spec = next(
        (o, c) for o, c in dependencies(app).items() if output in o and c.get("clientside_function") is None
    )

    def read(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**i, "value": values.get(f"{i['id']}.{i['property']}")} for i in items]

    outs = [{"id": o.rpartition(".")[0], "property": o.rpartition(".")[2]} for o in name.strip(".").split("...")]
    return {
        "output": name,
        "outputs": outs if name.startswith("..") else outs[0],
        "inputs": read(spec["inputs"]),
        "state": read(spec.get("state", [])),
        "changedPropIds": [],
    }


def chart_body(app: Dash, chart: str, href: Any, own: Any = None, asked: Any = None) -> dict[str, Any]:
    """The render callback of a chart, its MATCH filled in as the browser does."""
    asked = {"href": href, "version": None} if asked is None else asked
    kind = CHARTS[chart].kind
    name, spec = next((o, c) for o, c in dependencies(app).items() if '"type":"card"' in o and f'"kind":"{kind}"' in o)
    identity = lambda text: {**json.loads(text), "chart": chart}  # noqa: E731
    outs = [o.rpartition(".") for o in name.strip(".").split("...")]
    itself = {"type": "ask", "kind": kind, "chart": chart} if own is None else own
    return {
        "output": name,
        "outputs": [{"id": identity(i), "property": p} for i, _, p in outs],
        "inputs": [{"id": identity(i["id"]), "property": i["property"], "value": asked} for i in spec["inputs"]],
        "state": [{"id": identity(i["id"]), "property": i["property"], "value": itself} for i in spec["state"]],
        "changedPropIds": [],
    }


def post(client: FlaskClient, given: Any) -> Any:
    return client.post("/_dash-update-component", json=given)


def answered(client: FlaskClient, given: dict[str, Any]) -> dict[str, Any]:
    answer = post(client, given)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return dict(json.loads(answer.data)["response"])


def state_of(response: dict[str, Any]) -> str:
    return next(str(v["data-state"]).split()[0] for v in response.values() if "data-state" in v)


def event(
    app: Dash, client: FlaskClient, given: Any, search: str = "?data=demo&range=all", path: Any = "/overview"
) -> dict[str, Any]:
    return answered(client, body(app, "goto.data", {"event.data": given, "url.pathname": path, "url.search": search}))


# --- good bodies
@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_chart_of_every_page_is_drawn(real_app: Dash, web: FlaskClient, page: Any) -> None:
    for chart in page.charts:
        found = answered(
            web, chart_body(real_app, chart.name, f"http://localhost{page.path}?data=demo&range=last_12m&compare=year")
        )
        assert state_of(found) in ("ok", "absent", "waiting"), (chart.name, found)


def test_a_chart_of_another_page_is_left_alone(real_app: Dash, web: FlaskClient) -> None:
    assert post(web, chart_body(real_app, "growth_over_time", OVERVIEW)).status_code == 204


def test_a_click_gives_the_address_to_go_to(real_app: Dash, web: FlaskClient) -> None:
    click = {"kind": "mark", "chart": "top_places", "values": ["US/MA/Boston"], "n": "1-2"}
    found = event(real_app, web, click)
    assert found["goto"]["data"] == {"href": "/overview?data=demo&place=US%2FMA%2FBoston", "n": "1-2"}
    again = event(real_app, web, click, "?data=demo&place=US%2FMA%2FBoston", "/trends")
    assert again["goto"]["data"]["href"] == "/trends?data=demo"


def test_another_data_set_opens_with_its_own_view(sources: Path, real_app: Dash, web: FlaskClient) -> None:
    found = event(real_app, web, {"kind": "data", "value": "demo"}, "?data=bytronix&city=Boston")
    assert found["goto"]["data"]["href"] == "/overview?data=demo&range=last_12m&compare=year"


def test_a_refused_event_says_why_and_goes_nowhere(real_app: Dash, web: FlaskClient) -> None:
    found = event(real_app, web, {"kind": "mark", "chart": "top_place", "values": ["x"], "n": "7-7"})
    assert "goto" not in found
    assert "Did you mean" in found["toast"]["children"]
    assert "[7-7]" in found["toast"]["children"], "the same words twice are still news"


def test_the_version_is_polled(real_app: Dash, web: FlaskClient) -> None:
    first = answered(web, body(real_app, "data-version.data", {"poll.n_intervals": 1}))["data-version"]["data"]
    assert "demo=" in first
    assert (
        post(web, body(real_app, "data-version.data", {"poll.n_intervals": 2, "data-version.data": first})).status_code
        == 204
    )


def test_an_empty_selection_says_what_to_clear(real_app: Dash, web: FlaskClient) -> None:
    found = answered(web, chart_body(real_app, "top_products", f"{OVERVIEW}&city=Atlantis"))
    assert state_of(found) == "empty"
    assert "Atlantis" in json.dumps(found)
    assert "Clear a filter" in json.dumps(found)


def test_a_curve_without_marks_says_that_it_filters_nothing(real_app: Dash, web: FlaskClient) -> None:
    def emits(page: str, chart: str) -> list[str]:
        found = answered(web, chart_body(real_app, chart, OVERVIEW.replace("overview", page)))
        return list(next(v["data"]["emits"] for v in found.values() if "data" in v))

    assert emits("customers", "customer_pareto") == []
    assert emits("customers", "customer_ranking") == ["customer"]


def test_menus(real_app: Dash, web: FlaskClient) -> None:
    def opened(name: str, search: str = "") -> str:
        values = {"menu.data": {"name": name, "n": 1}, "menu-search.value": search, "url.href": OVERVIEW}
        return json.dumps(answered(web, body(real_app, "menu-body.children", values)))

    assert "Quillmere" in opened("data")
    assert "Last 12 months" in opened("range")
    assert "vs previous year" in opened("compare")
    assert "by week" in opened("grain")
    assert "rows read" in opened("quality")
    assert "Boston" in opened("filter:city", "bost")
    assert "Boston" not in opened("filter:city", "zzzz")
    assert "Nothing matches" in opened("filter:city", "zzzz")
    assert "CSV" in opened("card:top_places")
    assert "Average order value" in opened("option:top_places.metric")


def test_dialogs(real_app: Dash, web: FlaskClient) -> None:
    for show, words in (("table", "US/MA/Boston"), ("how", "full path")):
        values = {
            "dialog-asked.data": {"kind": "dialog", "show": show, "chart": "top_places", "n": 1},
            "url.href": OVERVIEW,
        }
        assert words in json.dumps(answered(web, body(real_app, "dialog-title.children", values)))


# --- a chart that breaks
def test_an_error_stays_in_its_card_and_has_an_id(
    real_app: Dash, web: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret/path.py")

    monkeypatch.setattr(callbacks, "describe", broken)
    found = answered(web, chart_body(real_app, "top_places", OVERVIEW))
    text = json.dumps(found)
    assert state_of(found) == "failed"
    assert "secret" not in text
    assert "Error id" in text
    ident = text.partition("Error id ")[2][:8]
    assert ident in caplog.text, "the log can be searched for it"
    monkeypatch.undo()
    assert state_of(answered(web, chart_body(real_app, "top_places", OVERVIEW))) == "ok"


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


GOOD = {
    "event.data": {"kind": "mark", "chart": "top_places", "values": ["US/MA/Boston"]},
    "url.pathname": "/overview",
    "url.search": "?data=demo",
    "url.href": OVERVIEW,
    "menu.data": {"name": "filter:city"},
    "menu-search.value": "a",
    "dialog-asked.data": {"show": "table", "chart": "top_places"},
    "lines-grid.getRowsRequest": {"startRow": 0, "endRow": 5, "sortModel": [], "filterModel": {}},
}


def test_the_good_bodies_are_good(real_app: Dash, web: FlaskClient) -> None:
    for output in ("goto.data", "nav.children", "page.children", "menu-body.children", "dialog-title.children"):
        assert answered(web, body(real_app, output, GOOD)), output


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
def test_wrong_types_anywhere_leak_nothing(real_app: Dash, web: FlaskClient, value: Any) -> None:
    for output, spec in dependencies(real_app).items():
        if spec.get("clientside_function") is not None or '"' in output:
            continue
        for part in (*spec["inputs"], *spec.get("state", [])):
            harmless(post(web, body(real_app, output, GOOD | {f"{part['id']}.{part['property']}": value})))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
def test_wrong_addresses_and_ids_of_charts_leak_nothing(real_app: Dash, web: FlaskClient, value: Any) -> None:
    harmless(post(web, chart_body(real_app, "kpis", value)))
    harmless(post(web, chart_body(real_app, "kpis", "", asked=value)))
    harmless(post(web, chart_body(real_app, "top_places", OVERVIEW, own=value)))
    harmless(
        post(
            web, chart_body(real_app, "top_places", OVERVIEW, own={"chart": value, "kind": "figure", "type": "answer"})
        )
    )


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
        b'{"output":"goto.data","inputs":[]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda r: repr(r[:20]),
)
def test_bodies_that_are_none_are_refused(web: FlaskClient, raw: bytes) -> None:
    refused(web.post("/_dash-update-component", data=raw, content_type="application/json"))
    harmless(web.post("/_dash-update-component", data=raw))


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff", "a\\ud83d"])
def test_halves_of_characters_are_refused(real_app: Dash, web: FlaskClient, text: str) -> None:
    for output, where in (("page.children", "url.href"), ("nav.children", "url.href"), ("goto.data", "url.search")):
        raw = json.dumps(body(real_app, output, GOOD | {where: "@"})).replace('"@"', f'"{OVERVIEW}&city={text}"')
        refused(web.post("/_dash-update-component", data=raw, content_type="application/json"))


@pytest.mark.parametrize("name", ["no_such_chart", "", "kpis\x00", "x" * 5000])
def test_an_unknown_chart_is_refused(real_app: Dash, web: FlaskClient, name: str) -> None:
    own = {"chart": name, "kind": "figure", "type": "ask"}
    refused(post(web, chart_body(real_app, "top_places", OVERVIEW, own=own)))
    asked = {"show": "table", "chart": name}
    refused(post(web, body(real_app, "dialog-title.children", {"dialog-asked.data": asked, "url.href": OVERVIEW})))
    refused(post(web, body(real_app, "lines-grid", GOOD | {"dialog-asked.data": asked})))


PARTS = ("output", "outputs", "inputs", "state")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("output", ["goto.data", "menu-body.children", '"type":"card"'])
def test_a_body_that_lacks_a_part_is_refused(real_app: Dash, web: FlaskClient, output: str, part: str) -> None:
    whole = chart_body(real_app, "top_places", OVERVIEW) if "card" in output else body(real_app, output, GOOD)
    if not whole[part]:
        return
    refused(post(web, {k: v for k, v in whole.items() if k != part}))
    refused(post(web, whole | {part: None}))
    if isinstance(whole[part], list):
        refused(post(web, whole | {part: whole[part][1:]}))
        refused(post(web, whole | {part: [whole[part][0] | {"id": {"type": "x"}}, *whole[part][1:]]}))


def test_the_parts_of_a_card_are_of_one_chart(real_app: Dash, web: FlaskClient) -> None:
    whole = chart_body(real_app, "top_places", OVERVIEW)
    whole["inputs"] = chart_body(real_app, "top_products", OVERVIEW)["inputs"]
    refused(post(web, whole))


def test_a_huge_body_is_refused_unread(web: FlaskClient) -> None:
    answer = web.post("/_dash-update-component", data=b" " * (1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413


KEYS = st.sampled_from(("kind", "chart", "values", "value", "field", "n", "name", "show"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.usefixtures("quiet")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(JSON)
def test_any_event_any_menu_any_dialog(real_app: Dash, web: FlaskClient, value: Any) -> None:
    harmless(
        post(
            web,
            body(real_app, "goto.data", {"event.data": value, "url.pathname": "/overview", "url.search": "?data=demo"}),
        )
    )
    harmless(post(web, body(real_app, "menu-body.children", {"menu.data": {"name": value}, "url.href": OVERVIEW})))
    harmless(post(web, body(real_app, "dialog-title.children", {"dialog-asked.data": value, "url.href": OVERVIEW})))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, st.sampled_from(PARTS), st.sampled_from(["goto.data", "page.children", "dialog-title.children"]))
def test_any_body_is_answered_or_refused(real_app: Dash, web: FlaskClient, value: Any, part: str, output: str) -> None:
    harmless(post(web, value))
    harmless(post(web, body(real_app, output, GOOD) | {part: value}))


def harmless(answer: Any) -> None:
    """No inside is shown, and the next request is served."""
    text = answer.get_data(as_text=True)
    assert answer.status_code < 500, text[:500]
    for inside in ("Traceback", 'File "', '.py"', "site-packages", "analytics.", "KeyError", "TypeError"):
        assert inside not in text, text[:500]
    assert len(text) < 200_000


def test_after_all_that_the_page_still_answers(real_app: Dash, web: FlaskClient) -> None:
    assert state_of(answered(web, chart_body(real_app, "kpis", OVERVIEW))) == "ok"
    assert web.get("/").status_code == 200
