"""The steps of the tour: what to look at in the demo company, why, and the address that leads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

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
        "How was last month?",
        "Quillmere sells devices and things for desk and home. December 2025 was its best month: revenue rose by "
        "almost a fifth, mainly through more customers, and beat its target. One sentence says so; each key figure "
        "opens what is behind it.",
        "Open the Overview",
        path="/overview",
        query=_query(MONTH),
    ),
    Step(
        "What needs action",
        "A marketplace that lost customers, a product that is missing, returns that rise, good customers who stay "
        "away: each with what it costs and what to do. The arrow leads to the proof.",
        "Open what needs action",
        chart="needs_action",
        query=_query(MONTH),
    ),
    Step(
        "A country that fell",
        "The United Kingdom sold less while everywhere else sold more. Its marketplace shop was suspended on "
        "1 December; the other channels went on.",
        "Open the channels of the United Kingdom",
        chart="breakdown_over_time",
        query=_query(YEAR, country="United Kingdom", breakdown_over_time__by="channel"),
    ),
    Step(
        "A best seller that is out of stock",
        "Ombrelin Espresso Küche has been sold out since 15 December. The card shows how long the stock of each "
        "product lasts, and which one lies in the warehouse for months.",
        "Open the stock",
        chart="stock_cover",
        query=_query(MONTH),
    ),
    Step(
        "A faulty delivery",
        "Far more Rondello Robot Vacuums come back than before. Click the bar of the product to see its order lines.",
        "Open the returns",
        chart="returns_by_product",
        query=_query(MONTH),
    ),
    Step(
        "A city that sells well and is unhappy",
        "Los Angeles is second in sales and last in ratings. Cities that sell well and are rated low are named below "
        "the chart.",
        "Open sales and ratings",
        chart="sales_and_rating_by_city",
        query=_query(YEAR),
    ),
    Step(
        "What is bought together",
        "Since October the Slate 11 has been offered with the Slate Pen. Choose another product to see what its buyers "
        "take with it.",
        "Open what is bought with the Slate 11",
        chart="attach_rates",
        query=_query(QUARTER, attach_rates__product="Teklune Slate 11"),
    ),
    Step(
        "Good customers who stay away",
        "Each customer has a rhythm. Who has been silent for far longer than usual stands here by name, with "
        "what is at stake; the list can be taken away as a file.",
        "Open who is slipping away",
        chart="churn_risk",
        query=_query(MONTH),
    ),
    Step(
        "A group that leaves",
        "Since October schools can no longer pay on account, and most of them have stopped buying.",
        "Open the months of the schools",
        chart="revenue_over_time",
        query=_query(YEAR, segment="Education", grain="month"),
    ),
    Step(
        "Do discounts pay?",
        "Products sell more in the weeks in which they are cheaper. The card says by how much, and how sure that is.",
        "Open the effect of discounts",
        chart="discount_effect",
        query=_query(YEAR),
    ),
    Step(
        "What will come",
        "Revenue of the next weeks with the range in which four of five days should lie, from the past two years.",
        "Open the forecast",
        chart="forecast",
        query=_query(YEAR),
    ),
    Step(
        "Targets, and the chance of meeting them",
        "December's targets and the first quarter's, with the chance of reaching each. Set one of your own: it "
        "shows on the key figures at once.",
        "Open the targets",
        path="/targets",
        keeps=True,
    ),
    Step(
        "Did a decision pay?",
        "Two decisions with what was expected of them. Storesight has measured what followed, compared with "
        "what was left as it was. Notes of colleagues stand as marks on the charts along time.",
        "Open notes and decisions",
        path="/notes",
        keeps=True,
    ),
    Step(
        "Be told when something happens",
        "Three alerts are set, and two of them fire. “Change” opens one, and “Try it on the past” tells what it would "
        "have reported, before anybody is disturbed.",
        "Open the alerts",
        path="/alerts",
        keeps=True,
    ),
    Step(
        "Keep and pass on what you found",
        "Views are pages with their filters under a name. From each card come a table, a CSV or Excel file, a "
        "picture or a link; the whole report is one file.",
        "Open the saved views",
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
