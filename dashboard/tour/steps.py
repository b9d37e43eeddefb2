"""The steps of the tour: what to look at in the demo company, why, and the address that leads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from analytics.language import N_
from dashboard.components.tour import DEMO
from dashboard.pages import screen_of

MONTH: Final = {"range": "last_month", "compare": "previous"}
QUARTER: Final = {"range": "last_quarter", "compare": "previous"}
YEAR: Final = {"range": "last_12m", "compare": "year"}


@dataclass(frozen=True)
class Step:
    """One step. `chart`: the card that it leads to, or `path`: a page; `query`: range, filters and options. `keeps`:
    whether it needs a state store."""

    title: str
    text: str
    link: str
    chart: str = ""
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    keeps: bool = False

    @property
    def address(self) -> str:
        """Where it leads."""
        query = urlencode([("data", DEMO), *self.query])
        if self.path:
            return f"{self.path}?{query}"
        screen = screen_of(self.chart)
        assert screen is not None  # a test walks the steps
        return f"{screen.path}?{query}#{self.chart}"


def _query(view: dict[str, str], **filters: str) -> tuple[tuple[str, str], ...]:
    return (*view.items(), *((name.replace("__", "."), value) for name, value in filters.items()))


STEPS: Final = (
    Step(
        N_("How was last month?"),
        N_(
            "Quillmere sells devices and goods for desk and home. December 2025 was its best month: revenue rose by "
            "almost a fifth, mainly through more customers, and beat its target. The headline says so in one sentence; "
            "click a key figure to see what is behind it."
        ),
        N_("Open the Overview"),
        path="/overview",
        query=_query(MONTH),
    ),
    Step(
        N_("What needs action"),
        N_(
            "A marketplace that lost customers, a best seller that is out of stock, rising returns, good customers who "
            "stay away: each with what it costs and what to do. The arrow leads to the chart."
        ),
        N_("Open what needs action"),
        chart="needs_action",
        query=_query(MONTH),
    ),
    Step(
        N_("A country that fell"),
        N_(
            "The United Kingdom sold less while everywhere else sold more. Its marketplace shop was suspended on "
            "1 December; the other channels went on."
        ),
        N_("Open the channels of the United Kingdom"),
        chart="breakdown_over_time",
        query=_query(YEAR, country="United Kingdom", breakdown_over_time__by="channel"),
    ),
    Step(
        N_("A best seller that is out of stock"),
        N_(
            "Ombrelin Espresso Küche has been sold out since 15 December. The card shows how long the stock of each "
            "product lasts, and what has been in the warehouse for months."
        ),
        N_("Open the stock"),
        chart="stock_cover",
        query=_query(MONTH),
    ),
    Step(
        N_("A faulty delivery"),
        N_(
            "Far more Rondello Robot Vacuums come back than before. Click the bar of the product to see its order "
            "lines."
        ),
        N_("Open the returns"),
        chart="returns_by_product",
        query=_query(MONTH),
    ),
    Step(
        N_("A city with high sales and low ratings"),
        N_(
            "Los Angeles is second in sales and last in ratings. Cities with high sales and low ratings are named "
            "below the chart."
        ),
        N_("Open sales and ratings"),
        chart="sales_and_rating_by_city",
        query=_query(YEAR),
    ),
    Step(
        N_("What is bought together"),
        N_(
            "Since October the Slate 11 has been offered with the Slate Pen. Choose another product to see what "
            "its buyers take with it."
        ),
        N_("Open what is bought with the Slate 11"),
        chart="attach_rates",
        query=_query(QUARTER, attach_rates__product="Teklune Slate 11"),
    ),
    Step(
        N_("Good customers who stay away"),
        N_(
            "Each customer has a rhythm. Those who have been silent for far longer than usual are listed by name, with "
            "the revenue at stake. Save the list as CSV or Excel."
        ),
        N_("Open the customers at risk"),
        chart="churn_risk",
        query=_query(MONTH),
    ),
    Step(
        N_("A group that leaves"),
        N_("Since October schools can no longer pay on account, and most of them have stopped buying."),
        N_("Open the sales to schools"),
        chart="revenue_over_time",
        query=_query(YEAR, segment="Education", grain="month"),
    ),
    Step(
        N_("Do discounts pay?"),
        N_(
            "Products sell more in the weeks in which they are cheaper. The card says by how much, and how certain "
            "that is."
        ),
        N_("Open the effect of discounts"),
        chart="discount_effect",
        query=_query(YEAR),
    ),
    Step(
        N_("What comes next"),
        N_("Revenue of the next weeks, with the range in which four out of five days should lie."),
        N_("Open the forecast"),
        chart="forecast",
        query=_query(YEAR),
    ),
    Step(
        N_("Targets, and the chance of meeting them"),
        N_(
            "December's targets and the first quarter's, with the chance of reaching each. Set one of your own: it "
            "shows on the key figures at once."
        ),
        N_("Open the targets"),
        path="/targets",
        keeps=True,
    ),
    Step(
        N_("Did a decision pay off?"),
        N_(
            "Two decisions with what was expected of them. Storesight has measured what followed, compared with "
            "what was left as it was. Colleagues' notes are marks on the time charts."
        ),
        N_("Open notes and decisions"),
        path="/notes",
        keeps=True,
    ),
    Step(
        N_("Be told when something happens"),
        N_(
            "Three alerts are set, and two of them fire. “Edit” opens one, and “Test on past data” shows what it "
            "would have reported, before it disturbs anybody."
        ),
        N_("Open the alerts"),
        path="/alerts",
        keeps=True,
    ),
    Step(
        N_("Keep and share what you found"),
        N_(
            "A saved view is a page with its filters under a name. Every card can be saved as a table, a CSV or Excel "
            "file, a picture or a link, and the whole report as one file."
        ),
        N_("Open the saved views"),
        path="/views",
        keeps=True,
    ),
)


def markdown() -> str:
    """The steps as docs/tour.md shows them: each with its address; a test compares the two."""
    parts = [
        f"{number}. **{step.title}** {step.text}\n   `{step.address}`" for number, step in enumerate(STEPS, start=1)
    ]
    return "\n".join(parts)
