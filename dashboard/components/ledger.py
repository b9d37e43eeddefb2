"""The ledger and a reconciliation as tables: an item a row, sums set apart, amounts at the right."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from analytics.answer import Answer
from analytics.language import N_, _
from analytics.questions.ledger import SUMS
from dashboard.components.controls import action_button, attributes
from dashboard.context import Context
from dashboard.text.ledger_words import cause_label, item_label

PARTS = {
    "ours": N_("Here"),
    "explains": N_("Explains"),
    "possible": N_("Would change"),
    "unexplained": N_("Left over"),
    "platform": N_("Platform"),
}


def ledger_table(answer: Answer, context: Context) -> Component:
    """Frame: item, amount, base_amount (blank without a comparison), share."""
    f = context.formats
    compared = bool(answer.frame["base_amount"].notna().any())
    rows = []
    for row in answer.frame.to_dict("records"):
        cells = [f.money(row["amount"]), _percent(row["share"], context)]
        if compared:
            cells += [f.money(row["base_amount"]), f.money(row["amount"] - row["base_amount"])]
        label = item_label(row["item"], context.platform, set(answer.frame["item"]))
        rows.append(_row(label, cells, "sum" if row["item"] in SUMS else "", row["item"]))
    heads = ["", _("Amount"), _("Of gross sales")]
    heads += [_("Comparison"), _("Difference")] if compared else []
    return _table(heads, rows)


def reconciliation_table(answer: Answer, context: Context) -> Component:
    """Frame: cause, amount, part. A cause is a button that lists its lines in the card below."""
    f = context.formats
    rows = []
    for row in answer.frame.to_dict("records"):
        label = cause_label(row["cause"], context.platform)
        named: str | Component = label
        if row["part"] in ("explains", "possible") and row["cause"] != "rounding":
            action = {"kind": "option", "chart": "cause_lines", "option": "cause", "value": row["cause"]}
            named = action_button(
                label, action, className="text-button row-name", label=_("Show the lines: {label}", label=label)
            )
        total = "sum" if row["part"] in ("ours", "platform") else row["part"]
        amount = f.money(row["amount"]) if total == "sum" else _signed(row["amount"], context)
        rows.append(_row(named, [PARTS[row["part"]], amount], total, row["cause"]))
    return _table(["", "", _("Amount")], rows)


def _row(label: str | Component, cells: list[str], kind: str, value: str) -> Component:
    numbers = [html.Td(text, className="number") for text in cells]
    return html.Tr([html.Th(label, scope="row"), *numbers], className=kind, **attributes(data_value=value))


def _table(heads: list[str], rows: list[Component]) -> Component:
    names = enumerate(heads)
    head = html.Tr([html.Th(text, scope="col", className="number" if i else "") for i, text in names])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="compare ledger")
    return html.Div(table, className="table-scroll", tabIndex=0)  # so that the keyboard can scroll it


def _signed(amount: float, context: Context) -> str:
    sign = "−" if amount < 0 else "+"
    return f"{sign}{context.formats.money(abs(amount))}"


def _percent(value: float, context: Context) -> str:
    return "" if math.isnan(value) else context.formats.percent(value)
