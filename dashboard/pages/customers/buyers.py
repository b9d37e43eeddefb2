"""Who buys, how much depends on whom, and whether they come back: charts of the Customers page."""

from __future__ import annotations

from functools import partial

from analytics.language import N_
from analytics.metrics import labels, offered
from analytics.questions.customers import buyers as customers
from analytics.questions.customers import concentration as dependence
from analytics.questions.customers import retention
from dashboard.chart import ByOption, Chart, Explanation, Option, metric_option
from dashboard.components.kpis import customer_cards
from dashboard.figures.marks import bars
from dashboard.figures.topics import customers as customer_figures
from dashboard.figures.topics import loyalty, purchases
from dashboard.pages.options import RANK_OPTIONS

_CUSTOMER = frozenset({"customer"})
_GROUP_METRIC = metric_option(offered("group"))

customer_kpis = Chart(
    name="customer_kpis",
    role="kpis",
    title=N_("Customers at a glance"),
    question=N_("How many customers are there, and what is one worth?"),
    kind="html",
    compute=customers.customer_kpis,
    draw=customer_cards,
    columns=("metric", "value", "base", "delta", "direction"),
    options=(
        Option(
            "window",
            N_("Active within"),
            {
                "default": N_("Active: usual time"),
                "30": N_("Active: {days:day|days}", days=30),
                "90": N_("Active: {days:day|days}", days=90),
                "180": N_("Active: {days:day|days}", days=180),
                "365": N_("Active: {days:day|days}", days=365),
                "720": N_("Active: {days:day|days}", days=720),
            },
            "default",
        ),
    ),
    needs=_CUSTOMER,
    height=84,
    lines=False,
    explanation=Explanation(
        N_(
            "Listed: customers in the customer list, where the data have one. Buying: customers with an order "
            "in the range. Active: customers who bought within the chosen time up to the end of the range, "
            "whatever its start. Repeat rate: customers with two or more orders in the range / buying "
            "customers. Customers without an id are left out."
        )
    ),
)
customer_pareto = Chart(
    name="customer_pareto",
    title=N_("Share of the best customers"),
    question=N_("How much revenue depends on a few customers?"),
    compute=dependence.customer_pareto,
    draw=customer_figures.concentration,
    columns=(
        "customer",
        "customer_name",
        "revenue",
        "share",
        "cumulative_share",
        "rank",
        "cumulative_customers",
        "abc",
    ),
    options=(metric_option(labels("revenue", "profit")),),
    emits=("customer",),
    needs=_CUSTOMER,
    height=330,
    explanation=Explanation(
        N_(
            "Customers from most to least revenue or profit, with the running share. Class A brings in the "
            "first 80% (including the customer who reaches it), B the next 15%, C the rest. Customers with "
            "more refunds than purchases, or served at a loss, are left out and counted."
        )
    ),
    units={"cumulative_share": "percent", "cumulative_customers": "percent", "rank": "count"},
)
concentration = Chart(
    name="concentration",
    title=N_("Without the largest customers"),
    question=N_("What would be lost without the largest customers?"),
    compute=dependence.concentration,
    draw=bars.if_top_leave,
    columns=("n", "lost", "kept", "lost_share", "gini", "hhi"),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        tells=N_("How much revenue would be left without the largest customers."),
        how_sure=N_("Arithmetic, not a forecast: no other customers take their place."),
        to_do=N_("Where a few customers bring in a large part, look after them personally and win others."),
        computed=N_(
            "Net revenue in the range without them. The Gini coefficient is 0 when all are equal and near 1 "
            "when one has everything; HHI is the sum of squared shares in %."
        ),
    ),
    units={"lost": "money", "kept": "money", "lost_share": "percent", "gini": "ratio", "hhi": "count", "n": "count"},
)
customer_ranking = Chart(
    name="customer_ranking",
    title=N_("Best customers"),
    question=N_("Who brings in the most?"),
    compute=customers.customer_ranking,
    draw=customer_figures.ranking,
    columns=("customer", "customer_name", "revenue", "share", "orders", "units", "aov", "rank"),
    options=RANK_OPTIONS,
    emits=("customer",),
    needs=_CUSTOMER,
    height=330,
    explanation=Explanation(
        N_("The metric per customer in the range, largest first; the share is of all known customers.")
    ),
    units={"rank": "count"},
)
new_and_returning = Chart(
    name="new_and_returning",
    title=N_("New and returning"),
    question=N_("How much comes from new customers, and how much from returning ones?"),
    compute=retention.new_and_returning,
    draw=loyalty.new_returning,
    columns=("period", "new_or_returning", "customers", "orders", "revenue", "share", "days", "period_days"),
    options=(metric_option(labels("customers", "orders", "revenue", "profit")),),
    emits=("new_or_returning",),
    needs=_CUSTOMER,
    explanation=Explanation(
        N_(
            "An order is new when it is its customer's first in all the data; customers who bought before the "
            "data begin look new. A customer whose first two orders fall in one period is in both columns of "
            "customers; each order and its revenue is in one."
        )
    ),
)
customers_by_orders = Chart(
    name="customers_by_orders",
    title=N_("Customers by number of orders"),
    question=N_("How many ordered once, twice, three times?"),
    compute=customers.customers_by_orders,
    draw=customer_figures.order_counts,
    columns=("order_count", "customers", "share", "revenue", "revenue_share"),
    needs=_CUSTOMER,
    lines=False,
    height=210,
    explanation=Explanation(
        N_("The number of different orders per known customer, in the range and under the filters.")
    ),
    units={"order_count": "count", "revenue_share": "percent"},
)
cohort_retention = Chart(
    name="cohort_retention",
    nothing=N_("Nobody ordered for the first time in these months."),
    months=12,
    grain="month",
    title=N_("Retention by first month"),
    question=N_("Of the customers who first bought in a month, how many buy again later?"),
    compute=retention.cohort_retention,
    draw=loyalty.cohorts,
    columns=("first_order_month", "months_later", "customers", "cohort_size", "rate"),
    emits=("first_order_month",),
    needs=_CUSTOMER,
    height=440,
    lines=False,
    explanation=Explanation(
        N_(
            "Customers who ordered k calendar months after the month of their first order / all customers of "
            "that first month (with filters, those with any matching order). Unfinished months are blank, and "
            "the average for each k includes only complete ones. Shown are the first months in the range."
        )
    ),
    units={"months_later": "count", "cohort_size": "count", "rate": "percent"},
)
retention_over_time = Chart(
    name="retention_over_time",
    months=12,
    grain=ByOption("by", {"month": "month", "quarter": "quarter", "year": "year"}),
    title=N_("Retention over time"),
    question=N_("How many customers of one period buy again in the next?"),
    compute=retention.retention_over_time,
    draw=loyalty.retention,
    columns=("period", "customers", "previous_customers", "retained", "rate", "days", "period_days"),
    options=(
        Option("by", N_("By"), {"month": N_("by month"), "quarter": N_("by quarter"), "year": N_("by year")}, "month"),
    ),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        N_(
            "Customers who bought in both periods / customers who bought in the period before. Blank where the "
            "data do not cover both periods completely."
        )
    ),
    units={"previous_customers": "count", "retained": "count", "rate": "percent"},
)
spending_and_aov = Chart(
    name="spending_and_aov",
    title=N_("Spending and order value"),
    question=N_("Who places large orders, and who places many?"),
    compute=customers.spending_and_aov,
    draw=customer_figures.spending,
    columns=("customer", "customer_name", "revenue", "aov", "orders"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    explanation=Explanation(
        N_(
            "Revenue and average order value per customer; the lines are the averages of all customers. Up to "
            "60 customers are named; of more than 800, 800 are drawn, evenly spread by revenue, and the table "
            "has all. Customers without positive revenue cannot be drawn on a logarithmic axis."
        )
    ),
)
order_frequency = Chart(
    name="order_frequency",
    months=36,
    grain="year",
    title=N_("Orders by customer and year"),
    question=N_("How often does each customer order per year?"),
    compute=customers.order_frequency,
    draw=purchases.frequency,
    columns=("customer", "customer_name", "period", "orders", "customer_orders", "year_orders"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    explanation=Explanation(
        N_("The number of different orders per customer and year of the data set's calendar, most first, with totals.")
    ),
    units={"customer_orders": "count", "year_orders": "count"},
)
customer_products = Chart(
    name="customer_products",
    title=N_("Who buys what"),
    question=N_("Which customers buy which products?"),
    compute=customers.customer_products,
    draw=purchases.products,
    columns=("customer", "customer_name", "product", "revenue", "units", "orders"),
    options=(metric_option(labels("revenue", "units", "orders", "profit")),),
    emits=("customer", "product"),
    needs=_CUSTOMER,
    compares=frozenset({"product"}),
    height=400,
    explanation=Explanation(
        N_(
            "The metric per customer and product in the range; an empty cell is a product that the customer did "
            "not buy. The largest customers and products are shown."
        )
    ),
)
new_customers_by_channel = Chart(
    name="new_customers_by_channel",
    title=N_("New customers by channel"),
    question=N_("Which channels bring new customers?"),
    compute=retention.new_customers_by_channel,
    draw=loyalty.new_by_channel,
    columns=("channel", "new_or_returning", "customers", "share", "revenue", "aov"),
    emits=("channel", "new_or_returning"),
    needs=_CUSTOMER | {"channel"},
    height=240,
    explanation=Explanation(N_("Customers whose first order ever is in the range and came through the channel.")),
)


def _of_groups(by: str, title: str, question: str, computed: str, *, natural: bool = False) -> Chart:
    """A chart of the values of one dimension, by what their customers buy; `natural`: in their own order."""
    return Chart(
        name=f"by_{by}",
        title=title,
        question=question,
        compute=partial(customers.groups, by=by, natural=natural),
        draw=bars.ranked_bar,
        columns=(by, "revenue", "share", "orders", "customers", "aov", "revenue_per_customer", "orders_per_customer"),
        options=(_GROUP_METRIC,),
        emits=(by,),
        needs=frozenset({by}),
        height=240,
        explanation=Explanation(computed),
    )


by_age_group = _of_groups(
    "age_group",
    N_("Age groups"),
    N_("Which age groups buy?"),
    N_("The metric per age group of the customers."),
    natural=True,
)
by_gender = _of_groups(
    "gender",
    N_("Gender"),
    N_("Who buys: women or men?"),
    N_("The metric per gender of the customers, as named in the data."),
)
by_payment_method = _of_groups(
    "payment_method",
    N_("Payment methods"),
    N_("How do customers pay?"),
    N_("The metric per payment method of the orders."),
)
