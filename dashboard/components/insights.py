"""What stands out, as a calm list: the sentence, what to do, how sure it is, and a link to the chart that shows it."""

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
OF_A_KIND = 1  # among the first: five months in a row are no overview
LEADS = ("change",)  # what changed is what a reader came for; the others follow by money at stake


def insight_list(answer: Answer, context: Context) -> Component:
    """The strongest insights, the others behind "more"."""
    first, others = _parted(answer.frame)
    more = []
    if len(others):
        rows = html.Ul([_item(row, context) for row in others.to_dict("records")], className="insight-list")
        more = [html.Details([html.Summary(f"{len(others)} more"), rows], className="insight-more")]
    return html.Div(
        [html.Ul([_item(row, context) for row in first.to_dict("records")], className="insight-list"), *more]
    )


def _parted(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first few, of each kind one, what changed before all, and the rest in their order."""
    once = frame[frame.groupby("kind").cumcount() < OF_A_KIND]
    lead = once["kind"].isin(LEADS)
    early = once[lead].index.append(once[~lead].index)[:FIRST]
    return frame.loc[early], frame.drop(early)


def _item(row: dict[Any, Any], context: Context) -> Component:
    sure = sureness(row["p_or_q"], context)
    stake = context.formats.short_money(row["money_at_stake"]) if row["money_at_stake"] > 0 else ""
    facts = [
        *([html.Span(stake, className="insight-stake", title="Money at stake")] if stake else []),
        *(
            [html.Span(sure, className="insight-sure", title="How likely chance alone is to show as much")]
            if sure
            else []
        ),
    ]
    advice = [html.Span(row["recommendation"])] if row["recommendation"] else []
    caveat = [html.Span([" ", row["caveat"]], className="insight-caveat")] if row["caveat"] else []
    link = html.A(
        ["Show me ", icon("arrow-right")],
        href=row["proof"],
        className="nav-link-in insight-proof",
        **attributes(aria_label=f"Show me: {row['sentence']}"),
    )
    return html.Li(
        [
            html.Div(
                [
                    html.P(row["sentence"], className="insight-claim"),
                    html.P([*advice, *caveat], className="insight-advice"),
                ],
                className="insight-words",
            ),
            html.Div([*facts, *([] if row["kind"] == "nothing" else [link])], className="insight-facts"),
        ],
        **attributes(data_insight=row["kind"]),
    )


def sureness(q: float, context: Context) -> str:
    """'' for arithmetic, else how sure: 'p < 0.001', or that it may be chance."""
    if pd.isna(q):
        return ""
    if q > LEVEL:
        return "may be chance"
    return "p < 0.001" if q < 0.001 else f"p = {context.formats.number(q, 3)}"
