"""Every chart's data by URL: GET /data/<chart>.<csv|json>?<the page's query string>, and GET /data/ that lists them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import orjson
import pandas as pd
from flask import Flask, Response, request

from analytics.errors import RequestError, UnknownName
from dashboard.answers.service import Service
from dashboard.answers.side_by_side import seen_as
from dashboard.answers.viewers import current_viewer
from dashboard.chart import Chart
from dashboard.page.tables import column_unit, with_names
from dashboard.pages import CHARTS
from dashboard.web.csv_text import to_csv
from dashboard.web.slots import Slots, within

MOST_LIMIT = 10_000_000
LARGE_CELLS = 200_000  # of a table: about half a second of work, and 50 MB
ROWS_AT_ONCE = 10_000


def install(server: Flask, service: Service, slots: Slots) -> None:
    """Add the data routes to the server; a large table takes one of the slots."""

    @server.get("/data/")
    def _catalogue() -> Response:
        return _json([listing(c) for c in CHARTS.values()])

    @server.get("/data/<name>")
    def _data(name: str) -> Response:
        chart_name, _, form = name.rpartition(".")
        if form not in ("csv", "json"):
            raise UnknownName("form", form, ("csv", "json"), where=request.path)
        if chart_name not in CHARTS:
            raise UnknownName("chart", chart_name, CHARTS, where=request.path)
        chart = CHARTS[chart_name]
        query, limit = _limit(request.query_string.decode("utf-8", "replace"))
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(query, strict=True)
        for option, _ in selection.options:
            if option.split(".")[0] not in CHARTS:
                raise UnknownName("chart", option.split(".")[0], CHARTS, where=f"URL parameter {option!r}")
        now = engine.resolve(selection)
        answer = seen_as(answers, chart, now, selection.options_of(chart_name), engine, within=True).answer
        frame = with_names(answer.frame.iloc[:limit], engine.schema)
        if form == "csv":
            with slots.take() if frame.size > LARGE_CELLS else nullcontext():
                text = to_csv(frame)
            disposition = f'inline; filename="{chart_name}.csv"'
            return Response(text, mimetype="text/csv", headers={"Content-Disposition": disposition})
        about = {
            "chart": chart_name,
            "data": engine.name,
            "version": engine.version,
            "range": str(now.span),
            "comparison": str(now.base) if now.base else None,
            "grain": now.grain,
            "notes": answer.notes,
            "columns": [{"name": c, "unit": column_unit(c, chart)} for c in frame.columns],
        }
        parts = json_parts(about, frame)
        if frame.size <= LARGE_CELLS:
            return Response(b"".join(parts), mimetype="application/json")
        slot = slots.take()
        response = Response(within(slot, parts), mimetype="application/json")
        response.call_on_close(slot.close)
        return response


def listing(chart: Chart) -> dict[str, Any]:
    """What one may ask of a chart."""
    return {
        "name": chart.name,
        "title": chart.title,
        "question": chart.question,
        "how": chart.explanation.text,
        "csv": f"/data/{chart.name}.csv",
        "json": f"/data/{chart.name}.json",
        "columns": [{"name": c, "unit": column_unit(c, chart)} for c in chart.columns],
        "needs": sorted(chart.needs),
        "emits": list(chart.emitted(chart.read_options({}))),
        "options": [
            {
                "name": f"{chart.name}.{o.name}",
                "label": o.label,
                "choices": o.choices if isinstance(o.choices, str) else dict(o.choices),
                "default": o.default,
                "needs": {value: sorted(fields) for value, fields in o.needs.items() if fields},
            }
            for o in chart.options
        ],
    }


def json_parts(about: Mapping[str, Any], frame: pd.DataFrame) -> Iterator[bytes]:
    """One JSON object with `about` and the frame's rows, a part at a time, since rows as Python objects take ten times
    the memory of their text."""
    yield orjson.dumps(about)[:-1] + b',"rows":['
    for first in range(0, len(frame), ROWS_AT_ONCE):
        part = _dumped(rows(frame.iloc[first : first + ROWS_AT_ONCE]))[1:-1]
        yield (b"," if first else b"") + part
    yield b"]}"


def rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The frame as JSON-ready rows: the numbers of to_csv, blanks as null."""
    clean = frame.apply(lambda c: c.map(lambda v: float(f"{v:.15g}")) if c.dtype.kind == "f" else c)
    found: list[dict[Hashable, Any]] = clean.astype(object).where(frame.notna(), None).to_dict("records")
    return found


def _limit(query: str) -> tuple[str, int | None]:
    """The query without `limit=`, and its value."""
    parts = [p for p in query.split("&") if p]
    kept = [p for p in parts if not p.startswith("limit=")]
    found = [p.removeprefix("limit=") for p in parts if p.startswith("limit=")]
    if not found:
        return "&".join(kept), None
    if not re.fullmatch(r"[0-9]{1,8}", found[-1]) or int(found[-1]) > MOST_LIMIT:
        raise RequestError(
            f"limit must be a whole number up to {MOST_LIMIT:,}, not {found[-1][:20]!r}.", where="URL parameter 'limit'"
        )
    return "&".join(kept), int(found[-1])


def _json(value: Any) -> Response:
    return Response(_dumped(value), mimetype="application/json")


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=str)
