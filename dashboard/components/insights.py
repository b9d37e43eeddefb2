"""Insights as a list: the sentence, what to do, how sure it is, and a link to the chart that shows it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.insights.significance import LEVEL
from dashboard.components.controls import attributes, icon
from dashboard.context import Context

FIRST = 2  # seen at once; the others are folded away
OF_A_KIND = 1  # insights of one kind among the first: five months in a row would be no overview
LEADS = ("change",)  # kinds that come first; the others follow by money at stake


def insight_list(answer: Answer, context: Context) -> Component:
    """The strongest insights, the others behind "more"."""
    first, others = _split(answer.frame)
    shown = [_list(first, context)]
    if len(others):
        more = html.Summary(f"{len(others)} more")
        shown.append(html.Details([more, _list(others, context)], className="insight-more"))
    return html.Div(shown)


def _list(frame: pd.DataFrame, context: Context) -> Component:
    return html.Ul([_item(row, context) for row in frame.to_dict("records")], className="insight-list")


def _split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first few, one of each kind with those that lead before all, and the rest in their order."""
    once = frame[frame.groupby("kind").cumcount() < OF_A_KIND]
    lead = once["kind"].isin(LEADS)
    early = once[lead].index.append(once[~lead].index)[:FIRST]
    return frame.loc[early], frame.drop(early)


def _item(row: dict[Any, Any], context: Context) -> Component:
    advice = []
    if row["recommendation"]:
        advice.append(html.Span(row["recommendation"]))
    if row["caveat"]:
        advice.append(html.Span([" ", row["caveat"]], className="insight-caveat"))
    claim = [
        html.P(row["sentence"], className="insight-claim"),
        html.P(advice, className="insight-advice"),
    ]
    return html.Li(
        [
            html.Div(claim, className="insight-words"),
            html.Div(_facts(row, context), className="insight-facts"),
        ],
        **attributes(data_insight=row["kind"]),
    )


def _facts(row: dict[Any, Any], context: Context) -> list[Component]:
    """How much money is at stake, how sure it is, and the link; each only where there is one."""
    facts: list[Component] = []
    if row["money_at_stake"] > 0:
        stake = context.formats.short_money(row["money_at_stake"])
        facts.append(html.Span(stake, className="insight-stake", title="Money at stake"))
    sure = sureness(row["p_or_q"], context)
    if sure:
        hint = "How likely chance alone is to show as much"
        facts.append(html.Span(sure, className="insight-sure", title=hint))
    if row["kind"] != "nothing":
        link = html.A(
            ["Show me ", icon("arrow-right")],
            href=row["proof"],
            className="nav-link-in insight-proof",
            **attributes(aria_label=f"Show me: {row['sentence']}"),
        )
        facts.append(link)
    return facts


def sureness(q: float, context: Context) -> str:
    """'' for arithmetic, else how sure: 'p < 0.001', or that it may be chance."""
    if pd.isna(q):
        return ""
    if q > LEVEL:
        return "may be chance"
    return "p < 0.001" if q < 0.001 else f"p = {context.formats.number(q, 3)}"
