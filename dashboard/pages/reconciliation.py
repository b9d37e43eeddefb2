"""Reconciliation: the ledger from gross sales to the total, and what lies between it and a platform's report."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.questions import ledger as questions
from analytics.questions import reconciliation as differences
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.ledger import ledger_table, reconciliation_table
from dashboard.context import Context
from dashboard.figures.marks.grids import Column, grid
from dashboard.screens import Page, Tab
from dashboard.text.ledger_words import CAUSES, OURS, ZONES, item_label

_RETURNS = Option(
    "returns",
    "Returns",
    {questions.ORDERED: "By order day", questions.POSTED: "By return day"},
    questions.ORDERED,
    {questions.POSTED: frozenset({"posted_at"})},
)
_FIGURE = Option("figure", "Figure", {name: OURS[name] for name in differences.FIGURES}, differences.FIGURES[0])
_TOTAL = Option("total", "Their total", {}, number=True)
_CAUSE = Option("cause", "Cause", {**CAUSES, **ZONES}, "returns_by_day")
_MONEY = dict.fromkeys(("amount", "base_amount", *questions.ITEMS), "money") | {"share": "percent"}
WIDTHS = {"ordered_at": 150, "posted_at": 150, "product": 190}
_FIELDS = ("amount", "discount", "shipping", "tax", "duty", "fees", "tip", "gift_card")

ledger = Chart(
    name="ledger",
    least=1,
    title="Ledger",
    question="What lies between gross sales and what customers were charged?",
    kind="html",
    compute=questions.ledger,
    draw=ledger_table,
    columns=("item", "amount", "base_amount", "share"),
    options=(_RETURNS,),
    units=_MONEY,
    height=380,
    explanation=Explanation(
        "Gross sales are the amounts of sale lines with their discounts added back. Less discounts and returns they "
        "are net sales, which is the revenue of every other page; with shipping, duties, fees, taxes and tips they are "
        "total sales. Returns count on the day of their order, as everywhere else, or on their own day."
    ),
)
reconciliation = Chart(
    name="reconciliation",
    least=1,
    title="Platform's report",
    question="Why does the platform report another total?",
    kind="html",
    compute=differences.reconciliation,
    draw=reconciliation_table,
    columns=differences.COLUMNS,
    options=(_TOTAL, _FIGURE),
    units={"amount": "money"},
    height=380,
    explanation=Explanation(
        tells="Which ways of counting make up the difference between the figure here and the platform's total for the "
        "same days. A click on a cause lists its lines below.",
        how_sure="A cause is only named where at most three of them give the difference to the cent, or one alone but "
        "for rounding. Where other sets of as few causes give it too, the note says so.",
        to_do="Enter the total of the platform's report and choose which figure it is. What is not explained is "
        "mostly orders that one side lacks: compare the numbers of orders by day.",
        computed="Tried are returns by the other day, days that begin up to 14 hours earlier or 12 later, and each "
        "kind of charge, discounts, returns, gift cards and cancelled orders counted the other way.",
    ),
)


def _by_period(answer: Answer, context: Context) -> dict[str, Any]:
    frame = answer.frame.iloc[::-1]
    items = [c for c in frame.columns if c != "period"]
    columns = [Column(c, item_label(c, context.platform, items), "money", width=110) for c in items]
    return grid(frame, (Column("period", "Period", width=110), *columns), context.formats)


ledger_by_period = Chart(
    name="ledger_by_period",
    title="Ledger by period",
    question="On which days do the figures differ?",
    kind="grid",
    compute=questions.ledger_by_period,
    draw=_by_period,
    columns=("period", *questions.ITEMS),
    options=(_RETURNS,),
    units=_MONEY,
    height=420,
    explanation=Explanation(
        "The items of the ledger for each period of the page's grain, the latest first. With “by day” the days on "
        "which a platform's report differs can be found."
    ),
)


def _lines(answer: Answer, context: Context) -> dict[str, Any]:
    """Columns of money that is nowhere given are left out."""
    money = [c for c in _FIELDS if c in answer.frame and answer.frame[c].fillna(0.0).any()]
    times = [c for c in ("ordered_at", "posted_at") if c in answer.frame]
    frame = answer.frame[[c for c in answer.frame if c in money or c not in _FIELDS]]
    frame = frame.assign(**{c: frame[c].dt.strftime("%Y-%m-%d %H:%M").fillna("") for c in times if len(frame)})
    columns = [
        Column(c, context.schema[c].label, "money" if c in money else "", width=WIDTHS.get(c, 110))
        for c in frame.columns
    ]
    return grid(frame, tuple(columns), context.formats, context.schema.label)


cause_lines = Chart(
    name="cause_lines",
    nothing="This cause changes the counting of none of their lines.",
    title="Lines behind a cause",
    question="Which order lines make up a cause?",
    kind="grid",
    compute=differences.cause_lines,
    draw=_lines,
    columns=differences.LINE_COLUMNS,
    options=(_CAUSE,),
    units=dict.fromkeys(_FIELDS, "money"),
    lines=False,
    height=420,
    explanation=Explanation(
        "Up to 500 order lines whose counting the cause changes: those with the charge, the returns whose own day and "
        "whose order's day are not both in the range, the lines of cancelled orders, or those near midnight."
    ),
)

PAGE = Page(
    name="reconciliation",
    title="Reconciliation",
    icon="journal-check",
    tabs=(
        Tab(
            "",
            "",
            (
                ((ledger, 6), (reconciliation, 6)),
                ((ledger_by_period, 12),),
                ((cause_lines, 12),),
            ),
        ),
    ),
)
