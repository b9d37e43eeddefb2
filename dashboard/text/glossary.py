"""The words on the screens and what they mean, for people who run a shop. The page /glossary lists them; cards and key
figures link to their entry by its name. What the words of the code mean is in docs/glossary.md.

Every metric and every dimension has an entry: their labels are those of METRICS and FIELDS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from analytics.language import N_
from analytics.metrics import METRICS
from analytics.schema import FIELDS


class Term(NamedTuple):
    """An entry: its name, which is its place on the page (#revenue), what it is called, and what it means."""

    name: str
    label: str
    meaning: str


_OF_METRICS: Final[Mapping[str, str]] = {
    "revenue": N_("What customers paid for products, after discounts and refunds."),
    "gross": N_("Revenue before refunds are subtracted."),
    "refunds": N_("Money given back for returned or cancelled products."),
    "orders": N_("Different orders with at least one product sold. A document that only refunds is no order."),
    "units": N_("Units sold, minus units returned."),
    "lines": N_("One product of one order is one order line."),
    "customers": N_("Different customers who ordered. Orders without a customer are left out."),
    "aov": N_("What an order is worth on average."),
    "items_per_order": N_("How many units an order holds on average."),
    "orders_per_day": N_("Orders divided by the days of the period that are in the data."),
    "revenue_per_customer": N_("What a known customer brought on average in the range."),
    "orders_per_customer": N_("How often a known customer ordered on average in the range."),
    "repeat_rate": N_("The share of customers who ordered at least twice in the range."),
    "refund_rate": N_("The share of gross revenue that was given back."),
    "rating": N_("The average rating of the orders that were rated."),
    "sessions": N_("Visits to the shop, as counted by your web analytics."),
    "conversion_rate": N_("The share of visits that ended in an order."),
    "profit": N_("Revenue minus the cost of the products sold, where the cost is known."),
    "margin": N_("The share of revenue that remains as profit."),
    "discount_rate": N_("Discounts as a share of what products would have cost without them."),
    "shipping_charged": N_("What customers paid for shipping. It is not part of revenue."),
    "taxes": N_("Taxes charged to customers."),
    "duties": N_("Import duties charged to customers."),
    "fees_charged": N_("Fees that customers paid, such as for payment or gift wrapping."),
    "tips": N_("Tips that customers gave."),
    "gift_cards": N_("Gift cards sold. They count as revenue only when they are spent."),
    "fees_paid": N_("What marketplaces and payment providers kept."),
}
_OF_FIELDS: Final[Mapping[str, str]] = {
    "order_id": N_("What a customer bought at once, by its number."),
    "customer": N_("The one who ordered. Without one, an order counts, but not in figures about customers."),
    "product": N_("What was bought, by its code or name."),
    "product_name": N_("The name of a product that is known by a code."),
    "category": N_("A group of products."),
    "brand": N_("The maker or label of a product."),
    "customer_name": N_("The name of a customer who is known by a code."),
    "segment": N_("A group of customers that your data name, such as consumers or businesses."),
    "currency": N_("The currency that an order was paid in."),
    "city": N_("The city of the buyer."),
    "region": N_("The state, province or sales territory of the buyer."),
    "region_group": N_("Several regions under one name."),
    "country": N_("The country of the buyer."),
    "place": N_("Country, region and city together, so that cities of one name stay apart."),
    "channel": N_("The way by which an order came, such as web, store or marketplace."),
    "payment_method": N_("How the order was paid."),
    "status": N_("Where the order stands, such as shipped or cancelled."),
    "deal_size": N_("How large an order line is, as your data name it."),
    "gender": N_("The gender of a customer, where the data give it."),
    "age_group": N_("The age group of a customer, where the data give it."),
    "line_kind": N_("Whether an order line sells something or gives money back."),
    "posted_day": N_("The day on which a return was booked."),
    "hour": N_("The hour of the day of an order, in the time zone of the data."),
    "weekday": N_("The day of the week of an order."),
    "part_of_day": N_("Night 0 to 6, morning 6 to 12, afternoon 12 to 18, evening 18 to 24."),
    "month": N_("January to December, whatever the year."),
    "quarter": N_("The quarter, whatever the year."),
    "order_products": N_("How many different products an order holds."),
    "order_units": N_("How many units an order holds, after returns."),
    "first_order_month": N_("The month of a customer’s first order; customers of one month are a cohort."),
    "new_or_returning": N_("New: the customer’s first order ever. Returning: any later one."),
    "rfm_segment": N_("A group by how recently, how often and for how much a customer bought."),
    "value_tier": N_("A customer’s band by the amount spent so far."),
}
GROUPS: Final[tuple[tuple[str, tuple[Term, ...]], ...]] = (
    (N_("Figures"), tuple(Term(name, METRICS[name].label, said) for name, said in _OF_METRICS.items())),
    (N_("Ways to group and filter"), tuple(Term(name, FIELDS[name].label, said) for name, said in _OF_FIELDS.items())),
    (
        N_("Time and targets"),
        (
            Term(
                "comparison",
                N_("Comparison"),
                N_(
                    "The earlier range that figures are compared with: the one before, or the same time a year earlier."
                ),
            ),
            Term(
                "partial",
                N_("Partial period"),
                N_("A day, week or month that the data or the range do not fill. It is hatched and named."),
            ),
            Term(
                "target",
                N_("Target"),
                N_("What a figure should reach in a period. A limit is a target where less is better."),
            ),
            Term(
                "pace",
                N_("Usual progress"),
                N_("The part of a target that is usually reached by this day of the period."),
            ),
            Term(
                "expected",
                N_("Expected"),
                N_("What was to be expected from earlier days, weekdays and the time of year."),
            ),
            Term(
                "forecast",
                N_("Forecast"),
                N_(
                    "What the coming days, weeks or months are expected to bring. Four of five values should "
                    "fall inside the inner band."
                ),
            ),
            Term(
                "unusual",
                N_("Unusual day"),
                N_(
                    "A day, or seven days, so far from what is expected that by chance alone only about one "
                    "in a thousand is."
                ),
            ),
            Term("season", N_("Season"), N_("What returns at the same time every year.")),
            Term("alert", N_("Alert"), N_("A rule of yours that is checked on new data and tells you when it fires.")),
        ),
    ),
    (
        N_("Customers"),
        (
            Term("cohort", N_("Cohort"), N_("The customers whose first order falls in the same month.")),
            Term("retention", N_("Retention"), N_("The share of a group of customers who bought again later.")),
            Term(
                "lapsed",
                N_("Lapsed customer"),
                N_(
                    "A customer silent for more than one and a half times their usual interval between "
                    "orders, and not among the two fifths who bought last."
                ),
            ),
            Term(
                "at_stake",
                N_("At stake"),
                N_("How much less lapsed customers are expected to spend in the next year because of their silence."),
            ),
            Term("value", N_("Customer value"), N_("What a customer is expected to spend in the next year.")),
            Term(
                "likely_to_buy", N_("Likely to buy"), N_("The chance that a customer orders within the next 13 weeks.")
            ),
            Term(
                "attribution",
                N_("Attribution"),
                N_("Rules that share the credit for a sale among the channels that a buyer came through."),
            ),
        ),
    ),
    (
        N_("Products and stock"),
        (
            Term(
                "mover",
                N_("Mover"),
                N_("A product, place, channel or group that rose or fell otherwise than the business as a whole."),
            ),
            Term(
                "mix",
                N_("Mix"),
                N_(
                    "How sales are divided among products or groups. A new mix can change an average "
                    "although no part changed."
                ),
            ),
            Term(
                "abc",
                N_("ABC class"),
                N_("Class A: the best sellers that bring the first 80% together. B: the next 15%. C: the rest."),
            ),
            Term("basket", N_("Basket"), N_("The different products of one order.")),
            Term(
                "together",
                N_("Bought together"),
                N_(
                    "How many times as often two products share an order as they would by chance, in orders "
                    "of the same sizes and months."
                ),
            ),
            Term(
                "attach_rate", N_("Attach rate"), N_("The share of a product’s orders that also contain another one.")
            ),
            Term(
                "cover_days",
                N_("Days left"),
                N_("How many days the stock lasts at the pace of the four weeks before the last count."),
            ),
            Term("turnover", N_("Stock turnover"), N_("How many times a year the stock is sold and replaced.")),
            Term(
                "gmroi", N_("Margin per $1 of stock"), N_("Gross margin in the range for each unit of money in stock.")
            ),
            Term("sell_through", N_("Sell-through"), N_("The share of the stock that was sold in the range.")),
            Term(
                "net_sales", N_("Net sales"), N_("Gross sales minus discounts and returns: the revenue of every page.")
            ),
        ),
    ),
    (
        N_("Under Details"),
        (
            Term(
                "certainty",
                N_("Clear, likely"),
                N_(
                    "How sure it is that a change is more than chance. Of 20 changes called clear or likely, at most "
                    "one is expected to be mere chance."
                ),
            ),
            Term(
                "lift",
                N_("Lift"),
                N_("The same as “bought together”, before the sizes and months of orders are considered."),
            ),
            Term(
                "gini",
                N_("Gini, HHI"),
                N_(
                    "How unequally revenue is spread over customers: 0 is even; Gini 1 and HHI 10,000 are "
                    "one customer alone."
                ),
            ),
            Term(
                "mase",
                N_("MASE"),
                N_("The error of a forecast against simply repeating the past; below 1 it is better."),
            ),
            Term(
                "removal_effect",
                N_("Removal effect"),
                N_("The share of sales that would be lost without a channel, by the Markov chain model."),
            ),
        ),
    ),
)
TERMS: Final[Mapping[str, Term]] = {term.name: term for _title, terms in GROUPS for term in terms}
