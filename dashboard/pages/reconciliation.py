"""Reconciliation: the ledger from gross sales to the total, and what lies between it and a platform's report."""

from __future__ import annotations

from typing import Any

from analytics.answer import Answer
from analytics.language import N_
from analytics.questions import ledger as questions
from analytics.questions import reconciliation as differences
from dashboard.chart import Chart, Explanation, Option
from dashboard.components.ledger import ledger_table, reconciliation_table
from dashboard.context import Context
from dashboard.figures.marks.grids import Column, grid, write_instead
from dashboard.figures.periods import periods_of
from dashboard.screens import Page, Tab
from dashboard.text.ledger_words import CAUSES, OURS, ZONES, item_label

_RETURNS = Option(
    "returns",
    N_("Returns"),
    {questions.ORDERED: N_("By order day"), questions.POSTED: N_("By return day")},
    questions.ORDERED,
    {questions.POSTED: frozenset({"posted_at"})},
)
_FIGURE = Option("figure", N_("Figure"), {name: OURS[name] for name in differences.FIGURES}, differences.FIGURES[0])
_TOTAL = Option("total", N_("Their total"), {}, number=True)
_CAUSE = Option("cause", N_("Cause"), {**CAUSES, **ZONES}, "returns_by_day")
_MONEY = dict.fromkeys(("amount", "base_amount", *questions.ITEMS), "money") | {"share": "percent"}
WIDTHS = {"ordered_at": 150, "posted_at": 150, "product": 190}
_FIELDS = ("amount", "discount", "shipping", "tax", "duty", "fees", "tip", "gift_card")

ledger = Chart(
    name="ledger",
    least=1,
    title=N_("Ledger"),
    question=N_("What lies between gross sales and what customers paid?"),
    kind="html",
    compute=questions.ledger,
    draw=ledger_table,
    columns=("item", "amount", "base_amount", "share"),
    options=(_RETURNS,),
    units=_MONEY,
    height=180,
    explanation=Explanation(
        N_(
            "Gross sales (before discounts) − discounts − returns = net sales, which is the revenue of every "
            "other page; + shipping, duties, fees, taxes and tips = total sales. Returns count on the day of "
            "their order, as everywhere else, or on their own day."
        )
    ),
)
reconciliation = Chart(
    name="reconciliation",
    least=1,
    title=N_("Compare with your platform"),
    question=N_("Why does the platform report a different total?"),
    kind="html",
    compute=differences.reconciliation,
    draw=reconciliation_table,
    columns=differences.COLUMNS,
    options=(_TOTAL, _FIGURE),
    units={"amount": "money"},
    height=180,
    explanation=Explanation(
        tells=N_(
            "Which ways of counting explain the difference between the figure here and the platform's total for "
            "the same days. Click a cause to list its lines below."
        ),
        how_sure=N_(
            "A cause is named only where at most three of them give the difference to the cent, or one alone "
            "does apart from rounding. Where other combinations fit too, the note says so."
        ),
        to_do=N_(
            "Enter the total of the platform's report, and choose which figure it is. What stays unexplained is "
            "mostly orders that one side lacks: compare the numbers of orders by day."
        ),
        computed=N_(
            "Tried are returns by the other day, days that begin up to 14 hours earlier or 12 later, and each "
            "kind of charge, discounts, returns, gift cards and cancelled orders counted the other way."
        ),
    ),
)


def _by_period(answer: Answer, context: Context) -> dict[str, Any]:
    frame = answer.frame.iloc[::-1]
    items = [c for c in frame.columns if c != "period"]
    columns = [Column(c, item_label(c, context.platform, items), "money", width=110) for c in items]
    drawn = grid(frame, (Column("period", N_("Period"), width=110), *columns), context.formats)
    for row, label in zip(drawn["rowData"], periods_of(frame, context).labels, strict=False):
        write_instead(drawn, row, "period", label)  # sorted by its name, which is in order of time
    drawn["columnDefs"][0] |= {"valueFormatter": {"function": "params.data.period_text"}, "tooltipField": "period_text"}
    return drawn


ledger_by_period = Chart(
    name="ledger_by_period",
    title=N_("Ledger by period"),
    question=N_("On which days do the figures differ?"),
    kind="grid",
    compute=questions.ledger_by_period,
    draw=_by_period,
    columns=("period", *questions.ITEMS),
    options=(_RETURNS,),
    units=_MONEY,
    height=420,
    explanation=Explanation(
        N_(
            "The ledger for each period of the page, the latest first. By day, it shows on which days a "
            "platform's report differs."
        )
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
    nothing=N_("This cause changes none of the lines."),
    title=N_("Lines behind a cause"),
    question=N_("Which order lines make up a cause?"),
    kind="grid",
    compute=differences.cause_lines,
    draw=_lines,
    columns=differences.LINE_COLUMNS,
    options=(_CAUSE,),
    units=dict.fromkeys(_FIELDS, "money"),
    lines=False,
    height=420,
    explanation=Explanation(
        N_(
            "Up to 500 order lines that the cause counts differently: those with the charge, returns with only "
            "one of their two days in the range, lines of cancelled orders, or those near midnight."
        )
    ),
)

PAGE = Page(
    name="reconciliation",
    title=N_("Reconciliation"),
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
