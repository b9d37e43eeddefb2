"""Every chart's data by URL: GET /data/<chart>.<csv|json>?<the page's query string>, and GET /data/ that lists them."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pandas as pd
from flask import Flask, Response, request

from analytics.errors import (
    EngineError,
    NotEnoughData,
    NotInData,
    RequestError,
    StoreError,
    StoresightError,
    TooLarge,
    UnknownName,
)
from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.chart import Chart
from dashboard.page.lines import csv_of_lines
from dashboard.page.tables import column_unit, to_csv
from dashboard.pages import BY_PATH, CHARTS, PAGES
from dashboard.text.selections import selection_facts
from dashboard.web.workbook import workbook

MOST_LIMIT = 10_000_000


def install(server: Flask, service: Service) -> None:
    """Add the data routes to the server."""

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
        answer = answers.answer(chart, now, selection.options_of(chart_name), engine)
        frame = answer.frame.iloc[:limit]
        if form == "csv":
            return Response(
                to_csv(frame),
                mimetype="text/csv",
                headers={"Content-Disposition": f'inline; filename="{chart_name}.csv"'},
            )
        return _json(
            {
                "chart": chart_name,
                "data": engine.name,
                "version": engine.version,
                "range": str(now.span),
                "comparison": str(now.base) if now.base else None,
                "grain": now.grain,
                "notes": answer.notes,
                "columns": [{"name": c, "unit": column_unit(c, chart)} for c in frame.columns],
                "rows": rows(frame),
            }
        )

    @server.get("/lines.csv")
    def _lines() -> Response:
        query, before = _flag(request.query_string.decode("utf-8", "replace"), "lines=before")
        selection, engine, _ = service.for_viewer(current_viewer()).select(query, strict=True)
        now = engine.resolve(selection)
        if before and now.before is None:
            raise RequestError("there is no comparison in the data, so it has no lines.", where="URL parameter 'lines'")
        wanted = now.before if before and now.before is not None else now
        return Response(
            csv_of_lines(engine, wanted),
            mimetype="text/csv",
            headers={"Content-Disposition": 'attachment; filename="order_lines.csv"'},
        )

    @server.get("/export/<name>.xlsx")
    def _excel(name: str) -> Response:
        """One chart, or `page-<page>`: every chart of it that the data can give."""
        answers = service.for_viewer(current_viewer())
        selection, engine, _ = answers.select(request.query_string.decode("utf-8", "replace"), strict=True)
        now = engine.resolve(selection)
        page = BY_PATH.get(f"/{name.removeprefix('page-')}") if name.startswith("page-") else None
        if page is None and name not in CHARTS:
            raise UnknownName("chart", name, [*CHARTS, *(f"page-{p.name}" for p in PAGES)], where=request.path)
        charts = [c for c in page.charts if not c.missing(engine.schema)] if page else [CHARTS[name]]
        sheets, untold = [], []
        for chart in charts:
            try:
                sheets.append((chart, answers.answer(chart, now, selection.options_of(chart.name), engine)))
            except (NotInData, NotEnoughData) as why:
                if page is None:
                    raise
                untold.append((f"Not here: {chart.title}", str(why)))
        link = f"{request.host_url.rstrip('/')}{page.path if page else PAGES[0].path}?{selection.to_query()}"
        body = workbook(sheets, [*selection_facts(now, engine), ("Link", link), *untold])
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return Response(body, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'})

    @server.get("/quality/<name>.json")
    def _quality(name: str) -> Response:
        quality = service.for_viewer(current_viewer()).quality(name)
        if quality is None:
            raise NotInData("the quality report counts all rows; it is for those who may see all of them.", where=name)
        return _json(quality.to_dict())

    @server.errorhandler(StoresightError)
    def _refused(error: StoresightError) -> tuple[Response, int]:
        kinds = {
            TooLarge: 413,
            RequestError: 400,
            NotInData: 404,
            NotEnoughData: 422,
            EngineError: 501,
            StoreError: 503,
        }
        status = next((code for kind, code in kinds.items() if isinstance(error, kind)), 500)
        return _json({"error": str(error), "kind": type(error).__name__}), status


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
            }
            for o in chart.options
        ],
    }


def rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """The frame as JSON-ready rows: the numbers of to_csv, blanks as null."""
    clean = frame.apply(lambda c: c.map(lambda v: float(f"{v:.15g}")) if c.dtype.kind == "f" else c)
    return clean.astype(object).where(frame.notna(), None).to_dict("records")


def _flag(query: str, flag: str) -> tuple[str, bool]:
    """The query without a flag such as `lines=before`, and whether it was there."""
    parts = [p for p in query.split("&") if p]
    return "&".join(p for p in parts if p != flag), flag in parts


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
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=str), mimetype="application/json")
