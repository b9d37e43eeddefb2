"""Insights as two lists: what changed, each story with its causes, what to do and a link to its chart; and the
portrait, the standing facts, folded away below."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.language import N_, _
from dashboard.components.controls import attributes, icon
from dashboard.context import Context

FIRST = 2  # stories seen at once; the others are folded away
CERTAINTY = {"clear": N_("Clear"), "likely": N_("Likely"), "may be chance": N_("May be chance")}
RATE = N_("Of 20 changes called clear or likely, at most one is expected to be mere chance.")


def insight_list(answer: Answer, context: Context) -> Component:
    """The first stories, the others behind "more", and the portrait behind its own heading; where there are fewer
    stories, the first facts of the portrait stand in their place, and the portrait alone where a page has no news."""
    frame = answer.frame
    news = frame[frame["list"] == "news"]
    portrait = frame[frame["list"] == "portrait"]
    first = news if len(news) else portrait
    shown: list[Component] = [_list(first[:FIRST], context)]
    if len(first) > FIRST:
        shown.append(_folded(_("{count} more", count=len(first) - FIRST), first[FIRST:], context, "insight-more"))
    if len(news) and len(portrait):
        room = max(FIRST - int((news["kind"] != "nothing").sum()), 0)
        if room:
            heading = html.P(_("Key facts"), className="insight-heading")
            shown.append(html.Div([heading, _list(portrait[:room], context)], className="insight-portrait"))
        rest = portrait[room:]
        if len(rest):
            facts = _("More key facts: {facts}", facts=len(rest)) if room else _("Key facts: {facts}", facts=len(rest))
            shown.append(_folded(facts, rest, context, "insight-more insight-portrait"))
    if news["certainty"].isin(["clear", "likely"]).any():
        shown.append(html.P(RATE, className="insight-rate"))
    return html.Div(shown)


def _folded(title: str, frame: pd.DataFrame, context: Context, css: str) -> Component:
    return html.Details([html.Summary(title), _list(frame, context)], className=css)


def _list(frame: pd.DataFrame, context: Context) -> Component:
    return html.Ul([_item(row, context) for row in frame.to_dict("records")], className="insight-list")


def _item(row: dict[Any, Any], context: Context) -> Component:
    said: list[Component] = [html.P(row["title"], className="insight-claim")]
    more = " ".join(filter(None, (row["sentence"].removeprefix(row["title"]).strip(), row["why"])))
    if more:
        said.append(html.P(more, className="insight-why"))
    if row["recommendation"]:
        said.append(html.P(row["recommendation"], className="insight-advice"))
    details = _details(row, context)
    if details:
        said.append(html.Details([html.Summary(_("Details")), html.P(details)], className="insight-details"))
    return html.Li(
        [
            html.Div(said, className="insight-words"),
            html.Div(_facts(row, context), className="insight-facts"),
        ],
        **attributes(data_insight=row["kind"]),
    )


def _facts(row: dict[Any, Any], context: Context) -> list[Component]:
    """The gap in money, how certain it is, and the link; each only where there is one."""
    facts: list[Component] = []
    if row["list"] == "news" and row["gap"] > 0 and row["certainty"] != "may be chance":
        hint = _("The difference from what was to be expected")
        facts.append(html.Span(context.formats.short_money(row["gap"]), className="insight-gap", title=hint))
    if row["list"] == "news" and row["certainty"]:
        facts.append(html.Span(CERTAINTY[row["certainty"]], className="insight-sure"))
    if row["kind"] != "nothing":
        link = html.A(
            [_("See chart"), " ", icon("arrow-right")],
            href=row["proof"],
            className="chart-link",
            **attributes(aria_label=_("See chart: {sentence}", sentence=row["sentence"])),
        )
        facts.append(link)
    return facts


def _details(row: dict[Any, Any], context: Context) -> str:
    """What limits the claim and, of news, the error rate behind its certainty."""
    said = [str(row["caveat"])] if row["caveat"] else []
    if row["list"] == "news" and not pd.isna(row["q"]):
        said.append(_("Chance that the list is wrong about it: {q}.", q=rate(float(row["q"]), context)))
    return " ".join(said)


def rate(q: float, context: Context) -> str:
    """An error rate as people read it: 'under 0.1%', '3.2%', 'over 99%'."""
    if q < 0.001:
        return _("under {value}", value=context.formats.percent(0.1))
    return context.formats.percent(q * 100) if q < 0.99 else _("over {value}", value=context.formats.percent(99, 0))
