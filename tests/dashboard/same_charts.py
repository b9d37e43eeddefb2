"""The whole application, one data set twice: answered by the embedded engine, and by another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from analytics import store
from analytics.profile import EngineChoice
from tests.analytics import companies
from tests.processes import AppServer

QUERIES = ("", "&city=Portland&range=2020-01-01..2020-04-01", "&with=product:iPhone", "&new_or_returning=New")


def assert_same_charts(folder: Path, serve: Callable[..., AppServer], choice: EngineChoice, **settings: str) -> None:
    """Every chart gives the same rows, or the same refusal, whichever engine its data set names."""
    tables = companies.nasty()
    for name, engine in (("plain", EngineChoice()), ("other", choice)):
        profile = replace(tables.profile, name=name, engine=engine)
        store.write(folder / "store", companies.Tables(tables.lines, profile, tables.extras))
    app = serve(folder / "store", **settings)
    charts = [c["name"] for c in json.loads(app.get("/data/")[1])]
    answered = 0
    for number, chart in enumerate(charts):
        query = QUERIES[number % len(QUERIES)]
        status, body = app.get(f"/data/{chart}.json?data=plain{query}", timeout=300)
        their_status, their_body = app.get(f"/data/{chart}.json?data=other{query}", timeout=300)
        assert their_status == status, (chart, their_body[:500])
        if status == 200:
            mine, theirs = json.loads(body), json.loads(their_body.replace(b"data=other", b"data=plain"))
            assert theirs["rows"] == mine["rows"], chart
            assert theirs["range"] == mine["range"]
            answered += 1
    assert answered > len(charts) // 3, "too few charts can be drawn from this data to tell"
